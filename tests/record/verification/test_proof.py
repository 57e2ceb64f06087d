import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.record.entries import NewEntry, make_id
from scoring.record.kept_record import open_record
from scoring.record.verification.proof import prove
from tests.examples import examples
from tests.record.conftest import decision, make_key

SCRIPT = Path(__file__).parents[3] / "docs" / "check_proof.py"


def check(folder, proof, *arguments):
    (folder / "proof.json").write_text(json.dumps(proof))
    return subprocess.run(
        [sys.executable, "-I", SCRIPT, "proof.json", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def proofs_of(record):
    ids = record.read(lambda session: session.rows("SELECT id FROM record_entries ORDER BY chain, position"))
    return [record.read(lambda session, one=one: prove(session, one)) for (one,) in ids]


@pytest.fixture(scope="module")
def proofs(original):
    record = open_record(str(original.database))
    found = proofs_of(record)
    record.close()
    return found


def public_key(key, folder):
    path = folder / "public.pem"
    subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-out", path], check=True)
    return path


def test_the_script_that_checks_a_proof_is_short_and_needs_no_package():
    lines = SCRIPT.read_text().splitlines()
    assert len(lines) <= 60
    imported = [line.split()[1].split(".")[0] for line in lines if line.strip().startswith(("import ", "from "))]
    assert set(imported) - set(sys.stdlib_module_names) == {"cryptography"}


def test_every_entry_is_proven_with_and_without_the_signature(original, proofs, tmp_path):
    public = public_key(original.key, tmp_path)
    for proof in proofs[::5]:
        done = check(tmp_path, proof)
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(f"PROVEN: {proof['entry']['kind']} {proof['entry']['id']} of ")
        assert "its signature was not checked" in done.stdout
        assert "signed with this key" in check(tmp_path, proof, public).stdout
    last = [proof["checkpoint"]["number"] for proof in proofs]
    assert len(set(last)) > 3


def test_another_key_proves_nothing(proofs, tmp_path):
    other = public_key(make_key(tmp_path / "other.pem"), tmp_path)
    assert "NOT PROVEN: the checkpoint is not signed with this key" in check(tmp_path, proofs[0], other).stderr
    unsigned = {**proofs[0], "signature": None}
    assert "NOT PROVEN: the checkpoint is not signed with this key" in check(tmp_path, unsigned, other).stderr


def places(value, path=()):
    """List the places of all texts and numbers in JSON."""
    if isinstance(value, dict):
        return [place for key in value for place in places(value[key], (*path, key))]
    if isinstance(value, list):
        return [place for index, one in enumerate(value) for place in places(one, (*path, index))]
    return [path]


def changed(value):
    if isinstance(value, bool) or value is None:
        return "x"
    if isinstance(value, (int, float)):
        return value + 1
    return value[:-1] + ("0" if value[-1:] != "0" else "1")


@settings(max_examples=examples(10))
@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_a_proof_with_anything_changed_is_refused(original, proofs, tmp_path_factory, number, place):
    folder = tmp_path_factory.mktemp("proof")
    proof = json.loads(json.dumps(proofs[number % len(proofs)]))
    listed = [path for path in places(proof) if path != ("path",)]
    path = listed[place % len(listed)]
    inner = proof
    for key in path[:-1]:
        inner = inner[key]
    if path == ("body",):  # erased, or never there
        return
    inner[path[-1]] = changed(inner[path[-1]])
    done = check(folder, proof, public_key(original.key, folder))
    assert done.returncode == 1
    assert "PROVEN: " not in done.stdout


def test_a_body_of_another_decision_is_refused(proofs, tmp_path):
    first, second = (proof for proof in proofs[:2])
    done = check(tmp_path, {**first, "body": second["body"]})
    assert "NOT PROVEN: the body is another one" in done.stderr


def test_an_entry_that_no_checkpoint_covers_yet_is_not_proven(record, tmp_path):
    entry = decision()
    record.append([entry])
    proof = record.read(lambda session: prove(session, entry.id))
    assert proof["entry"]["content"] == entry.content
    assert "NOT PROVEN: no checkpoint covers the entry yet" in check(tmp_path, proof).stderr
    assert record.read(lambda session: prove(session, make_id())) is None


def test_proofs_hold_over_several_chains_in_both_databases(url, tmp_path):
    records = [open_record(url, every=1000) for _ in range(3)]
    for record in records:
        for number in range(4):
            record.append([decision(f"ä{number}", reasons=[{"x": 1e-7}, {"x": 1e22}, {"x": -0.0}])])
        record.append([NewEntry(make_id(), "batch", {"text": "no body"})])
    for record in records[1:]:
        record.close()
    records[0].close()
    found = proofs_of(records[0])
    assert len(found) == 15
    for proof in found[::4]:
        assert check(tmp_path, proof).stdout.startswith("PROVEN: ")
    records[0].close()


@pytest.mark.parametrize("content", ["", "{}", "[]", "null", "1", '{"entry": 1}', "\\x00"])
def test_a_file_that_is_no_proof_is_refused_in_one_line(tmp_path, content):
    (tmp_path / "other.json").write_text(content)
    for name in ("other.json", "missing.json"):
        done = subprocess.run(
            [sys.executable, "-I", SCRIPT, name], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("NOT PROVEN: cannot be read: ")
        assert len(done.stderr.splitlines()) == 1


def test_a_signature_or_a_key_that_cannot_be_read_proves_nothing(original, proofs, tmp_path):
    public = public_key(original.key, tmp_path)
    (tmp_path / "none.pem").write_text("no key")
    for done in (
        check(tmp_path, {**proofs[0], "signature": "zz"}, public),
        check(tmp_path, {**proofs[0], "signature": 7}, public),
        check(tmp_path, proofs[0], "none.pem"),
    ):
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("NOT PROVEN: cannot be read: ")
        assert "Traceback" not in done.stderr
