import fcntl
import os
import random
import resource
import shutil
import struct
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.errors import ClientsUnavailable, ClientTableError, DataError
from scoring.model.schema import Identity, SchemaField, Text
from scoring.storage.artefacts import load_bundle, read_manifest
from scoring.storage.clients import client_store
from scoring.storage.clients.file import client_file, client_file_builder, opened_clients, record_writer, stored_records
from scoring.storage.clients.file.client_file import open_client_file
from scoring.storage.clients.file.client_file_builder import write_client_file
from scoring.storage.clients.file.verification import verify_client_file
from scoring.storage.clients.in_memory_clients import InMemoryClients
from scoring.storage.clients.loading import table_batches
from scoring.storage.clients.loading.client_source import ClientSource
from scoring.storage.clients.loading.stored_schema import StoredSchema
from scoring.storage.clients.open_clients import is_client_file
from tests.examples import examples

PROJECT = Path(__file__).resolve().parents[4]
LABEL = Text(en="a", fr="a")
FIELDS = (
    SchemaField(name="amount", type="number", label=LABEL),
    SchemaField(name="sex", type="category", label=LABEL),
)
SCHEMA = StoredSchema(Identity(name="id"), ("a", "b"), "target", FIELDS, "f")
TEXT_IDS = replace(SCHEMA, identity=Identity(name="id", kind="text"))


def load(path, rows, facts=None, schema=SCHEMA, others=()):
    """Write tables of rows and applications, and make a client file of them."""
    tables = path.parent / f"{path.name}-tables"
    tables.mkdir(exist_ok=True)
    pd.DataFrame(rows).to_parquet(tables / "rows.parquet", index=False)
    if facts is not None:
        pd.DataFrame(facts).to_parquet(tables / "facts.parquet", index=False)
    source = ClientSource(
        schema, tables / "rows.parquet", tables / "facts.parquet" if facts is not None else None, others
    )
    return write_client_file(path, source, lambda _: None)


def some_rows(count=10, value=0.5):
    return {"id": range(100, 100 + count), "a": [value] * count, "b": np.arange(count) / 7}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "clients.bin"


@pytest.fixture
def at_once(monkeypatch):
    """Let a worker look at every call whether the file was replaced."""
    monkeypatch.setattr(client_file, "LOOKS_EVERY", 0.0)


@pytest.fixture(scope="module")
def bundled(tmp_path_factory):
    """Give the bundled clients in memory, and the same in a client file."""
    bundle = load_bundle(PROJECT)
    schema = StoredSchema.from_manifest(read_manifest(PROJECT / "modele_retenu.json"))
    path = tmp_path_factory.mktemp("bundled") / "clients.bin"
    source = ClientSource(schema, PROJECT / "df_sample.csv", PROJECT / "applications_sample.csv")
    write_client_file(path, source, lambda _: None)
    memory = bundle.clients
    if not isinstance(memory, InMemoryClients):
        memory = InMemoryClients(bundle.identity, memory, bundle.facts)
    return memory, open_client_file(path, schema)


# The same as in memory


def test_every_client_is_the_same_as_in_memory_to_the_last_bit(bundled):
    memory, stored = bundled
    ids = memory.page(None, 2000).client_ids
    assert stored.page(None, 2000) == memory.page(None, 2000)
    for client_id in ids:
        one, other = memory.find(client_id), stored.find(client_id)
        assert one.row.tobytes() == other.row.tobytes()
        assert one.record == other.record
        assert list(one.record) == list(other.record)
        assert [type(value) for value in one.record.values()] == [type(value) for value in other.record.values()]


