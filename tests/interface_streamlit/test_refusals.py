"""What pages show where the API refuses this front-end, or cannot be asked at all."""

import json

import pytest

from scoring.access.key_file import change_key_file, new_key
from tests.http_servers import QuietHandler, serving
from tests.interface_streamlit.conftest import shown


def refusing(status, **headers):
    """Serve an API that lets nobody in: the one that is served here asks for no key."""

    class Refusing(QuietHandler):
        def do_GET(self):
            body = json.dumps({"title": "Not allowed", "status": status}).encode()
            self.answer(status, "application/problem+json", body, **headers)

    return serving(Refusing)


@pytest.mark.parametrize(("status", "key"), [(401, "s3cret"), (403, "s3cret"), (403, "")])
def test_an_api_that_refuses_access_is_shown_with_its_remedy(apptest, status, key):
    said = (
        f"Le service refuse l'accès à cette application (HTTP {status}). "
        "L'administrateur doit vérifier SCORING_API_KEY et les droits de cette clé."
    )
    with refusing(status) as url:
        page = apptest(SCORING_API_URL=url, SCORING_API_KEY=key)
    assert [error.value for error in page.error] == [said]
    assert not page.exception


@pytest.mark.parametrize(("seconds", "said"), [(9, "dans une minute."), (125, "dans 3 minutes.")])
def test_more_requests_than_the_api_allows_are_shown_with_the_time_to_wait(apptest, seconds, said):
    with refusing(429, Retry_After=str(seconds)) as url:
        page = apptest(SCORING_API_URL=url)
    (error,) = page.error
    assert error.value == f"Trop de demandes ont été envoyées en peu de temps. Réessayez {said}"
    assert not page.exception


@pytest.mark.parametrize("known", [True, False])
def test_a_service_with_keys_is_shown_with_a_valid_key_only(apptest, serve, tmp_path, known):
    key, stored = new_key("front-end", ["read", "score"], bulk=True)
    change_key_file(tmp_path / "keys.json", lambda file: file.replacing(None, stored))
    service = serve(SCORING_API_KEYS=tmp_path / "keys.json", SCORING_DECISIONS="off")
    sent = key if known else key.make()
    page = apptest(SCORING_API_URL=f"http://127.0.0.1:{service.port}", SCORING_API_KEY=sent.reveal())
    assert not page.exception
    assert ["SCORING_API_KEY" in error.value for error in page.error] == ([] if known else [True])


def test_an_invalid_setting_is_shown(apptest):
    page = apptest(SCORING_API_URL="api.example")
    assert [shown(error.value) for error in page.error] == [
        "Un réglage n'est pas valide. SCORING_API_URL='api.example': expected the API's address, such as http://127.0.0.1:8000."
    ]
    assert not page.exception
