"""A release: what keeps it back, what its archives hold, and that it is the same when it is built again."""

import hashlib
import json
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tools.release.archives import export_commit, image_contexts, list_files, pack
from tools.release.build import call_setuptools, find_obstacles
from tools.release.notes import read_notes

ROOT = Path(__file__).resolve().parents[3]
SECTION = "# Changelog\n\n## Unreleased\n\n## 1.2.0 - 2026-11-27\n\n### Added\n\n- a thing\n\n## 1.1.0\n\n- older\n"


def git(folder, *arguments):
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    return subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def checkout(tmp_path):
    folder = tmp_path / "checkout"
    folder.mkdir()
    (folder / "CHANGELOG.md").write_text(SECTION, encoding="utf-8")
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "a")
    return folder


def test_a_clean_checkout_with_a_section_of_its_version_can_be_released(checkout):
    assert find_obstacles(checkout, "1.2.0") == []


def test_all_that_keeps_a_release_back_is_told_at_once(checkout):
    (checkout / "CHANGELOG.md").write_text(SECTION + "\n- more\n", encoding="utf-8")
    (checkout / "left behind.py").write_text("", encoding="utf-8")
    dirty, section = find_obstacles(checkout, "1.3.0")
    assert "CHANGELOG.md" in dirty
    assert "left behind.py" in dirty
    assert "no section with text for version 1.3.0" in section


def test_the_notes_are_the_section_of_the_version_and_not_that_of_a_version_that_begins_alike():
    assert read_notes(SECTION, "1.2.0") == "### Added\n\n- a thing\n"
    assert read_notes(SECTION, "1.1.0") == "- older\n"
    for version in ("1.2", "1.2.00", "1x2.0", "Unreleased"):
        assert read_notes(SECTION, version) is None


def test_an_archive_has_the_same_bytes_whenever_and_from_whichever_files_it_is_packed(tmp_path):
    sums = []
    for attempt, names in enumerate((["a", "b"], ["b", "a"])):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        for name in names:
            (folder / name).write_text(f"content of {name}", encoding="utf-8")
            (folder / name).chmod(0o600 if attempt else 0o664)
        pack(folder, names, "root", folder / "packed.tar.gz", 1_700_000_000)
        sums.append(hashlib.sha256((folder / "packed.tar.gz").read_bytes()).hexdigest())
    assert sums[0] == sums[1]
    with tarfile.open(folder / "packed.tar.gz") as archive:
        assert [(one.name, one.mode, one.mtime, one.uname) for one in archive] == [
            ("root/a", 0o644, 1_700_000_000, ""),
            ("root/b", 0o644, 1_700_000_000, ""),
        ]


def test_the_contexts_of_the_images_hold_what_their_dockerfiles_copy_and_no_more(tmp_path):
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    export_commit(ROOT, tmp_path)
    contexts = dict(image_contexts(tmp_path))
    assert set(contexts) == {".", "interface_streamlit"}
    service = contexts["."]
    assert {
        "Dockerfile",
        ".dockerignore",
        "requirements.txt",
        "requirements/postgres.txt",
        "scoring/service.py",
    } <= set(service)
    assert {name.partition("/")[0] for name in service} & {"tests", "docs", "interface_streamlit", ".github"} == set()
    assert {"Dockerfile", "app.py", "requirements.txt"} <= set(contexts["interface_streamlit"])


def test_a_package_is_built_into_a_folder_named_relative_to_the_checkout(tmp_path, monkeypatch):
    source = tmp_path / "source"
    source.mkdir()
    project = '[project]\nname = "small"\nversion = "1.0"\n[build-system]\nrequires = ["setuptools"]\n'
    (source / "pyproject.toml").write_text(project + '[tool.setuptools]\npy-modules = ["small"]\n', encoding="utf-8")
    (source / "small.py").write_text("", encoding="utf-8")
    (tmp_path / "release").mkdir()
    monkeypatch.chdir(tmp_path)
    call_setuptools("build_sdist", source, Path("release"))
    assert [file.name for file in (tmp_path / "release").iterdir()] == ["small-1.0.tar.gz"]


@pytest.fixture(scope="module")
def releases(tmp_path_factory):
    """Two releases of the same commit, built in two checkouts, the second by a user with another umask."""
    folder = tmp_path_factory.mktemp("releases")
    git(folder, "clone", "--quiet", str(ROOT), "first")
    changelog = folder / "first" / "CHANGELOG.md"
    text = changelog.read_text(encoding="utf-8")
    changelog.write_text(text.replace("## Unreleased", "## Unreleased\n\n## 0.1.0 - 2026-11-27", 1), encoding="utf-8")
    git(folder / "first", "commit", "--quiet", "--all", "--message", "0.1.0")
    git(folder, "clone", "--quiet", "first", "second")
    for name, umask in (("first", 0o022), ("second", 0o077)):
        command = [sys.executable, "-m", "tools.release.build", f"../{name} release"]
        subprocess.run(command, cwd=folder / name, umask=umask, check=True)
    return folder


@pytest.mark.drill
def test_a_second_build_has_the_same_bytes(releases):
    first, second = (releases / f"{name} release" for name in ("first", "second"))
    assert list_files(first)
    assert {name: (first / name).read_bytes() for name in list_files(first)} == {
        name: (second / name).read_bytes() for name in list_files(second)
    }


@pytest.mark.drill
def test_a_release_has_all_its_files_and_their_sums(releases):
    release = releases / "first release"
    assert sorted(list_files(release)) == [
        "SHA256SUMS",
        "front-end-image-0.1.0.cdx.json",
        "front-end-image-0.1.0.tar.gz",
        "notes.md",
        "pret_a_depenser_scoring-0.1.0-py3-none-any.whl",
        "pret_a_depenser_scoring-0.1.0.tar.gz",
        "service-image-0.1.0.cdx.json",
        "service-image-0.1.0.tar.gz",
    ]
    lines = (release / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 7
    for line in lines:
        digest, name = line.split("  ")
        assert hashlib.sha256((release / name).read_bytes()).hexdigest() == digest
    with zipfile.ZipFile(release / "pret_a_depenser_scoring-0.1.0-py3-none-any.whl") as wheel:
        assert not [name for name in wheel.namelist() if name.startswith(("tests/", "tools/", "benchmarks/"))]


@pytest.mark.drill
def test_the_bills_of_materials_are_valid_and_name_every_package_of_the_locks(releases):
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    for image, packages in (("service", {"flask", "psycopg-binary", "cryptography"}), ("front-end", {"streamlit"})):
        text = (releases / "first release" / f"{image}-image-0.1.0.cdx.json").read_text(encoding="utf-8")
        assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
        bill = json.loads(text)
        names = {one["purl"].removeprefix("pkg:pypi/").partition("@")[0] for one in bill["components"]}
        assert packages <= names
        assert all(one.get("licenses") for one in bill["components"])
        assert len(bill["dependencies"]) == len(bill["components"]) + 1
