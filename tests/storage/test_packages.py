import json
import logging
from pathlib import Path

import pytest

from scoring.errors import ArtefactError
from scoring.storage.artefacts import load_bundle
from scoring.storage.packages import other_versions, require_packages

ROOT = Path(__file__).resolve().parents[2]


def edit_versions(folder, **versions):
    path = folder / "modele_retenu.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["versions"] |= versions
    path.write_text(json.dumps(manifest), encoding="utf-8")


def test_all_packages_that_are_missing_are_named_with_their_versions_before_anything_is_unpickled(folder):
    edit_versions(folder, nosuchgbm="4.7.0", nosuchboost="1.2.10")
    with pytest.raises(ArtefactError) as caught:
        load_bundle(folder)
    assert "packages that are not installed: nosuchgbm==4.7.0, nosuchboost==1.2.10\n" in str(caught.value)
    assert "-m pip install nosuchgbm==4.7.0 nosuchboost==1.2.10\n" in str(caught.value)
    assert "requirements.txt: nosuchgbm==4.7.0 with its hashes, nosuchboost==1.2.10 with its" in str(caught.value)


def test_a_family_that_is_missing_is_named_with_its_lock(monkeypatch):
    monkeypatch.setattr("scoring.storage.packages.installed", lambda name: None)
    versions = {"lightgbm": "4.7.0", "xgboost-cpu": "3.2.0", "catboost": "1.2.10"}
    with pytest.raises(ArtefactError) as caught:
        require_packages("modele_retenu.json", versions)
    locks = ["-r requirements/lightgbm.txt", "-r requirements/xgboost.txt", "-r requirements/catboost.txt"]
    assert f"add to requirements.txt: {', '.join(locks)} (docs" in str(caught.value)
    assert all((ROOT / lock.removeprefix("-r ")).exists() for lock in locks)


def test_another_version_that_gives_the_same_probabilities_is_a_warning(folder, caplog):
    edit_versions(folder, pandas="1.0.0", python="2.7.1")
    with caplog.at_level(logging.WARNING, "scoring"):
        load_bundle(folder)
    [message] = caplog.messages
    assert "published with python 2.7.1, installed is 3." in message
    assert "pandas 1.0.0, installed is " in message
    assert "numpy" not in message


def test_the_same_versions_are_no_warning(folder, caplog):
    load_bundle(folder)
    assert caplog.messages == []


def test_another_patch_of_python_is_the_same():
    import platform

    assert other_versions({"python": f"{platform.python_version().rpartition('.')[0]}.99"}) == ""


def test_xgboost_may_be_the_package_with_or_without_gpu():
    require_packages("modele_retenu.json", {"xgboost": "3.2.0"})
    require_packages("modele_retenu.json", {"xgboost-cpu": "3.2.0"})
