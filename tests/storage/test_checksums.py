import os

import pytest

from scoring.errors import ArtefactError, ClientTableError, SettingError
from scoring.storage.artefacts import load_bundle
from scoring.storage.checksums import read_bytes

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 123456\n"


@pytest.mark.parametrize("name", ["modele_retenu.pkl", "scaler.pkl", "df_sample.csv", "modele_retenu.json"])
def test_a_pointer_of_git_lfs_is_named_with_the_command_that_fetches_the_file(folder, name):
    (folder / name).write_bytes(POINTER)
    with pytest.raises(ArtefactError, match=rf"{name}: is a Git LFS pointer.*\nRun 'git lfs pull'"):
        load_bundle(folder)


@pytest.mark.parametrize("name", ["df_sample.csv", "applications_sample.csv"])
def test_line_endings_that_version_control_changed_are_named_as_such(folder, name):
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content.replace(b"\n", b"\r\n"))
    with pytest.raises(ArtefactError, match=rf"{name}: has Windows line endings .*\n.*core.autocrlf=false"):
        load_bundle(folder)


def test_any_other_change_is_still_a_change(folder):
    content = (folder / "df_sample.csv").read_bytes()
    (folder / "df_sample.csv").write_bytes(content.replace(b"\n", b"\r\n").replace(b"1", b"2", 1))
    with pytest.raises(ArtefactError, match=r"df_sample\.csv has sha256 "):
        load_bundle(folder)


def test_a_pipe_is_refused_rather_than_waited_for(folder, tmp_path):
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    with pytest.raises(ArtefactError, match=r"pipe\.csv: is not a regular file"):
        read_bytes(pipe)
    with pytest.raises(ClientTableError, match=r"pipe\.csv: is not a regular file"):
        load_bundle(folder, clients=pipe)


def test_a_path_too_long_for_the_operating_system_is_refused_in_one_message(folder, tmp_path):
    long = tmp_path / ("x" * 5000)
    with pytest.raises(SettingError, match="not a folder"):
        load_bundle(long)
    with pytest.raises(ClientTableError, match="not found"):
        load_bundle(folder, clients=long)
