"""A published model takes the place of another one as a whole, or not at all."""

import fcntl
import os
from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from scoring.errors import DataError
from scoring.training.publish import publish_copy


def test_a_model_stays_as_it_was_where_another_cannot_be_written_completely(folder, project):
    (folder / "modele_retenu.pkl").write_bytes(b"former")
    (folder / "scaler.pkl").unlink()
    (folder / "scaler.pkl").mkdir()  # no file can take its place
    before = {path.name: path.is_dir() or path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(DataError, match=r"cannot be written to .*\nThe model there is as it was"):
        publish_copy(project, folder, with_clients=True)
    assert {path.name: path.is_dir() or path.read_bytes() for path in folder.iterdir()} == before


def test_who_publishes_at_the_same_time_waits_and_nothing_is_left_beside_the_files(tmp_path, project):
    opened = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(opened, fcntl.LOCK_EX)  # as another process that publishes
    with ThreadPoolExecutor() as threads:
        both = [threads.submit(publish_copy, project, tmp_path, with_clients=False) for _ in range(2)]
        assert not wait(both, 0.1).done
        assert list(tmp_path.iterdir()) == []
        os.close(opened)
        first, second = (one.result() for one in both)
    assert sorted(tmp_path.iterdir()) == sorted(first) == sorted(second)