def test_the_sample_is_the_same_as_in_memory(bundled):
    memory, stored = (one.sample() for one in bundled)
    assert memory.rows.tobytes() == stored.rows.tobytes()
    assert np.array_equal(memory.outcomes, stored.outcomes)
    assert memory.total == stored.total
    assert memory.field("OCCUPATION_TYPE") == stored.field("OCCUPATION_TYPE")
    assert memory.field("AMT_ANNUITY") == stored.field("AMT_ANNUITY")
    with pytest.raises(KeyError):
        stored.field("NO_SUCH_FIELD")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("CODE_GENDER", "F"),
        ("AMT_GOODS_PRICE", "675000"),
        ("CNT_CHILDREN", "2"),
        ("CODE_GENDER", "f"),
        ("FLAG_OWN_CAR", ""),
    ],
)
def test_a_portfolio_is_the_same_as_in_memory(bundled, column, value):
    memory, stored = (one.within(column, value) for one in bundled)
    assert stored.count() == memory.count()
    assert stored.page(None, 50) == memory.page(None, 50)
    assert stored.page(520000, 7) == memory.page(520000, 7)
    for client_id in bundled[0].page(None, 60).client_ids:
        assert (stored.find(client_id) is None) == (memory.find(client_id) is None)
    assert np.array_equal(stored.sample().rows, memory.sample().rows)
    assert stored.sample().field("OCCUPATION_TYPE") == memory.sample().field("OCCUPATION_TYPE")


def test_a_portfolio_may_be_of_a_feature(bundled):
    memory, stored = bundled
    value = client_store.portfolio_text(memory.find(memory.page(None, 1).client_ids[0]).row[0])
    column = memory.features[0]
    assert stored.within(column, value).page(None, 2000) == memory.within(column, value).page(None, 2000)
    assert stored.within(column, value).count() > 0


def test_ids_of_other_types_and_sizes_are_unknown(bundled):
    _, stored = bundled
    for unknown in (0, -1, 10**30, "500024", "", "a" * 1000):
        assert stored.find(unknown) is None
    assert [one is None for one in stored.find_rows([500024, 7, "x"])] == [False, True, True]


def test_a_portfolio_cannot_be_read_while_a_new_file_does_not_have_its_column(path, at_once, caplog):
    rows = {"id": [1, 2, 3], "a": [0.5, 1.5, 2.5], "b": [1, 2, 3]}
    load(path, {**rows, "BRANCH": ["12", "13", "12"]}, others=["BRANCH"])
    store = open_client_file(path, SCHEMA)
    part = store.within("BRANCH", "12")
    number = part.page(None, 1).client_ids[0]
    assert part.find(number) is not None
    load(path, rows)
    for _ in range(2):
        with pytest.raises(ClientsUnavailable, match="of this portfolio"):
            part.find(number)
    assert store.find(number) is not None
    assert caplog.text.count("Load the clients again with --portfolio") == 1
    load(path, {**rows, "BRANCH": ["13", "13", "13"]}, others=["BRANCH"])
    assert part.find(number) is None


def test_a_portfolio_may_be_chosen_while_there_is_no_file(path, at_once):
    rows = {"id": [1, 2, 3], "a": [0.5, 1.5, 2.5], "b": [1, 2, 3], "BRANCH": ["12", "13", "12"]}
    load(path, rows, others=["BRANCH"])
    store = open_client_file(path, SCHEMA)
    path.unlink()
    part = store.within("BRANCH", "12")
    with pytest.raises(ClientsUnavailable, match="is not there"):
        part.count()
    load(path, rows, others=["BRANCH"])
    assert part.count() == 2


def test_columns_that_no_table_has_are_refused_as_portfolios(bundled):
    _, stored = bundled
    assert [stored.has_column(name) for name in ("CODE_GENDER", "EXT_SOURCE_3", "SK_ID_CURR")] == [True, True, False]
    with pytest.raises(ClientTableError, match="have a column SK_ID_CURR"):
        stored.within("SK_ID_CURR", "500024")


# Any rows


