"""What pages show where the API refuses this front-end, or cannot be asked at all."""

import contextlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.interface_streamlit.conftest import shown


@contextlib.contextmanager
def refusing(status):
    """Serve an API that lets nobody in: the one that is served here asks for no key."""

    class Refusing(BaseHTTPRequestHandler):
        def do_GET(self):
            body = json.dumps({"title": "Not allowed", "status": status}).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/problem+json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


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
