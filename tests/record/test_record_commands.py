import contextlib
import json
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from scoring.record.entries import Search
from scoring.record.kept_record import open_record
from tests.commands import run_command
from tests.conftest import clean_environment
from tests.record.conftest import copy_of, decision, make_key

PROJECT = Path(__file__).parents[2]


def run(*arguments, **environment):
    return run_command("decisions", *arguments, cwd=PROJECT, environment=clean_environment(**environment))


def test_verify_says_that_a_record_is_intact(original):
    command = [sys.executable, "-m", "scoring", "decisions", "verify", original.database, "--public-key", original.key]
    done = subprocess.run(
        command, cwd=PROJECT, env=clean_environment(), capture_output=True, text=True, check=False
    )  # a process of its own, as an operator starts it
    assert done.returncode == 0
    assert re.fullmatch(
        r"24 entries of 2 chains, 1 of them with an erased body, \d checkpoints, \d of them signed: intact\n",
        done.stdout,
    )
    assert "Warning" not in done.stderr


def test_verify_takes_the_record_and_the_key_of_the_settings(original):
    done = run("verify", SCORING_DECISIONS=original.database, SCORING_DECISIONS_KEY=original.key)
    assert (done.returncode, done.stdout.endswith("intact\n")) == (0, True)
    assert "Warning: no key was given" in run("verify", original.database).stderr


def test_verify_names_a_changed_entry_and_ends_with_1(original, tmp_path):
    kept = copy_of(original, tmp_path)
    with kept.opened() as database:
        (name,) = database.execute("SELECT id FROM record_entries WHERE position = 2").fetchone()
        database.execute("UPDATE record_entries SET time = '2020' WHERE id = ?", (name,))
    done = run("verify", kept.database, "--public-key", kept.key)
    assert done.returncode == 1
    assert f"entry {name} (chain " in done.stdout
    assert "was changed: it does not fit its hash" in done.stdout


def test_verify_names_damage_of_the_file_itself(original, tmp_path):
    kept = copy_of(original, tmp_path)
    content = bytearray(kept.database.read_bytes())
    content[4096 * 2 : 4096 * 12] = bytes(4096 * 10)
    kept.database.write_bytes(content)
    done = run("verify", kept.database)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("missing.db", "missing.db: not found"),
        ("mysql://u:secret@h/d", "SCORING_DECISIONS: mysql:*** was received"),
        ("host=h user=u password=secret", "SCORING_DECISIONS: *** was received"),
        ("postgresql:/u:secret@h/d", "postgresql:*** was received"),
        ("off", "no decision record"),
    ],
)
def test_verify_names_a_record_that_is_not_there(tmp_path, url, expected):
    done = run("verify", tmp_path / url if url.endswith(".db") else url)
    assert done.returncode == 1
    assert expected in done.stderr
    assert "secret" not in done.stderr
    assert not (tmp_path / "missing.db").exists()


def test_verify_runs_while_the_service_records(path):
    record = open_record(str(path), every=2)
    for _ in range(5):
        record.append([decision()])
        assert run("verify", path).returncode == 0
    record.close()


def test_export_writes_a_proof_that_the_script_accepts(original, tmp_path):
    record = open_record(str(original.database))
    (entry, *_) = record.search(Search(), 1)
    record.close()
    done = run("export", entry.id, "--record", original.database)
    (tmp_path / "proof.json").write_text(done.stdout)
    checked = subprocess.run(
        [sys.executable, PROJECT / "docs" / "check_proof.py", tmp_path / "proof.json"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert checked.stdout.startswith(f"PROVEN: decision {entry.id} of {entry.time}, with its body\n")


def test_export_writes_everything_about_a_client(original):
    done = run("export", "--client", "1", SCORING_DECISIONS=original.database)
    entries = json.loads(done.stdout)
    assert [one["body"]["client_id"] for one in entries] == ["1", "1"]
    assert "2 entries about this client" in done.stderr


def test_erase_by_client_and_by_age_leaves_a_record_that_is_intact(original, tmp_path):
    kept = copy_of(original, tmp_path)
    more = {"SCORING_DECISIONS": kept.database, "SCORING_DECISIONS_KEY": kept.key}
    assert run("erase", "--client", "1", **more).stdout == "2 bodies erased\n"
    assert json.loads(run("export", "--client", "1", **more).stdout) == []
    assert run("erase", "--older-than", "400d", **more).stdout == "0 bodies erased\n"
    assert run("erase", "--older-than", "6 months", **more).stdout == "0 bodies erased\n"
    assert run("erase", SCORING_DECISIONS_RETENTION="3 months", **more).stdout == "0 bodies erased\n"
    assert "SCORING_DECISIONS_RETENTION" in run("erase", SCORING_DECISIONS_RETENTION="soon", **more).stderr
    assert run("erase", SCORING_DECISIONS_RETENTION="90d", **more).stdout == "0 bodies erased\n"
    assert run("erase", "--client", "2", SCORING_DECISIONS_RETENTION="90d", **more).stdout == "2 bodies erased\n"
    done = run("verify", **more)
    assert done.returncode == 0, done.stdout
    assert "5 of them with an erased body" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "expected"),
    [
        (["erase"], 2, "Name --older-than, --client, or set SCORING_DECISIONS_RETENTION"),
        (["erase", "--older-than", "400d", "--client", "1"], 2, "either --older-than or --client"),
        (["erase", "--older-than", "400"], 2, "'400': expected a time such as 400d, 26 weeks, 6 months or 2 years"),
        (["erase", "--older-than", "postgresql://me:word@host/x"], 2, "'postgresql:***': expected a time"),
        (["erase", "--older-than", "6 moons"], 2, "expected a time such as 400d"),
        (["erase", "--older-than", "0 months"], 2, "expected a time such as 400d"),
        (["erase", "--older-than", "99999 months"], 2, "is too long"),
        (["erase", "--older-than", "90d"], 1, "kept for six months (181 days) at least"),
        (["erase", "--older-than", "5 months"], 1, "kept for six months (181 days) at least"),
        (["report", "--from", "yesterday"], 2, "does not match the format"),
        (["export"], 2, "Name either an ID or --client"),
        (["export", "unknown"], 1, "has no entry unknown"),
    ],
)
def test_a_wrong_use_of_a_command_is_named(original, arguments, code, expected):
    done = run(*arguments, SCORING_DECISIONS=original.database)
    assert done.returncode == code
    assert expected in done.stderr