@given(
    seed=st.integers(0, 2**32),
    count=st.integers(1, 700),
    distinct=st.sampled_from([1, 5, 255, 256, 700]),
    texts=st.booleans(),
    shuffled=st.booleans(),
)
@settings(max_examples=examples(10))
def test_any_rows_that_are_written_are_read_back_bit_by_bit(tmp_path_factory, seed, count, distinct, texts, shuffled):
    draw, folder = np.random.default_rng(seed), tmp_path_factory.mktemp("any")
    bits = draw.integers(0, 2**64, distinct, dtype=np.uint64)
    bits = np.where(np.isfinite(bits.view(np.float64)), bits, np.uint64(1 << 63))  # -0.0
    pool = bits.view(np.float64)
    ids = np.sort(draw.choice(10**9, count, replace=False))
    if shuffled:
        draw.shuffle(ids)
    names = [f"c{i}.{'x' * (i % 50)}" for i in ids.tolist()]
    rows = {"id": names if texts else ids, "a": pool[draw.integers(0, distinct, count)], "b": draw.random(count)}
    words = [None, "", "x", "é€𝄞", "a\x00b", '"\n'] + [f"w{i}" for i in range(distinct)]
    facts = {
        "id": rows["id"],
        "amount": np.where(draw.random(count) < 0.2, np.nan, pool[draw.integers(0, distinct, count)]),
        "sex": [words[i] for i in draw.integers(0, len(words), count)],
    }
    schema = TEXT_IDS if texts else SCHEMA
    load(folder / "clients.bin", rows, pd.DataFrame(facts).sample(frac=1, random_state=seed % 2**32), schema)
    stored = open_client_file(folder / "clients.bin", schema)
    wanted = np.column_stack([rows["a"], rows["b"]])
    given_ids = list(rows["id"]) if texts else ids.tolist()
    for client_id, row, amount, sex in zip(given_ids, wanted, facts["amount"].tolist(), facts["sex"], strict=True):
        found = stored.find(client_id)
        assert found.row.tobytes() == row.tobytes()
        assert found.record["sex"] == (sex or None)
        value = found.record["amount"]
        assert (value is None and amount != amount) or value == amount
    assert stored.page(None, count).client_ids == sorted(given_ids)
    assert stored.find(1000000001 if not texts else "c1000000001") is None
    shutil.rmtree(folder)


def test_a_column_may_get_more_values_than_codes_in_a_later_batch(path, monkeypatch):
    monkeypatch.setattr(table_batches, "BATCH", 100)
    count = 1000
    rows = {"id": range(count), "a": [i % 7 if i < 500 else i / 3 for i in range(count)], "b": [1.0] * count}
    load(path, rows)
    stored = open_client_file(path, SCHEMA)
    assert [stored.find(i).row[0] for i in range(count)] == rows["a"]


def test_a_column_of_texts_may_have_more_than_255_and_more_than_65535_values(path):
    count = 66_000
    rows = {"id": range(count), "a": [0.0] * count, "b": [0.0] * count}
    rows |= {"branch": [f"b{i % 300}" for i in range(count)], "street": [f"s{i}" for i in range(count)]}
    load(path, rows, others=["branch", "street"])
    stored = open_client_file(path, SCHEMA)
    assert stored.within("branch", "b299").count() == count // 300
    assert stored.within("street", "s65999").page(None, 5).client_ids == [65999]


def test_clients_without_an_application_and_applications_of_others(path):
    facts = {"id": [7, 102, 100, 999], "amount": [1.0, 2.0, np.nan, 3.0], "sex": ["a", "b", None, "c"]}
    written = load(path, some_rows(4), facts)
    stored = open_client_file(path, SCHEMA)
    assert written[:2] == (4, 2)
    assert [stored.find(i).record for i in range(100, 104)] == [
        {"amount": None, "sex": None}, None, {"amount": 2, "sex": "b"}, None,
    ]  # fmt: skip
    assert stored.sample().field("amount") == [None, None, 2, None]
    assert b"c" not in stored_texts(path)


def stored_texts(path):
    header = client_file.read_header(os.open(path, os.O_RDONLY), "")
    (sex,) = (one for one in header.facts.columns if one.name == "sex")
    return path.read_bytes()[sex.values.offset :][: sex.values.size]


