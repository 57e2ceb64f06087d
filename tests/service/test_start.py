"""What is wrong stops the start: exit code 1, no respawning, no traceback, one message."""

import os
import re
import socket

import pandas as pd
import pytest

from fonction_api_prediction import create_app, load_app
from scoring.errors import StartError
from scoring.settings import Settings
from scoring.storage.artefacts import load_bundle
from scoring.web.trial import try_pages
from tests.service.damage import DAMAGED, DEADLY


def spoil_csv(folder, change):
    path = folder / "df_sample.csv"
    table = pd.read_csv(path)
    change(table).to_csv(path, index=False)


def drop_model(folder):
    (folder / "modele_retenu.pkl").unlink()


def truncate_pickle(folder):
    path = folder / "scaler.pkl"
    path.write_bytes(path.read_bytes()[:-20])


def duplicate_a_client(folder):
    spoil_csv(folder, lambda table: pd.concat([table, table.head(1)]))


def put_text_in_a_cell(folder):
    path = folder / "df_sample.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    cells = lines[3].split(",")
    lines[3] = ",".join([*cells[:4], "ten", *cells[5:]])
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def blank_a_cell(folder):
    spoil_csv(folder, lambda table: table.assign(feature_3=table["feature_3"].where(table.index != 5)))


def empty_the_table(folder):
    spoil_csv(folder, lambda table: table.head(0))


TRIO = {"SCORING_THRESHOLD": "0.5", "SCORING_OPEN": "1"}
START_ERRORS = {
    "a missing artefact": (drop_model, TRIO, "modele_retenu.pkl: not found in"),
    "a truncated pickle": (truncate_pickle, TRIO, "scaler.pkl: cannot be unpickled"),
    "a duplicate client": (duplicate_a_client, TRIO, "duplicate numbers: 500000"),
    "a text in a cell of numbers": (
        put_text_in_a_cell,
        TRIO,
        "column feature_2 has cells that are not finite numbers: ten",
    ),
    "an empty cell": (blank_a_cell, TRIO, "column feature_3 has cells that are not finite numbers: empty (line 7)"),
    "an empty table": (empty_the_table, TRIO, "has a header, but no row"),
    "a threshold outside 0-1": (None, {**TRIO, "SCORING_THRESHOLD": "1.2"}, "SCORING_THRESHOLD=1.2: expected a number"),
    "no threshold": (None, {"SCORING_OPEN": "1"}, "SCORING_THRESHOLD is not set"),
    "an unknown setting": (None, {**TRIO, "SCORING_TRESHOLD": "0.5"}, "did you mean SCORING_THRESHOLD?"),
    "an invalid value": (None, {**TRIO, "SCORING_OPEN": "maybe"}, "SCORING_OPEN=maybe: expected 1 or 0"),
    "real clients without consent": (
        None,
        {"SCORING_THRESHOLD": "0.5"},
        "SCORING_API_KEYS is not set, SCORING_OPEN is not 1",
    ),
}


def spoil(unverified, error):
    change, environment, message = START_ERRORS[error]
    if change:
        change(unverified)
    return {"SCORING_ARTEFACTS": str(unverified), **environment}, message


def check(outcome, message):
    code, said = outcome
    assert code == 1, said
    assert message in said
    assert "The service does not start." in said
    assert "Traceback" not in said
    assert "Booting worker" not in said


@pytest.fixture
def refusal(monkeypatch):
    """Load the service in this process, where it must not start; gives the message that each server shows."""

    def loading(**environment):
        for name in [name for name in os.environ if name.startswith("SCORING_")]:
            monkeypatch.delenv(name)
        for name, value in environment.items():
            monkeypatch.setenv(name, str(value))
        with pytest.raises(StartError) as caught:
            load_app(rehearsal=True)
        return str(caught.value)

    return loading


@pytest.mark.parametrize("error", START_ERRORS)
def test_the_service_is_not_loaded_with(unverified, refusal, error):
    environment, message = spoil(unverified, error)
    assert message in refusal(**environment)


# Of each server one, and consent. The message is made in the same place for all servers.
@pytest.mark.parametrize(
    ("server", "error"),
    [
        ("gunicorn", "a truncated pickle"),
        ("gunicorn", "real clients without consent"),
        ("flask", "a truncated pickle"),
        ("module", "a threshold outside 0-1"),
    ],
)
def test_a_server_refuses_to_start_with(unverified, refused, server, error):
    environment, message = spoil(unverified, error)
    check(refused(server, **environment), message)


