"""A run from tables: the numbers that the service gives for the same applications, faulty ones set aside."""

import csv
import json

import pandas as pd
import pyarrow.parquet as pq
import pytest

from scoring.batch import duplicate_ids
from scoring.batch.batch_entry import BatchRecorder
from scoring.batch.batch_input import open_source
from scoring.batch.out_folder import OutFolder
from scoring.batch.run import run_batch
from scoring.batch.scored import make_row_scorer
from scoring.errors import DataError
from scoring.model.compile import raw_sources
from scoring.service import Service
from scoring.tables.text import text_pieces
from tests.batch.conftest import CLIENTS, read_scores


@pytest.fixture(scope="module")
def service(bundle):
    return Service(bundle)


def score(data, out, bundle, part_rows=10**6, **given):
    told = []
    source = open_source(data, bundle, part_rows, tell=told.append, **given)
    run_batch(source, make_row_scorer(bundle), OutFolder(out), BatchRecorder(None, "off", bundle))
    return {one["client_id"]: one for one in read_scores(out)}, told


def test_clients_of_the_tables_have_the_numbers_of_a_lookup_to_the_last_digit(tables, bundle, service, tmp_path):
    found, told = score(tables, tmp_path / "out", bundle)
    assert len(found) == CLIENTS
    plan, fields = bundle.manifest.plan, {field.name for field in bundle.manifest.input_schema.fields}
    history = frozenset().union(*(raw_sources(plan, column.source) for column in plan.columns)) - fields
    assert history
    assert any(f" {len(history)} features" in line for line in told)
    known = [client for client in bundle.clients.table.client_ids.tolist() if client in found]
    assert len(known) > 10
    for client in known:
        alone = service.decide_client(str(client))
        assert {name: alone[name] for name in found[client]} == found[client]


def test_applications_alone_have_the_numbers_of_the_api_with_imputed_history(project, bundle, service, tmp_path):
    file = project / "applications_sample.csv"
    found, _ = score(file, tmp_path / "out", bundle, raw=True)
    assert len(found) == 1000
    frame = pd.read_csv(file, dtype=object, keep_default_na=False, na_values=[""])
    kinds = {field.name: field.type for field in bundle.manifest.input_schema.fields}
    for row in frame.to_dict("records"):
        given = {
            name: value if kinds[name] == "category" else json.loads(value)
            for name, value in row.items()
            if name in kinds and not pd.isna(value)
        }
        alone = service.decide_application(service.read_application(given))
        one = found[int(row["SK_ID_CURR"])]
        shared = [name for name in one if name != "client_id"]
        assert {name: alone[name] for name in shared} == {name: one[name] for name in shared}


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_chunks_make_no_difference(tables, bundle, tmp_path, monkeypatch, kind):
    frame = pd.read_parquet(tables / "application_train.parquet")
    file = tmp_path / f"all.{kind}"
    frame.to_parquet(file) if kind == "parquet" else frame.to_csv(file, index=False)
    whole, _ = score(file, tmp_path / "whole", bundle, raw=True)
    monkeypatch.setattr(text_pieces, "ROWS", 300)
    parts, _ = score(file, tmp_path / "parts", bundle, raw=True)
    assert parts == whole
    assert len([*(tmp_path / "parts" / "scores").iterdir()]) == 4


