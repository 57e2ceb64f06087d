"""Parquet files: every kind of column is read or refused, and a small file cannot fill the memory."""

import datetime
import io
import json
import subprocess
import sys
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.parquet.encryption as crypto
import pytest
from officer.parquet import read_parquet
from officer.texts import text
from officer.upload import MOST_ROWS

MEMORY = 700  # megabytes at most: with its libraries the process needs some 150 for an ordinary file


def write(columns, **options):
    buffer = io.BytesIO()
    pq.write_table(columns if isinstance(columns, pa.Table) else pa.table(columns), buffer, **options)
    return buffer.getvalue()


def read(content):
    return read_parquet(content, MOST_ROWS)["columns"]


def refusal(content):
    """Reason of a refusal; the text exists in both languages."""
    refused = read_parquet(content, MOST_ROWS)
    reason, values = refused["reason"], refused["values"]
    assert text(reason, "fr", **values) != text(reason, "en", **values)
    return reason, values


KINDS = {
    "decimals": (pa.array([Decimal("1.50"), Decimal("-2.00")]), [1.5, -2]),
    "whole numbers with gaps": (pa.array([2**60 + 1, None], pa.int64()), [2**60 + 1, None]),
    "unsigned numbers": (pa.array([2**64 - 1, 0], pa.uint64()), [2**64 - 1, 0]),
    "half floats": (pa.array(np.array([1.5, 2.0], dtype=np.float16)), [1.5, 2.0]),
    "no numbers": (pa.array([float("nan"), float("inf")]), [None, None]),
    "texts in a dictionary": (pa.array(["a", None]).dictionary_encode(), ["a", None]),
    "numbers in a dictionary": (pa.array([7, 8]).dictionary_encode(), [7, 8]),
    "long texts": (pa.array(["a", "é"], pa.large_string()), ["a", "é"]),
    "texts without their type": (pa.array([b"a", "é".encode()], pa.binary()), ["a", "é"]),
    "flags": (pa.array([True, None]), [True, None]),
    "nothing": (pa.nulls(2), [None, None]),
    "dates": (pa.array([datetime.date(2020, 2, 29), None]), ["2020-02-29", None]),
    "times": (pa.array([datetime.time(1, 2), None], pa.time32("ms")), ["01:02:00.000", None]),
    "time stamps": (pa.array([0, None], pa.timestamp("ms")), ["1970-01-01 00:00:00.000", None]),
    "time stamps of a zone": (pa.array([0, 1], pa.timestamp("ns", "UTC")), None),
}


@pytest.fixture(scope="module")
def every_kind():
    """Read a file with a column of each kind."""
    return read(write({kind: array for kind, (array, _) in KINDS.items()}))


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_column_is_read(every_kind, kind):
    values, expected = every_kind[kind], KINDS[kind][1]
    json.dumps(values, allow_nan=False)  # the API can be sent what was read
    assert values == expected or (expected is None and all(isinstance(value, str) for value in values))


NESTED = {
    "lists": pa.array([[1], [2]]),
    "objects": pa.array([{"x": 1}, None]),
    "maps": pa.array([[("k", 1)], []], pa.map_(pa.string(), pa.int64())),
    "durations": pa.array([1, 2], pa.duration("s")),
}


@pytest.mark.parametrize("kind", NESTED)
def test_columns_without_one_value_in_a_cell_are_refused_by_name(kind):
    reason, values = refusal(write({"good": [1, 2], "odd": NESTED[kind]}))
    assert reason == "upload.parquet_nested"
    assert values["columns"].startswith("odd (")


def test_named_index_levels_are_columns_and_an_unnamed_one_is_passed_over():
    frame = pd.DataFrame({"id": [5, 6], "group": ["a", "b"], "x": [1, 2]})
    for index in ("id", "group", ["id", "group"]):  # pandas writes consecutive numbers as two ends and a step
        buffer = io.BytesIO()
        frame.set_index(index).to_parquet(buffer)
        assert read(buffer.getvalue()) == frame.to_dict("list")
    buffer = io.BytesIO()
    pd.DataFrame({"x": [1, 2]}, index=[7, 9]).to_parquet(buffer)
    assert read(buffer.getvalue()) == {"x": [1, 2]}


def test_damaged_files_are_refused():
    content = write({"a": list(range(3000)), "b": [f"t{i}" for i in range(3000)]})
    damaged = [b"PAR1", b"PAR1" + bytes(20) + b"PAR1", content[:-9], content[:200], content[200:]]
    damaged.append(content[:60] + bytes(300) + content[360:])
    for one in damaged:
        assert refusal(one) == ("upload.parquet_unreadable", {})


class Keys(crypto.KmsClient):
    """Keeps keys as they are."""

    def wrap_key(self, key_bytes, master_key_identifier):
        return key_bytes

    def unwrap_key(self, wrapped_key, master_key_identifier):
        return wrapped_key


@pytest.mark.parametrize("readable_footer", [False, True])
def test_an_encrypted_file_is_refused_as_such(readable_footer):
    settings = crypto.EncryptionConfiguration("f" * 16, column_keys={"c" * 16: ["a"]}, plaintext_footer=readable_footer)
    factory = crypto.CryptoFactory(lambda _: Keys())
    properties = factory.file_encryption_properties(crypto.KmsConnectionConfig(), settings)
    assert refusal(write({"a": [1], "b": [2]}, encryption_properties=properties)) == ("upload.parquet_encrypted", {})


def test_too_many_rows_or_columns_are_refused_by_the_files_own_description():
    rows = MOST_ROWS + 1
    assert refusal(write({"a": [1] * rows})) == ("upload.size", {"rows": rows, "most": MOST_ROWS})
    assert refusal(write({f"c{i}": [1] for i in range(5001)}))[0] == "upload.parquet_columns"


def test_two_columns_of_one_name_are_refused():
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"])
    assert refusal(write(table)) == ("upload.duplicates", {"columns": "'a'"})


LONG = "A" * 330_000
BOMBS = {
    "one long text for all rows": lambda: write({"a": pa.DictionaryArray.from_arrays([0] * 10_000, [LONG])}),
    "compressed pages": lambda: write({"a": [LONG] * 300}, use_dictionary=False, compression="zstd"),
    "columns of nothing": lambda: write({f"c{i}": pa.nulls(9000, pa.float64()) for i in range(1000)}),
}
# Runs the reader as the front-end does, and tells the most memory that it needed.
MEASURE = """
import resource, sys
from officer.parquet import read_parquet
print(read_parquet(sys.stdin.buffer.read(), 10_000).get("reason"))
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
"""


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_small_file_that_unpacks_to_gigabytes_is_refused_in_little_memory(project, bomb):
    content = BOMBS[bomb]()
    assert len(content) < 300_000
    folder = project / "interface_streamlit"
    done = subprocess.run([sys.executable, "-c", MEASURE], input=content, capture_output=True, cwd=folder, check=True)
    reason, megabytes = done.stdout.decode().split()
    assert reason == "upload.parquet_unpacked"
    assert int(megabytes) < MEMORY


def test_the_process_that_reads_has_a_limit_on_its_memory(project):
    code = "from officer import parquet\nparquet._limit_memory()\nbytearray(3 * 2**30)"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, cwd=project / "interface_streamlit", check=False)
    assert done.stderr.decode().rstrip().endswith("MemoryError")
