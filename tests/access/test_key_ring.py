import json
import logging
import os
from datetime import timedelta

import pytest

from scoring.access.key_file import change_key_file, new_key, now, remove_key, rotate
from scoring.access.key_ring import KeyRing
from scoring.errors import KeyFileError, KeyRequired
from tests.conftest import eventually


@pytest.fixture
def path(tmp_path):
    return tmp_path / "keys.json"


def add(path, scopes=("read",), **more):
    key, stored = new_key("one", scopes, **more)
    change_key_file(path, lambda file: file.replacing(None, stored))
    return key, stored


def accepts(ring, key):
    try:
        ring.recognise(key.reveal())
    except KeyRequired:
        return False
    return True


def test_a_key_is_recognised_and_no_other_secret_with_its_id(path):
    key, _ = add(path, ("read", "audit"), portfolio="A=b", bulk=True)
    ring = KeyRing(path)
    found = ring.recognise(key.reveal())
    assert (found.caller.key_id, found.caller.scopes, found.bulk) == (key.key_id, {"read", "audit"}, True)
    other = key.make(key.key_id)
    with pytest.raises(KeyRequired, match="unknown, or was revoked"):
        ring.recognise(other.reveal())
    with pytest.raises(KeyRequired, match="mistyped") as refused:
        ring.recognise(key.reveal()[:-1] + ("0" if key.reveal()[-1] != "0" else "1"))
    assert key.reveal()[20:40] not in str(refused.value)


def test_an_entry_that_was_copied_under_another_id_gives_its_rights_to_nobody(path):
    key, stored = add(path, ("read",))
    for number in ("00000000", "ffffffff"):  # one before and one after it, in the order of the file
        copied = stored.model_copy(update={"id": number, "scopes": ("audit",), "portfolio": "A=b"})
        change_key_file(path, lambda file, one=copied: file.replacing(None, one))
    ring = KeyRing(path)
    assert ring.recognise(key.reveal()).caller == stored.caller()
    remove_key(path, key.key_id)
    assert not accepts(KeyRing(path), key)


@pytest.mark.parametrize("text", ["", "x", "é", "\udcff", "pad_00000000_", "a" * 8000])
def test_any_text_that_a_header_can_have_is_refused(path, text):
    add(path)
    with pytest.raises(KeyRequired, match="expected pad_<id>"):
        KeyRing(path).recognise(text)


def test_a_key_ends_at_its_time(path):
    key, stored = add(path, expires=now() - timedelta(seconds=1))
    with pytest.raises(KeyRequired, match="has expired"):
        KeyRing(path).recognise(key.reveal())
    change_key_file(path, lambda file: file.replacing(file.keys[0], stored.model_copy(update={"expires": None})))
    assert accepts(KeyRing(path), key)


def test_a_key_that_was_accepted_before_ends_at_its_time_too(path):
    key, stored = add(path, expires=now() + timedelta(seconds=2))
    second, rotated = rotate(stored, now() + timedelta(seconds=1))
    change_key_file(path, lambda file: file.replacing(file.keys[0], rotated))
    ring = KeyRing(path)
    assert accepts(ring, key)
    assert accepts(ring, second)
    assert eventually(lambda: not accepts(ring, key), seconds=10)
    assert eventually(lambda: not accepts(ring, second), seconds=10)


def test_after_a_rotation_both_secrets_are_accepted_until_the_old_one_ends(path):
    key, stored = add(path)
    second, once = rotate(stored, now() + timedelta(hours=1))
    change_key_file(path, lambda file: file.replacing(file.keys[0], once))
    ring = KeyRing(path)
    assert accepts(ring, key)
    assert accepts(ring, second)
    assert ring.recognise(key.reveal()).caller.key_id == key.key_id
    third, twice = rotate(once, now())
    change_key_file(path, lambda file: file.replacing(file.keys[0], twice))
    ring = KeyRing(path)
    assert not accepts(ring, key)
    assert not accepts(ring, second)
    assert accepts(ring, third)


def test_an_added_and_a_revoked_key_are_noticed_without_a_restart(path):
    key, _ = add(path)
    ring = KeyRing(path)
    assert accepts(ring, key)
    other, _ = add(path)
    assert eventually(lambda: accepts(ring, other), seconds=10)
    remove_key(path, key.key_id)
    assert eventually(lambda: not accepts(ring, key), seconds=10)
    assert accepts(ring, other)


@pytest.mark.parametrize("damage", ["broken", "gone"])
def test_a_bad_change_keeps_the_former_keys_and_is_an_error_in_the_log(path, damage, caplog):
    key, _ = add(path, portfolio="REGION=North")
    ring = KeyRing(path, lambda column: column == "REGION")
    with caplog.at_level(logging.ERROR):
        if damage == "gone":
            path.unlink()
        else:
            path.write_text("{")
        assert eventually(lambda: accepts(ring, key) and caplog.records, seconds=10)
    assert accepts(ring, key)
    (record,) = caplog.records
    assert "the former keys stay valid" in record.getMessage()


def damage_key(path, key_id, **fields):
    content = json.loads(path.read_text())
    for one in content["keys"]:
        one.update(fields if one["id"] == key_id else {})
    path.write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"portfolio": "NOCOL=1"}, "the clients do not have the column NOCOL"),
        ({"portfolio": "REGION"}, "keys.0.portfolio: "),
        ({"scopes": ["admin"]}, "keys.0.scopes.0: "),
        ({"until": "2030"}, "keys.0.until: "),
    ],
)
def test_a_bad_key_is_refused_alone_and_keeps_no_other_from_being_revoked(path, fields, said, caplog):
    bad, gone, kept = (add(path)[0] for _ in range(3))
    ring = KeyRing(path, lambda column: column == "REGION")
    remove_key(path, gone.key_id)
    with caplog.at_level(logging.ERROR):
        damage_key(path, bad.key_id, **fields)
        assert eventually(lambda: not accepts(ring, gone), seconds=10)
    assert [accepts(ring, one) for one in (bad, gone, kept)] == [False, False, True]
    assert "these keys are refused, all others are accepted" in caplog.text
    assert said in caplog.text
    started = KeyRing(path, lambda column: column == "REGION")
    assert [accepts(started, one) for one in (bad, gone, kept)] == [False, False, True]


def test_a_file_that_others_may_read_from_now_on_is_warned_about(path, caplog):
    key, _ = add(path)
    ring = KeyRing(path)
    assert not caplog.records
    path.chmod(0o604)
    assert eventually(lambda: accepts(ring, key) and "can read the file of API keys" in caplog.text, seconds=10)


def test_a_file_of_the_same_size_and_time_is_noticed_by_its_inode(path):
    key, stored = add(path)
    ring = KeyRing(path)
    before = path.stat()
    second, once = rotate(stored, now())
    change_key_file(path, lambda file: file.replacing(file.keys[0], once))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    assert eventually(lambda: accepts(ring, second), seconds=10)
    assert not accepts(ring, key)


def test_a_service_without_a_usable_file_does_not_start(path):
    with pytest.raises(KeyFileError, match="cannot be read"):
        KeyRing(path)