def test_a_sample_of_many_clients_has_their_applications(path, monkeypatch):
    for module in (client_file_builder, opened_clients):
        monkeypatch.setattr(module, "draw_sample", lambda total, most=50: client_store.draw_sample(total, 50))
    monkeypatch.setattr(record_writer, "ROWS", 64)
    monkeypatch.setattr(stored_records, "SCANNED", 64)
    count = 1000
    ids = list(range(count))
    random.Random(1).shuffle(ids)
    rows = {"id": ids, "a": np.array(ids) / 7, "b": np.array(ids) % 2, "target": np.array(ids) % 2}
    facts = {"id": ids[:500], "amount": [float(one) for one in ids[:500]], "sex": [f"{one % 3}" for one in ids[:500]]}
    load(path, rows, facts)
    stored = open_client_file(path, SCHEMA)
    for store in (stored, stored.within("b", "1"), stored.within("sex", "2")):
        sample = store.sample()
        assert len(sample.rows) == 50
        known = np.round(sample.rows[:, 0] * 7).astype(int).tolist()
        assert sample.field("amount") == [one if one in set(ids[:500]) else None for one in known]
        assert sample.outcomes.tolist() == [one % 2 for one in known]
        assert store.sample() is sample
    part = stored.within("sex", "2")
    assert part.page(None, count).client_ids == sorted(one for one in ids[:500] if one % 3 == 2)
    both = part.within("b", "1")
    assert both.page(None, count).client_ids == sorted(one for one in ids[:500] if one % 3 == 2 and one % 2)
    assert both.count() == len(both.page(None, count).client_ids)
    assert len(both.sample().rows) == 50


# A new file while the service runs


def test_a_new_file_is_read_whole_and_a_former_one_never_again(path, at_once):
    load(path, some_rows(10, 0.5))
    stored = open_client_file(path, SCHEMA)
    sample = stored.sample()
    load(path, some_rows(12, 0.25))
    assert stored.find(100).row[0] == 0.25
    assert stored.count() == 12
    assert stored.sample() is not sample


def test_new_files_while_clients_are_looked_up_give_no_mixed_answer(path, at_once):
    count = 300

    def write(turn):
        rows = {"id": range(count), "a": [float(turn)] * count, "b": [float(turn)] * count}
        facts = {"id": range(count), "amount": [float(turn)] * count, "sex": [f"t{turn}"] * count}
        load(path, rows, facts)

    write(0)
    stored, seen, wrong, done = open_client_file(path, SCHEMA), set(), [], threading.Event()

    def ask(seed):
        draw = random.Random(seed)
        while not done.is_set():
            found = stored.find(draw.randrange(count))
            values = {found.row[0], found.row[1], float(found.record["amount"]), float(found.record["sex"][1:])}
            seen.update(values)
            if len(values) != 1:
                wrong.append(values)

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(3)]
    for thread in threads:
        thread.start()
    try:
        for turn in range(1, 21):
            write(turn)
        while stored.find(0).row[0] != 20.0:  # one of the other threads may be opening it
            pass
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert wrong == []
    assert len(seen) > 3


def test_without_the_file_nobody_is_found_and_with_a_new_one_everybody_again(path, at_once, caplog):
    load(path, some_rows())
    stored = open_client_file(path, SCHEMA)
    path.rename(path.with_name("away"))
    for ask in (lambda: stored.find(100), stored.count, lambda: stored.page(None, 5), lambda: stored.has_column("a")):
        with pytest.raises(ClientsUnavailable, match="not there"):
            ask()
    assert caplog.text.count("the file of clients is gone") == 1
    path.with_name("away").rename(path)
    assert stored.find(100) is not None


@pytest.mark.parametrize("damage", ["cut", "foreign", "empty", "other model", "without applications"])
def test_a_new_file_that_cannot_be_used_is_named_and_the_former_one_stays(path, at_once, caplog, damage):
    facts = {"id": [100], "amount": [1.0], "sex": ["a"]}
    load(path, some_rows(), facts)
    stored, new = open_client_file(path, SCHEMA), path.with_name("new")
    load(new, some_rows(3), None if damage.startswith("without") else facts, replace(SCHEMA, fingerprint="g"))
    if damage.startswith("without"):
        load(new, some_rows(3))
    content = new.read_bytes()
    new.write_bytes({"cut": content[:-1], "foreign": b"id,a,b\n", "empty": b""}.get(damage, content))
    new.replace(path)
    assert stored.find(109) is not None
    assert stored.count() == 10
    assert caplog.text.count("The new file of clients is not used, the service continues with the former one") == 1


