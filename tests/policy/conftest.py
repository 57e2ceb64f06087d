from pathlib import Path

import pytest

from scoring.model.manifest import Manifest

PROJECT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="session")
def schema():
    return Manifest.model_validate_json((PROJECT / "modele_retenu.json").read_bytes()).input_schema
