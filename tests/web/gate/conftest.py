"""A service with keys."""

import pytest

from fonction_api_prediction import create_app
from scoring.access.caller import SCOPES
from scoring.access.key_file import change_key_file, new_key
from scoring.settings import Settings


class Keys:
    """A file of keys; ``add`` makes one and gives the headers that send it."""

    def __init__(self, path):
        self.path = path

    def add(self, *scopes, **more):
        return {"Authorization": f"Bearer {self.make(*scopes, **more).reveal()}"}

    def make(self, *scopes, **more):
        key, stored = new_key("a test", scopes or SCOPES, **more)
        change_key_file(self.path, lambda file: file.replacing(None, stored))
        return key


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    return Keys(tmp_path_factory.mktemp("keys") / "keys.json")


@pytest.fixture(scope="module")
def every(keys):
    """Send a key with every scope."""
    return keys.add()


@pytest.fixture(scope="module")
def scoped(keys, every):
    """Send a key with one scope, by scope."""
    return {scope: keys.add(scope) for scope in SCOPES}


@pytest.fixture(scope="module")
def guarded(keys, scoped):
    """Make the service on the bundled sample, with keys."""
    return create_app(Settings(api_keys=keys.path))