def test_a_removed_file_is_not_served_again_because_a_new_one_cannot_be_used(path, at_once, caplog):
    load(path, some_rows())
    stored, new = open_client_file(path, SCHEMA), path.with_name("new")
    before = count_open_files()
    path.unlink()
    with pytest.raises(ClientsUnavailable, match="is not there"):
        stored.count()
    assert count_open_files() == before - 1
    load(new, some_rows(3), schema=replace(SCHEMA, fingerprint="g"))
    new.replace(path)
    for _ in range(3):
        with pytest.raises(ClientsUnavailable, match="cannot be used"):
            stored.find(100)
    assert caplog.text.count("The new file of clients is not used, the former one is gone") == 1
    load(path, some_rows(4))
    assert stored.count() == 4


NO_FILES = {
    "folder": Path.mkdir,
    "pipe": os.mkfifo,
    "device": lambda path: path.symlink_to("/dev/zero"),
    "link to itself": lambda path: path.symlink_to(path),
}


@pytest.mark.parametrize("kind", NO_FILES)
def test_what_is_no_file_is_not_waited_for_nor_served(path, at_once, caplog, kind):
    load(path, some_rows())
    stored, new = open_client_file(path, SCHEMA), path.with_name("new")
    path.rename(path.with_name("former"))
    NO_FILES[kind](new)
    new.rename(path)
    for _ in range(3):
        if kind == "link to itself":
            with pytest.raises(ClientsUnavailable, match="is not there"):
                stored.find(100)
        else:
            assert stored.find(100) is not None
        if kind == "folder":
            (path / f"{len(list(path.iterdir()))}").touch()
    assert len(caplog.records) == 1
    assert str(path) in caplog.text
    assert "cannot be read" in refusal(path)
    with pytest.raises(ClientTableError, match="cannot be read"):
        verify_client_file(path, lambda _: None)
    assert not is_client_file(path)


@pytest.mark.parametrize("seed", range(3))
def test_a_new_file_with_any_bytes_changed_is_refused_or_answers_without_a_crash(path, at_once, seed):
    facts = {"id": [100, 101], "amount": [1.0, 2.0], "sex": ["é", "€"]}
    load(path, some_rows(), facts)
    stored, new, draw = open_client_file(path, SCHEMA), path.with_name("new"), random.Random(seed)
    content = path.read_bytes()
    for _ in range(100):
        changed = bytearray(content)
        begin = draw.choice([0, 20, 28, 36, 4096, draw.randrange(len(content))])
        changed[begin : begin + 8] = draw.randbytes(len(content[begin : begin + 8]))
        new.write_bytes(changed)
        new.replace(path)
        try:
            stored.find(100)
            stored.sample()
        except ClientsUnavailable:
            continue
    path.unlink()
    load(path, some_rows(4), facts)
    assert stored.count() == 4


def test_nobody_is_answered_from_the_former_state_while_another_thread_looks(path, monkeypatch):
    load(path, some_rows())
    stored = open_client_file(path, SCHEMA)
    monkeypatch.setattr(client_file, "LOOKS_EVERY", 60.0)
    path.rename(path.with_name("away"))
    stored._file._next = 0.0
    with pytest.raises(ClientsUnavailable):
        stored.find(100)
    path.with_name("away").rename(path)
    stored._file._next = 0.0
    opens, release, opened = threading.Event(), threading.Event(), client_file._open

    def open_slowly(*args):
        opens.set()
        assert release.wait(60)
        return opened(*args)

    monkeypatch.setattr(client_file, "_open", open_slowly)
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(stored.find, 100)
        assert opens.wait(60)
        others = [pool.submit(stored.find, 101) for _ in range(2)]
        release.set()
        assert all(one.result(10) is not None for one in (first, *others))


def test_a_look_that_hangs_is_not_waited_for_without_end(path, monkeypatch):
    monkeypatch.setattr(client_file, "_WAITS", 0.05)
    load(path, some_rows())
    stored = open_client_file(path, SCHEMA)
    stored._file._next = 0.0
    with stored._file._looking:
        assert stored.find(100) is not None


