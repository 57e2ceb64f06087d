import json
import os
import stat
import threading
from datetime import timedelta

import pytest

from scoring.access.caller import Caller, Portfolio
from scoring.access.key_file import (
    KeyFile,
    change_key_file,
    new_key,
    now,
    parse_portfolio,
    read_key_file,
    read_valid_keys,
    rotate,
)
from scoring.errors import KeyFileError


def add(path, name="one", scopes=("read",), **more):
    key, stored = new_key(name, scopes, **more)
    change_key_file(path, lambda file: file.replacing(None, stored))
    return key


def test_a_file_has_the_hash_of_a_key_and_never_its_secret(tmp_path):
    key = add(tmp_path / "keys.json", portfolio="BRANCH=12")
    text = (tmp_path / "keys.json").read_text()
    assert key.reveal() not in text
    assert key.reveal().split("_")[2] not in text
    (stored,) = read_key_file(tmp_path / "keys.json").keys
    assert stored.sha256 == key.digest()
    assert stored.caller() == Caller(key.key_id, frozenset({"read"}), Portfolio("BRANCH", "12"))


def test_only_the_owner_can_read_a_file_also_after_a_change(tmp_path):
    path = tmp_path / "keys.json"
    for name in ("one", "two"):
        add(path, name)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["keys.json"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only the administrator can give files away")
def test_a_changed_file_keeps_its_owner(tmp_path):
    path = tmp_path / "keys.json"
    add(path)
    os.chown(path, 12345, 12346)
    add(path, "two")
    assert (path.stat().st_uid, path.stat().st_gid) == (12345, 12346)


def test_keys_that_several_programs_add_at_once_are_all_in_the_file(tmp_path):
    path = tmp_path / "keys.json"
    threads = [threading.Thread(target=add, args=(path, f"key {i}")) for i in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(key.name for key in read_key_file(path).keys) == sorted(f"key {i}" for i in range(20))


def test_a_key_is_found_by_id_or_by_name_unless_two_have_the_name(tmp_path):
    path = tmp_path / "keys.json"
    one, two = add(path, "branch"), add(path, "branch")
    file = read_key_file(path)
    assert file.find(one.key_id).sha256 == one.digest()
    with pytest.raises(KeyFileError, match=f"2 keys have the name 'branch'\nName one by its ID: .*{two.key_id}"):
        file.find("branch")
    with pytest.raises(KeyFileError, match="no key has the ID or the name 'office'"):
        file.find("office")


def test_a_rotated_key_keeps_its_id_and_former_secrets_until_their_time_or_none_after_a_leak():
    key, stored = new_key("one", ["read", "score", "read"])
    assert stored.scopes == ("read", "score")
    second, once = rotate(stored, now() + timedelta(hours=1))
    third, twice = rotate(once, now() + timedelta(hours=2))
    _, leaked = rotate(twice, now())
    assert second.key_id == key.key_id
    assert [one.sha256 for one in once.former] == [key.digest()]
    assert [one.sha256 for one in twice.still_accepted()] == [key.digest(), second.digest()]
    assert leaked.former == ()
    assert leaked.sha256 not in {key.digest(), second.digest(), third.digest()}


def test_no_former_secret_outlives_its_key():
    end = now() + timedelta(hours=1)
    _, once = rotate(new_key("one", ["read"], expires=end)[1], now() + timedelta(hours=5))
    assert [one.until for one in once.still_accepted()] == [end]
    assert once.model_copy(update={"expires": now()}).still_accepted() == []


GOOD = {"id": "0" * 8, "name": "one", "sha256": "0" * 64, "scopes": ["read"], "created": "2026-01-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "file: Invalid JSON"),
        ("[]", "file: "),
        (json.dumps({"keys": [{**GOOD, "scopes": ["admin"]}]}), "keys.0.scopes.0: "),
        (json.dumps({"keys": [{**GOOD, "scopes": []}]}), "keys.0.scopes: "),
        (json.dumps({"keys": [{**GOOD, "sha256": "secret"}]}), "keys.0.sha256: "),
        (json.dumps({"keys": [{**GOOD, "portfolio": "BRANCH"}]}), "keys.0.portfolio: .*expected COLUMN=VALUE"),
        (json.dumps({"keys": [{**GOOD, "expires": "2026-01-01T00:00:00"}]}), "keys.0.expires: .*timezone"),
        (json.dumps({"keys": [{**GOOD, "more": 1}]}), "keys.0.more: "),
        (json.dumps({"keys": [GOOD, GOOD]}), "keys: .*duplicate ids: 00000000"),
    ],
)
def test_an_invalid_file_is_refused_with_the_place_of_the_error(tmp_path, content, message):
    path = tmp_path / "keys.json"
    path.write_text(content)
    with pytest.raises(KeyFileError, match=message) as refused:
        read_key_file(path)
    assert "input_value" not in str(refused.value)


def test_valid_keys_are_read_beside_those_that_are_not(tmp_path):
    path = tmp_path / "keys.json"
    others = [{**GOOD, "id": "1" * 8}, {**GOOD, "id": "2" * 8, "scopes": ["admin"]}, 7, GOOD, GOOD]
    path.write_text(json.dumps({"keys": others}))
    file, errors = read_valid_keys(path)
    assert [key.id for key in file.keys] == ["1" * 8]
    places = [error.split(":")[0] for error in errors]
    assert {*places} >= {"keys.1.scopes.0", "keys.2", "keys"}
    assert not [place for place in places if place.startswith(("keys.0", "keys.3", "keys.4"))]


FORGED = "evil\x1b[31m\nffffffff  valid  read"


@pytest.mark.parametrize("text", [FORGED, "a\u202eb", "a\u2028b", "a\tb", "   "])
def test_names_and_portfolios_are_printable_and_on_one_line(text):
    for options in ({"name": text}, {"name": "a", "portfolio": f"BRANCH={text}"}):
        with pytest.raises(KeyFileError, match="expected"):
            new_key(options.pop("name"), ["read"], **options)


def test_a_name_cannot_fake_the_columns_of_a_list():
    assert new_key(" Agence  12 ", ["read"])[1].name == "Agence 12"


@pytest.mark.parametrize(("mode", "folder", "said"), [
    (0o600, 0o755, None),
    (0o600, 0o1777, None),
    (0o644, 0o755, "can read the file of API keys (mode 644"),
    (0o666, 0o755, "can change the file of API keys (mode 666"),
    (0o620, 0o755, "can change the file of API keys (mode 620"),
    (0o600, 0o777, "can replace the file of API keys"),
])  # fmt: skip
def test_a_file_that_other_users_can_read_or_change_is_warned_about(tmp_path, caplog, mode, folder, said):
    path = tmp_path / "keys.json"
    add(path)
    path.chmod(mode)
    tmp_path.chmod(folder)
    read_key_file(path)
    assert said in caplog.text if said else not caplog.records


def test_a_missing_file_or_folder_is_named(tmp_path):
    with pytest.raises(KeyFileError, match=r"keys\.json: cannot be read \(No such file or directory\)"):
        read_key_file(tmp_path / "keys.json")
    with pytest.raises(KeyFileError, match="Make the folder first"):
        change_key_file(tmp_path / "none" / "keys.json", lambda file: file)


def test_a_file_that_cannot_be_read_is_not_written_over(tmp_path):
    path = tmp_path / "keys.json"
    path.write_text("{broken")
    with pytest.raises(KeyFileError, match="Invalid JSON"):
        add(path)
    assert path.read_text() == "{broken"


def test_there_are_no_more_keys_than_there_is_shared_memory_for():
    _, stored = new_key("one", ["read"])
    full = KeyFile.model_construct(keys=(stored,) * 4096)
    with pytest.raises(KeyFileError, match="the file has 4096 keys"):
        full.replacing(None, stored)


@pytest.mark.parametrize("text", ["", "BRANCH", "=12", "BRANCH="])
def test_a_portfolio_names_a_column_and_a_value(text):
    with pytest.raises(ValueError, match="expected COLUMN=VALUE"):
        parse_portfolio(text)