def test_parts_have_at_most_as_many_rows_as_asked_for(tables, with_duplicates, bundle, tmp_path):
    for data, given, rows in ((tables, {}, CLIENTS), (with_duplicates, {"raw": True}, 1000)):
        whole, parts = tmp_path / f"{data.stem}-whole", tmp_path / f"{data.stem}-parts"
        expected, _ = score(data, whole, bundle, **given)
        found, _ = score(data, parts, bundle, 300, **given)
        assert [*found.items()] == [*expected.items()]
        assert (parts / "errors.csv").read_text("utf-8") == (whole / "errors.csv").read_text("utf-8")
        listed = json.loads((parts / "summary.json").read_text("utf-8"))["parts"]
        assert [one["rows"] for one in listed] == [300] * (rows // 300) + [rows % 300]
        assert all(one["scored"] + one["faulty"] == one["rows"] for one in listed)


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_applications_with_too_many_duplicates_are_named(tables, bundle, tmp_path, monkeypatch, kind):
    frame = pd.read_parquet(tables / "application_train.parquet")[:20]
    file = tmp_path / f"all.{kind}"
    twice = pd.concat([frame, frame], ignore_index=True)
    twice.to_parquet(file) if kind == "parquet" else twice.to_csv(file, index=False)
    monkeypatch.setattr(duplicate_ids, "MOST", 10)
    with pytest.raises(DataError) as refused:
        score(file, tmp_path / "out", bundle, raw=True)
    assert str(refused.value).startswith(f"{file}: 20 clients stand in more than one row, such as ")


def test_a_file_whose_rows_have_two_decimal_marks_is_refused_wherever_they_are(tables, bundle, tmp_path, monkeypatch):
    frame = pd.read_parquet(tables / "application_train.parquet")
    point, comma = (frame[:300].to_csv(index=False, sep=";", decimal=mark) for mark in ".,")
    file = tmp_path / "all.csv"
    file.write_text(point + comma.partition("\n")[2], encoding="utf-8")
    monkeypatch.setattr(text_pieces, "ROWS", 300)
    with pytest.raises(
        DataError, match=r"all\.csv: line 2, column .* decimal point, and line 302, column .* decimal c"
    ):
        score(file, tmp_path / "out", bundle, raw=True)


def test_a_file_with_decimal_commas_is_read_alike_in_all_chunks(tables, bundle, tmp_path, monkeypatch):
    frame = pd.read_parquet(tables / "application_train.parquet")
    found = []
    for mark in ".,":
        file = tmp_path / f"{len(found)}.csv"
        frame.to_csv(file, index=False, sep=";", decimal=mark)
        monkeypatch.setattr(text_pieces, "ROWS", 500)
        found.append(score(file, tmp_path / f"out{len(found)}", bundle, raw=True)[0])
    assert found[0] == found[1]


def test_lines_of_a_file_that_are_left_out_are_told_once_for_the_whole_file(project, bundle, tmp_path, monkeypatch):
    header, *rows = (project / "applications_sample.csv").read_text(encoding="utf-8").splitlines()[:451]
    blank, total = "," * header.count(","), "Total" + "," * header.count(",")
    file = tmp_path / "export.csv"
    lines = ["Demandes", header, blank, *rows[:250], blank, *rows[250:], total]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    monkeypatch.setattr(text_pieces, "ROWS", 100)
    found, told = score(file, tmp_path / "out", bundle, raw=True)
    assert len(found) == len(rows)
    assert [line.partition("export.csv: ")[2] for line in told if "left out" in line] == [
        "lines above the header that are left out: 1",
        f"line {len(rows) + 5} is left out: Total",
        "rows without any value that are left out: 2",
    ]


def test_faulty_applications_are_set_aside_with_all_their_errors(tables, bundle, tmp_path, monkeypatch):
    monkeypatch.setattr(text_pieces, "ROWS", 300)
    folder = tmp_path / "tables"
    folder.mkdir()
    for file in tables.iterdir():
        (folder / file.name).symlink_to(file)
    (folder / "application_train.parquet").unlink()
    frame = pd.read_parquet(tables / "application_train.parquet")
    frame.loc[3, ["AMT_CREDIT", "AMT_ANNUITY"]] = [-1.0, None]
    frame.loc[700, "SK_ID_CURR"] = frame.loc[5, "SK_ID_CURR"]
    frame.loc[701, "SK_ID_CURR"] = 7
    frame.to_parquet(folder / "application_train.parquet")
    found, _ = score(folder, tmp_path / "out", bundle)
    assert len(found) == CLIENTS - 3
    with (tmp_path / "out" / "errors.csv").open(encoding="utf-8", newline="") as content:
        errors = [*csv.DictReader(content)]
    assert [one["row"] for one in errors] == ["4", "701", "702"]
    assert "AMT_CREDIT: received -1" in errors[0]["errors"]
    assert "AMT_ANNUITY: missing" in errors[0]["errors"]
    assert "a duplicate of row 6 of application_train.parquet" in errors[1]["errors"]
    assert "expected exactly 6 digits" in errors[2]["errors"]
    others = {client: one for client, one in score(tables, tmp_path / "all", bundle)[0].items() if client in found}
    assert others == found


@pytest.fixture
def with_duplicates(tables, tmp_path):
    """Applications of 1000 clients; a row with an error, and rows of its client and of others, near and far below."""
    frame = pd.read_parquet(tables / "application_train.parquet")[:1000]
    frame["AMT_CREDIT"] = frame["AMT_CREDIT"].astype(object)
    frame.loc[[10, 720], "AMT_CREDIT"] = "abc"
    frame.loc[[20, 700], "SK_ID_CURR"] = frame.loc[10, "SK_ID_CURR"]
    frame.loc[[30, 720], "SK_ID_CURR"] = frame.loc[5, "SK_ID_CURR"]
    frame.loc[[800, 801], "SK_ID_CURR"] = 7
    file = tmp_path / "all.csv"
    frame.to_csv(file, index=False)
    return file


def test_a_client_of_an_earlier_row_with_an_error_is_a_duplicate_in_every_piece(
    with_duplicates, bundle, tmp_path, monkeypatch
):
    whole, _ = score(with_duplicates, tmp_path / "whole", bundle, raw=True)
    monkeypatch.setattr(text_pieces, "ROWS", 300)
    found, _ = score(with_duplicates, tmp_path / "parts", bundle, raw=True)
    assert found == whole
    assert len(found) == 1000 - 7
    written = [(tmp_path / out / "errors.csv").read_text("utf-8") for out in ("whole", "parts")]
    assert written[0] == written[1]
    errors = {int(one["row"]): one["errors"] for one in csv.DictReader(written[1].splitlines())}
    assert [*errors] == [11, 21, 31, 701, 721, 801, 802]
    for row, first in ((21, 11), (701, 11), (31, 6), (721, 6)):
        assert errors[row].startswith(f"SK_ID_CURR: a duplicate of row {first} of all.csv, expected each once")
    assert "AMT_CREDIT: received 'abc'" in errors[721]
    assert all("duplicate" not in errors[row] for row in (11, 801, 802))


def test_an_engine_is_given_the_applications_that_one_machine_scores(with_duplicates, bundle, tmp_path, monkeypatch):
    monkeypatch.setattr(text_pieces, "ROWS", 300)
    source = open_source(with_duplicates, bundle, 10**6, tell=lambda line: None, raw=True)
    source.prepare(tmp_path)
    read = [one for part in source.parts for one in source.read(part)]
    given = source.for_engine()
    assert [*given.faulty] == [row for _, faulty in read for row in faulty]
    assert sum(len(rows.client_ids) for rows, _ in read) == 1000 - 7
    for file, (rows, _) in zip(given.files, read, strict=True):
        batch = pq.read_table(file, columns=given.columns).combine_chunks().to_batches()[0]
        found = given.reader.read(batch, given.repeats.get(file.name, {}).items())
        assert found.client_ids.equals(rows.client_ids)
        assert (found.rows == rows.rows).all()


def test_unseen_categories_are_counted_over_all_pieces_of_a_file(tables, bundle, tmp_path, monkeypatch):
    frame = pd.read_parquet(tables / "application_train.parquet")
    frame.loc[[3, 4, 700, 999], "NAME_CONTRACT_TYPE"] = ["Lease", "Gift", "Lease", "Barter"]
    frame.loc[5, "AMT_CREDIT"] = -1.0
    frame.to_parquet(tmp_path / "all.parquet")
    monkeypatch.setattr(text_pieces, "ROWS", 300)
    _, told = score(tmp_path / "all.parquet", tmp_path / "out", bundle, raw=True)
    (line,) = [line for line in told if "did not see" in line]
    assert line.startswith("all.parquet: NAME_CONTRACT_TYPE: categories that training did not see in 4 of 999 rows: ")
    assert line.endswith(": 'Barter', 'Gift', 'Lease'")


def test_both_tables_of_applications_are_scored(tables, bundle, tmp_path):
    folder = tmp_path / "tables"
    folder.mkdir()
    table = pq.read_table(tables / "application_train.parquet")
    pq.write_table(table.slice(0, 50), folder / "application_train.parquet")
    pq.write_table(table.slice(50, 20).drop_columns(["TARGET"]), folder / "application_test.parquet")
    assert len(score(folder, tmp_path / "out", bundle)[0]) == 70


def test_a_column_that_the_model_reads_and_a_table_lacks_is_named(tables, bundle, tmp_path):
    table = pq.read_table(tables / "application_train.parquet").drop_columns(["EXT_SOURCE_3"])
    pq.write_table(table, tmp_path / "applications.parquet")
    with pytest.raises(DataError, match="column EXT_SOURCE_3 is missing"):
        score(tmp_path / "applications.parquet", tmp_path / "out", bundle, raw=True)


def test_what_only_some_rows_of_a_text_file_show_holds_for_all_of_them(tables, bundle, tmp_path, monkeypatch):
    frame = pd.read_parquet(tables / "application_train.parquet")
    plain, _ = score(tables / "application_train.parquet", tmp_path / "plain", bundle, raw=True)
    written = frame.astype(object).map(lambda cell: str(cell).replace(".", ",") if isinstance(cell, float) else cell)
    for column in ("AMT_CREDIT", "AMT_ANNUITY"):  # digits in groups of three, which could be decimals
        written[column] = [
            f"{cell:,}".translate(str.maketrans(",.", ".,")).removesuffix(",0") for cell in frame[column]
        ]
    written.loc[900:, "AMT_CREDIT"] += " €"
    text = written.to_csv(index=False, sep=";", lineterminator="\n").replace("nan", "")
    file = tmp_path / "all.csv"
    file.write_text(f"Demandes du 3 mars\n{text}", "utf-16")
    monkeypatch.setattr(text_pieces, "ROWS", 300)
    assert score(file, tmp_path / "out", bundle, raw=True)[0] == plain


def test_a_table_that_was_cut_short_is_named(tables, bundle, tmp_path):
    whole = (tables / "application_train.parquet").read_bytes()
    (tmp_path / "applications.parquet").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match=r"applications\.parquet: the file cannot be read: it is damaged, cut off"):
        score(tmp_path / "applications.parquet", tmp_path / "out", bundle, raw=True)


def test_tables_of_which_no_row_can_be_scored_are_an_error(tables, bundle, tmp_path):
    folder = tmp_path / "tables"
    folder.mkdir()
    for file in tables.iterdir():
        (folder / file.name).symlink_to(file)
    (folder / "application_train.parquet").unlink()
    frame = pd.read_parquet(tables / "application_train.parquet")[:3].assign(AMT_CREDIT=-1.0)
    frame.to_parquet(folder / "application_train.parquet")
    with pytest.raises(DataError, match=r"no row can be scored\n.*errors\.csv has the errors of all 3 rows"):
        score(folder, tmp_path / "out", bundle)
