"""Which models stay in the cache."""

import os
import time

import pytest

from scoring.storage.remote.address import Address
from scoring.storage.remote.old_models import UNUSED, note_use

MAIN, BRANCH = (Address("hf", "lender/model", "", revision) for revision in ("main", "v2"))
OTHER = Address("s3", "bucket", "model/")


@pytest.fixture
def use(tmp_path):
    """Start a service with a model, whose folder was used some seconds before."""

    def starting(address, letter, age=2 * UNUSED):
        folder = tmp_path / (letter * 64)
        folder.mkdir(exist_ok=True)
        os.utime(folder, (time.time() - age,) * 2)
        note_use(tmp_path, address, folder.name)
        return "".join(sorted(path.name[0] for path in tmp_path.iterdir() if len(path.name) == 64))

    return starting


def test_the_model_in_use_and_the_one_before_are_kept_and_older_ones_are_removed(use):
    assert use(MAIN, "a") == "a"
    assert use(BRANCH, "b") == "ab"  # another revision of the same place
    assert use(BRANCH, "b") == "ab"
    assert use(MAIN, "c") == "bc"
    assert use(MAIN, "b") == "bc"
    assert use(MAIN, "d") == "bd"


def test_the_models_of_another_place_and_those_used_within_a_day_are_kept(use):
    assert use(OTHER, "a") == "a"
    assert use(MAIN, "b", age=60) == "ab"
    use(MAIN, "c")
    assert use(MAIN, "d") == "abcd"  # another service may just be loading b


def test_where_nothing_can_be_written_nothing_is_removed(use, tmp_path):
    use(MAIN, "a")
    (note,) = tmp_path.glob("used-*")
    note.unlink()
    note.mkdir()
    assert use(MAIN, "b") == "ab"


def test_a_damaged_note_stops_no_service_and_is_written_again(use, tmp_path):
    use(MAIN, "a")
    (note,) = tmp_path.glob("used-*")
    note.write_bytes(b"\xff\x00")
    assert use(MAIN, "b") == "b"
    assert note.read_text(encoding="ascii").split()[0] == "b" * 64