def test_a_file_that_is_cut_short_in_place_is_unavailable_instead_of_ending_the_process(path):
    load(path, {"id": range(5000), "a": np.arange(5000) / 7, "b": np.arange(5000) / 3})
    stored = open_client_file(path, SCHEMA)
    os.truncate(path, 5000)
    with pytest.raises(ClientsUnavailable, match="was cut short"):
        stored.find(4999)


def test_files_that_are_no_longer_served_are_closed(path, at_once):
    facts = {"id": [100], "amount": [1.0], "sex": ["a"]}
    load(path, some_rows(), facts)
    stored = open_client_file(path, SCHEMA)
    parts = [stored.within("a", "0.5"), stored.within("sex", "a")]
    made = WeakKeyDictionary()  # as the population keeps what it has made of a sample
    before = count_open_files()
    for _ in range(5):
        load(path, some_rows(), facts)
        for store in (stored, *parts):
            made[store.sample()] = store.sample().field
            assert len(store.page(None, 100).client_ids) == store.count()
    assert len(made) == 3
    assert count_open_files() == before


def count_open_files():
    return len([*Path("/proc/self/fd").iterdir()])


# Bad input: opening


def refusal(path, schema=SCHEMA):
    with pytest.raises(ClientTableError) as raised:
        open_client_file(path, schema)
    return str(raised.value)


@pytest.mark.parametrize("size", [0, 15, 40, 4096, -100, -1])
def test_a_file_that_was_cut_short_is_refused(path, size):
    load(path, some_rows())
    path.write_bytes(path.read_bytes()[:size])
    assert f"{path}: " in (message := refusal(path))
    assert "load-clients" in message


def test_bytes_after_the_end_are_refused(path):
    load(path, some_rows())
    with path.open("ab") as file:
        file.write(b"x")
    assert "it was cut short or changed" in refusal(path)


def test_a_damaged_header_is_refused(path):
    load(path, some_rows())
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes(content)
    assert "its header is damaged" in refusal(path)


def test_a_file_of_another_version_is_refused(path):
    load(path, some_rows())
    content = bytearray(path.read_bytes())
    content[16:20] = struct.pack("<I", 2)
    path.write_bytes(content)
    assert "is a client file of version 2, expected 1" in refusal(path)


@pytest.mark.parametrize(("offset", "size"), [(2**63, 100), (4096, 2**63), (10**9, 10), (0, 2**64 - 1)])
def test_a_header_outside_of_the_file_is_refused(path, offset, size):
    load(path, some_rows())
    content = bytearray(path.read_bytes())
    content[28:44] = struct.pack("<QQ", offset, size)
    path.write_bytes(content)
    assert "its header is damaged" in refusal(path)


def test_a_file_that_was_not_finished_is_not_recognised(path):
    load(path, some_rows())
    content = bytearray(path.read_bytes())
    content[:4096] = bytes(4096)
    path.write_bytes(content)
    assert "is not a client file, or was not written to its end" in refusal(path)


def test_a_file_for_another_model_is_refused_with_all_differences(path):
    load(path, some_rows(), {"id": [100], "amount": [1.0], "sex": ["a"]})
    assert "made for another fit of the model" in refusal(path, replace(SCHEMA, fingerprint="g"))
    other = replace(
        SCHEMA,
        identity=Identity(name="key", kind="text"),
        features=("a", "c"),
        fields=(*FIELDS, SchemaField(name="age", type="integer", label=LABEL)),
    )
    message = refusal(path, other)
    assert "its clients are named by id (number), expected key (text)" in message
    assert "columns the model expects are missing: c" in message
    assert "columns the model does not know: b" in message
    assert "its applications have no field age (number)" in message
    assert "load-clients TABLE --artefacts FOLDER --to" in message


def test_a_missing_file_is_refused(path):
    assert "cannot be read (No such file or directory)" in refusal(path)


# Bad input: loading


