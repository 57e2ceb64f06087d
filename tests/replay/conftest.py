"""A small record in a real database, and the requests that it was made of."""

import json
from typing import NamedTuple

import pytest

from fonction_api_prediction import create_app
from scoring.decisions.served_model import begin_serving
from scoring.record.kept_record import open_store
from scoring.settings import Settings
from tests.conftest import PROJECT
from tests.record.conftest import path, wait_long  # noqa: F401  (a fixture)

LOOKUPS, POSTED = 120, 150
EXAMPLE = PROJECT / "docs" / "examples" / "policy.json"


def applications():
    """Read applications of the bundled sample; the history of most of them is imputed when they are sent."""
    from benchmarks.posts import applications as published

    return published()


def ask(client, numbers, posted):
    """Send the same requests to a service: lookups, lists of applications, and model-ready rows."""
    decided = [client.get(f"/predict/{number}").json for number in numbers]
    for start in range(0, len(posted), 50):
        body = {"applications": posted[start : start + 50]}
        history = "?history=known" if start else ""
        decided += client.post(f"/predict{history}", json=body).json["predictions"]
    return decided


class Made(NamedTuple):
    """A record with the answers that its decisions were, in their order."""

    url: str
    answers: list
    posted: list

    def session(self):
        return open_store(self.url).open_session()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def empty(request, tmp_path_factory):
    """Lend the function that names an empty record in a kind of database."""

    def name():
        if request.param == "sqlite":
            return str(tmp_path_factory.mktemp("record") / "decisions.db")
        return request.getfixturevalue("postgres").new_schema()

    return name


@pytest.fixture(scope="module")
def made(empty, numbers):
    """Make a record once; tests read it and do not change it."""
    return make(Settings(decisions=empty()), numbers)


@pytest.fixture(scope="module")
def made_under_policy(empty, numbers):
    """The same under a policy."""
    return make(Settings(decisions=empty(), policy=EXAMPLE), numbers)


def make(settings, numbers):
    """Have a service decide and record."""
    posted = applications()[:POSTED]
    app = create_app(settings)
    begin_serving(app.extensions["decisions"], app.extensions["scoring"], "start", settings.decisions)
    with pytest.MonkeyPatch.context() as patched:
        wait_long(patched)
        answers = ask(app.test_client(), numbers[:LOOKUPS], posted)
    app.extensions["decisions"].close()
    return Made(settings.decisions, answers, posted)


def fresh(folder, made, numbers, **settings):
    """Ask a service with another model in a folder the same; it records nothing."""
    return ask(create_app(Settings(artefacts=folder, **settings)).test_client(), numbers[:LOOKUPS], made.posted)


def manifest_of(folder=PROJECT):
    return json.loads((folder / "modele_retenu.json").read_text(encoding="utf-8"))