def test_create_makes_the_tables_and_leaves_a_record_as_it_is(path):
    assert run("create", path).stdout == "decision record decisions.db: ready\n"
    record = open_record(str(path))
    record.append([decision()])
    record.close()
    assert run("create", path).returncode == 0
    assert run("verify", path).stdout.startswith("1 entries of 1 chains")


def test_a_database_that_does_not_answer_is_one_message(tmp_path):
    for command in ("verify", "create"):
        done = run(command, f"postgresql://user:secret@/decisions?host={tmp_path}")
        assert done.returncode == 1
        assert done.stderr.startswith("Error: decision record postgresql:///decisions: ")
        assert "secret" not in done.stderr
        assert "Traceback" not in done.stderr


def test_a_restored_backup_says_what_is_lost_and_goes_on_with_a_new_file_of_checkpoints(path, tmp_path):
    record = open_record(str(path))
    record.append([decision()])
    record.close()
    backup = tmp_path / "backup.db"
    with contextlib.closing(sqlite3.connect(path)) as source, contextlib.closing(sqlite3.connect(backup)) as target:
        source.backup(target)
    record.append([decision()])
    record.close()
    backup.replace(path)
    done = run("verify", path)
    assert done.returncode == 1
    assert (
        "checkpoint 2: was removed: line 2 of decisions.db.checkpoints has it, and the database does not" in done.stdout
    )
    new = tmp_path / "new.checkpoints"
    record = open_record(str(path), checkpoints=new)
    record.append([decision()])
    record.close()
    done = run("verify", path, "--checkpoints", new)
    assert (done.returncode, done.stdout[:12]) == (0, "2 entries of")


def test_erase_refuses_to_leave_a_checkpoint_that_lacks_the_signature_of_the_last_one(original, tmp_path):
    kept = copy_of(original, tmp_path)
    other = make_key(tmp_path / "other.pem")
    for arguments, expected in (
        ((), "--key: is missing, and a key signed the last checkpoint"),
        (("--key", other), f"--key {other}: is another key than that of the last checkpoint"),
    ):
        for what in (("--client", "1"), ("--older-than", "400d")):
            done = run("erase", *what, "--record", kept.database, *arguments)
            assert done.returncode == 1
            assert expected in done.stderr
            assert "SCORING_DECISIONS_KEY" in done.stderr
    assert kept.problems() == []


def test_erase_needs_no_key_where_none_has_signed(path):
    record = open_record(str(path))
    record.append([decision("1")])
    record.close()
    assert run("erase", "--client", "1", "--record", path).stdout == "1 bodies erased\n"
    assert run("erase", "--older-than", "99999d", "--record", path).stdout == "0 bodies erased\n"


def test_a_restore_by_the_steps_of_the_page_leaves_a_record_that_is_intact(path, tmp_path):
    def record_one():
        record = open_record(str(path))
        record.append([decision()])
        record.close()

    record_one()
    backup, evidence = tmp_path / "backup.db", tmp_path / "evidence"
    with contextlib.closing(sqlite3.connect(path)) as source, contextlib.closing(sqlite3.connect(backup)) as target:
        source.backup(target)
    record_one()
    for end in ("-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)
    backup.replace(path)
    assert "checkpoint 2: was removed" in run("verify", path).stdout
    path.with_name("decisions.db.checkpoints").rename(evidence)
    record_one()
    assert run("verify", path).stdout.endswith("intact\n")
    assert "checkpoint 2: was rewritten" in run("verify", path, "--checkpoints", evidence).stdout
