"""How gunicorn runs the service: the master verifies and loads once, workers share what it loaded."""

import logging
import os
import sys

# One thread a worker: several would compete for the same cores, and pools of threads do not survive a fork.
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")


def _whole_number(name, default, low, high):
    text = os.environ.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
        sys.exit(f"The service does not start. {name}={text}: expected a whole number from {low} to {high}")
    return int(text)


# Platforms say PORT and route to every address; without it only this machine is answered.
_port = _whole_number("PORT", 8000, 1, 65535)
bind = f"0.0.0.0:{_port}" if os.environ.get("PORT") else f"127.0.0.1:{_port}"
workers = _whole_number("WEB_CONCURRENCY", 2, 1, 64)
worker_class = "gthread"  # unlike sync, keeps connections, and a slow client holds one thread only
threads = 4
keepalive = 95  # seconds; routers of Heroku-like platforms keep connections for up to 90
timeout = 30  # seconds; such platforms give up on an answer then
graceful_timeout = 25
limit_request_line = 8190  # gunicorn's most: /population takes several names and conditions
control_socket_disable = True
wsgi_app = "fonction_api_prediction:app"

_log = logging.getLogger("scoring")


def on_starting(server):
    """Verify and load in the master: what is wrong stops the start once, with exit code 1 and one message."""
    import fonction_api_prediction

    fonction_api_prediction.app  # noqa: B018  (made on first access; exits with a message when it can't be)


def when_ready(server):
    """Print an address to click."""
    address = server.cfg.address[0]
    if isinstance(address, tuple) and address[0] == "127.0.0.1":
        print(f"\n  http://{address[0]}:{address[1]}/\n", file=sys.stderr, flush=True)


def on_reload(server):
    """Load again on SIGHUP; what is wrong is logged, and the service goes on with what it had."""
    import fonction_api_prediction
    from scoring.errors import StartError

    try:
        fonction_api_prediction.app = fonction_api_prediction.create_app()
    except StartError as error:
        _log.error("Reload refused, the former model goes on. %s", error)