def test_clients_that_cannot_be_used_leave_the_former_file_as_it_was(path):
    load(path, some_rows())
    before = path.read_bytes()
    with pytest.raises(ClientTableError, match="duplicate client numbers: 5"):
        load(path, {"id": [5, 5], "a": [0.0, 0.0], "b": [0.0, 0.0]})
    assert path.read_bytes() == before
    assert nothing_is_left(path)


def nothing_is_left(path):
    return [one.name for one in path.parent.iterdir() if one.name.startswith(".")] == []


@contextmanager
def files_of_at_most(size):
    """Let no file of this process grow beyond a size: the disk seems full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("size", [0, 10_000, 90_000, 165_000])
def test_a_full_disk_leaves_the_former_file_and_nothing_else(path, size):
    load(path, some_rows())
    before, count = path.read_bytes(), 10_000
    rows = {"id": range(count), "a": np.arange(count) / 7, "b": [1.0] * count}
    tables = path.parent / "rows.parquet"
    pd.DataFrame(rows).to_parquet(tables)
    with files_of_at_most(size), pytest.raises(DataError, match="the disk is full\nNothing was changed"):
        write_client_file(path, ClientSource(SCHEMA, tables), lambda _: None)
    assert path.read_bytes() == before
    assert nothing_is_left(path)


def test_what_a_killed_command_has_left_is_removed_by_the_next_one(path):
    left = path.with_name(f".{path.name}.loading")
    left.mkdir()
    (left / "rows").write_bytes(b"x" * 1000)
    (left / path.name).write_bytes(b"x")
    load(path, some_rows())
    assert open_client_file(path, SCHEMA).count() == 10
    assert nothing_is_left(path)


def test_two_commands_do_not_load_one_file_at_once(path):
    folder = path.with_name(f".{path.name}.loading")
    folder.mkdir()
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(DataError, match="another command is loading it"):
            load(path, some_rows())
    assert folder.exists()


def test_a_file_of_another_kind_is_not_overwritten(path):
    path.write_text("id,a,b\n1,2,3\n")
    with pytest.raises(DataError, match="exists, and is not a client file"):
        load(path, some_rows())
    assert path.read_text() == "id,a,b\n1,2,3\n"


def test_a_folder_that_does_not_exist_is_named(tmp_path):
    pd.DataFrame(some_rows()).to_parquet(tmp_path / "rows.parquet")
    source = ClientSource(SCHEMA, tmp_path / "rows.parquet")
    with pytest.raises(DataError, match="its folder does not exist"):
        write_client_file(tmp_path / "none" / "clients.bin", source, lambda _: None)


def test_applications_of_nobody_are_refused(path):
    with pytest.raises(ClientTableError, match=r"facts\.parquet: none of its applications is of one of these clients"):
        load(path, some_rows(), {"id": [7], "amount": [1.0], "sex": ["a"]})


# Verifying


def test_every_block_is_verified(path):
    facts = {"id": [100, 101], "amount": [1.0, 2.0], "sex": ["a", "b"]}
    load(path, some_rows(400), facts)
    assert verify_client_file(path, lambda _: None).rows.count == 400
    content = path.read_bytes()
    header = client_file.read_header(os.open(path, os.O_RDONLY), "")
    for what, block in header.blocks().items():
        changed = bytearray(content)
        changed[block.offset + block.size // 2] ^= 4
        path.write_bytes(changed)
        with pytest.raises(ClientTableError, match="damaged: ") as raised:
            verify_client_file(path, lambda _: None)
        assert what in str(raised.value)


def test_reading_needs_none_of_the_packages_of_training(path):
    load(path, some_rows())
    code = f"""
import sys
from pathlib import Path
for name in ("pyarrow", "duckdb", "ibis"):
    sys.modules[name] = None
from scoring.model.schema import Identity
from scoring.storage.clients.file.client_file import open_client_file
from scoring.storage.clients.loading.stored_schema import StoredSchema
print(open_client_file(Path({str(path)!r}), StoredSchema(Identity(name="id"), ("a", "b"), "", (), "f")).find(107).row)
"""
    ran = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert ran.stdout == "[0.5 1. ]\n"
