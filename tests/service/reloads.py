"""Reload a real service, and see which model it serves."""

import json
import signal

from tests.conftest import eventually

REFUSED = "Reload failed, the service continues with the former model."


def version(service):
    return json.loads(service.get("/model")[1])["model_version"]


def reload(service, said):
    """Send SIGHUP and wait for one more message that contains a text; gives what was said."""
    before = len(service.log.read_text(encoding="utf-8"))
    service.process.send_signal(signal.SIGHUP)
    eventually(lambda: said in service.log.read_text(encoding="utf-8")[before:] or service.process.poll() is not None)
    return service.log.read_text(encoding="utf-8")[before:]
