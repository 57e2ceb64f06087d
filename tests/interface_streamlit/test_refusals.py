"""What pages show where the API refuses this front-end, or cannot be asked at all."""

import json

import pytest

from tests.http_servers import QuietHandler, serving
from tests.interface_streamlit.conftest import shown


def refusing(status):
    """Serve an API that lets nobody in: the one that is served here asks for no key."""

    class Refusing(QuietHandler):
        def do_GET(self):
            body = json.dumps({"title": "Not allowed", "status": status}).encode()
            self.answer(status, "application/problem+json", body)

    return serving(Refusing)


@pytest.mark.parametrize("status", [401, 403])
def test_an_api_that_refuses_access_is_shown_with_its_remedy(apptest, status):
    said = (
        f"Le service refuse l'accès à cette application (HTTP {status}). "
        "L'administrateur doit vérifier SCORING_API_KEY et les droits de cette clé."
    )
    with refusing(status) as url:
        page = apptest(SCORING_API_URL=url)
    assert [error.value for error in page.error] == [said]
    assert not page.exception


def test_an_invalid_setting_is_shown(apptest):
    page = apptest(SCORING_API_URL="api.example")
    assert [shown(error.value) for error in page.error] == [
        "Un réglage n'est pas valide. SCORING_API_URL='api.example': expected the API's address, such as http://127.0.0.1:8000."
    ]
    assert not page.exception
