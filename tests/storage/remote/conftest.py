"""A published model on a server that speaks the protocol of each scheme."""

import os
import ssl
import subprocess
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from scoring.storage.checksums import sha256
from tests.http_servers import serving
from tests.storage.remote.stand_ins import handler_for, place_of, publishing


@pytest.fixture
def published(folder):
    """Serve a copy of the published files; ``pin`` is the hash of its manifest."""
    with publishing(folder) as server:
        server.pin = sha256(server.files["modele_retenu.json"])
        yield server


@pytest.fixture
def place(published, tmp_path, monkeypatch):
    """Name the address of the files in a scheme, and set the environment in which its client finds the server."""

    def naming(scheme):
        address, environment = place_of(scheme, published)
        for name, value in {**environment, "HF_HOME": str(tmp_path / "hub")}.items():
            monkeypatch.setenv(name, value)
        return address

    for name in os.environ:
        if name.startswith(("AWS_", "HF_", "GOOGLE_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    return naming


@pytest.fixture
def certified(tmp_path):
    """Serve over https with a certificate of an own authority, whose file is ``authority``."""
    made = tmp_path / "certificate"
    made.mkdir()
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
         "-addext", "basicConstraints=critical,CA:FALSE", "-keyout", made / "key.pem", "-out",
         made / "certificate.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made / "certificate.pem", made / "key.pem")
    with ExitStack() as stack:

        def serve(published):
            secured = stack.enter_context(serving(handler_for(published), context))
            return f"https://localhost:{urlsplit(secured).port}/models"

        serve.authority = made / "certificate.pem"
        yield serve