def test_a_wrong_sha256_is_refused_with_both_hashes(folder, refusal):
    path = folder / "modele_retenu.pkl"
    path.write_bytes(path.read_bytes() + b" ")
    assert re.search(
        "modele_retenu.pkl has sha256 [0-9a-f]{64}, the manifest has [0-9a-f]{64}", refusal(SCORING_ARTEFACTS=folder)
    )


@pytest.mark.parametrize("name", DAMAGED)
def test_artefacts_that_cannot_be_served_are_refused_with_one_message(folder, refusal, name):
    damage, message = DAMAGED[name]
    damage(folder)
    assert message in refusal(SCORING_ARTEFACTS=folder)


@pytest.mark.parametrize("name", ["a pickle that ends", "a pickle that is interrupted"])
def test_gunicorn_ends_with_one_message_whatever_the_artefacts_do(folder, refused, name):
    damage, message = DAMAGED[name]
    damage(folder)
    code, said = refused("gunicorn", SCORING_ARTEFACTS=folder)
    check((code, said), message)
    assert said.count("\n") <= 4, "more than a message was said"


def test_artefacts_that_take_too_long_are_refused(folder, refused):
    damage, message = DEADLY["a pickle that never ends"]
    damage(folder)
    check(refused("gunicorn", SCORING_ARTEFACTS=folder, SCORING_LOAD_SECONDS=3), f"SCORING_LOAD_SECONDS=3: {message}")


def test_a_service_that_fails_at_a_page_is_not_started(app, project):
    bundle = load_bundle(project)
    broken = create_app(Settings())
    broken.view_functions["about.model"] = lambda: 1 / 0
    with pytest.raises(StartError, match=r"cannot answer /model with them \(ZeroDivisionError"):
        try_pages(broken, bundle)
    try_pages(app, bundle)


@pytest.mark.parametrize(("name", "value"), [("WEB_CONCURRENCY", "0"), ("PORT", "http"), ("PORT", "70000")])
def test_a_platform_variable_that_is_no_number_stops_gunicorn(refused, name, value):
    check(refused("gunicorn", **{name: value}), f"{name}={value}: expected a whole number from 1 to")


def test_a_port_of_thousands_of_digits_stops_the_start_as_any_other_wrong_one(refused):
    check(refused("module", PORT="9" * 5000), "PORT=999")


def test_a_port_that_another_program_has_stops_gunicorn_with_one_message_before_anything_is_loaded(refused):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        _, said = outcome = refused("gunicorn", PORT=str(port))
    check(outcome, f"Another program already listens at 0.0.0.0, port {port}. End that program, or name another port")
    assert f": PORT={port % 65535 + 1}" in said
    assert "ERROR" not in said
    assert "Checkpoint" not in said


def test_a_port_that_cannot_be_one_stops_gunicorn_with_one_message(refused):
    outcome = refused("gunicorn", GUNICORN_CMD_ARGS="--bind=127.0.0.1:70000")
    check(outcome, "port 70000 of --bind: expected a number from 1 to 65535")


def test_a_service_that_may_share_its_port_starts_beside_another_one(serve):
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("0.0.0.0", 0))
        running = serve(port=other.getsockname()[1], WEB_CONCURRENCY=1, GUNICORN_CMD_ARGS="--reuse-port")
        assert running.get("/health/ready")[0] == 200


def test_importing_the_module_does_nothing_and_running_loads_no_training_package(project):
    import subprocess
    import sys

    program = """
import sys
import fonction_api_prediction as service
assert "flask" not in sys.modules and "sklearn" not in sys.modules, "importing did something"
assert "app" not in vars(service)
app = service.app
unused = [name for name in "pdb click.testing openpyxl psycopg".split() if name in sys.modules]
assert not unused, f"an ordinary start takes longer with {unused}"
client = app.test_client()
assert client.get("/health").status_code == 200
training = "mlflow ibis duckdb pyspark optuna shap streamlit matplotlib tqdm lightgbm xgboost catboost".split()
print([name for name in training if name in sys.modules])
"""
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=project, capture_output=True, text=True, check=False, env=dict(os.environ)
    )
    assert ended.stdout.strip() == "[]", ended.stderr
