"""The bundled model, which most applications of these tests serve."""

import pytest

from scoring.storage import artefacts


@pytest.fixture(scope="package", autouse=True)
def _bundled_once(project):
    """Load the bundled files once: reading the clients is most of the making of an application."""
    load, loaded = artefacts.load_bundle, {}

    def load_once(folder, clients=None, *given, **named):
        if folder.resolve() != project or clients is not None or named:
            return load(folder, clients, *given, **named)
        key = tuple(map(repr, given))
        if key not in loaded:
            loaded[key] = load(folder, clients, *given)
        return loaded[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(artefacts, "load_bundle", load_once)
        yield
