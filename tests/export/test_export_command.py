"""The command writes a file that runs as it is, and refuses what it cannot write in one message."""

import os
import shutil

import duckdb
import pytest

from scoring.cli import export_commands
from scoring.export.sql.sql_dialect import DIALECTS
from scoring.export.targets import TARGETS
from tests.test_cli import run


def test_the_choices_are_those_of_the_room():
    assert export_commands.TARGETS == TARGETS
    assert tuple(DIALECTS) == export_commands.DIALECTS


def test_the_file_scores_the_bundled_clients(project, tmp_path):
    out = tmp_path / "score.sql"
    code, printed, said = run(
        *("export", "--to", "sql", "--dialect", "duckdb", "--artefacts", project, "--out", out),
        *("--input", "rows", "--table", "model_rows"),
        cwd=tmp_path,
    )
    assert (code, printed) == (0, f"written: {out}\n"), said
    with duckdb.connect() as connection:
        connection.execute(f"CREATE VIEW model_rows AS FROM '{project}/df_sample.csv'")
        connection.execute(f"CREATE TABLE scores AS {out.read_text()}")
        assert connection.execute("SELECT count(*) FROM scores WHERE decision IS NOT NULL").fetchone() == (1000,)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--to", "sql"), "--dialect: expected with --to sql: duckdb, postgres, spark"),
        (("--to", "sql", "--dialect", "oracle"), "'oracle' is not one of"),
        (("--to", "pmml", "--dialect", "spark", "--no-reasons"), "--dialect, --no-reasons: only for --to sql"),
        (("--to", "onnx", "--table", "applications"), "--table: only for --to sql"),
    ],
)
def test_wrong_options_are_named(project, tmp_path, options, expected):
    code, _, said = run("export", *options, "--artefacts", project, "--out", tmp_path / "x", cwd=tmp_path)
    assert code == 2
    assert expected in said
    assert list(tmp_path.iterdir()) == []


def test_artefacts_without_a_manifest_are_refused_in_one_message(unverified, tmp_path):
    options = ("--to", "sql", "--dialect", "duckdb", "--artefacts", unverified, "--out", tmp_path / "x")
    code, _, said = run("export", *options, cwd=tmp_path)
    assert code == 1
    assert said.startswith(
        f"Error: {unverified}: has no modele_retenu.json\nExpected a folder that train or pull wrote"
    )
    assert not (tmp_path / "x").exists()


def test_a_file_that_cannot_be_written_is_named(project, tmp_path):
    out = tmp_path / "no folder" / "model.pmml"
    code, _, said = run("export", "--to", "pmml", "--artefacts", project, "--out", out, cwd=tmp_path)
    assert code == 1
    assert said.startswith(
        f"Error: --out {out}: cannot be written (No such file or directory)\nExpected a file in a folder"
    )


def test_a_full_disk_leaves_the_older_file(project, tmp_path, monkeypatch):
    out = tmp_path / "model.pmml"
    older = export_to(project, "pmml", out)

    def fill(path, content):
        path.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", fill)
    code, _, said = run("export", "--to", "pmml", "--artefacts", project, "--out", out, cwd=tmp_path)
    assert code == 1
    assert "cannot be written (No space left on device)" in said
    assert [path.name for path in tmp_path.iterdir()] == ["model.pmml"]
    assert out.read_bytes() == older


@pytest.mark.parametrize("target", TARGETS)
def test_an_earlier_export_and_an_empty_file_are_replaced(project, tmp_path, target):
    out = tmp_path / "exported"
    out.touch()
    written = export_to(project, target, out)
    assert export_to(project, target, out) == written
    assert len(written) > 1000


@pytest.mark.parametrize("content", [b"SELECT 1;\n", b"older", b"<?xml version='1.0'?>\n<PMML><Header/></PMML>", b"\0"])
def test_another_file_is_not_replaced(project, tmp_path, content):
    out = tmp_path / "mine"
    out.write_bytes(content)
    code, _, said = run("export", "--to", "pmml", "--artefacts", project, "--out", out, cwd=tmp_path)
    assert code == 1
    assert (
        said == f"Error: --out {out}: exists, and is not an earlier export\nChoose another name, or remove it first.\n"
    )
    assert out.read_bytes() == content


def test_a_pipe_is_not_waited_for(project, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    code, _, said = run("export", "--to", "pmml", "--artefacts", project, "--out", tmp_path / "pipe", cwd=tmp_path)
    assert (code, "is not an earlier export" in said) == (1, True)


@pytest.fixture
def copied(project, tmp_path):
    """Copy a model into a folder, with links to its files beside it."""
    folder = tmp_path / "model"
    folder.mkdir()
    for name in ("modele_retenu.json", "modele_retenu.pkl", "scaler.pkl", "df_sample.csv", "applications_sample.csv"):
        if (project / name).exists():
            shutil.copy(project / name, folder)
    (tmp_path / "link").symlink_to(folder / "df_sample.csv")
    os.link(folder / "df_sample.csv", tmp_path / "second name")
    (tmp_path / "other").symlink_to(folder)
    return folder


@pytest.mark.parametrize("command", ["export", "card", "features", "evaluate"])
@pytest.mark.parametrize(
    "out",
    ["model/df_sample.csv", "model/modele_retenu.json", "model/x/../df_sample.csv", "other/df_sample.csv", "link",
     "second name"],
)  # fmt: skip
def test_no_command_overwrites_a_file_of_the_model(copied, tables, tmp_path, command, out):
    (copied / "x").mkdir()
    before = {path: path.read_bytes() for path in copied.iterdir() if path.is_file()}
    arguments = {
        "export": ("--to", "pmml", "--artefacts", copied),
        "card": (copied,),
        "features": ("--data", tables, "--for", copied),
        "evaluate": ("--data", tables, "--artefacts", copied),
    }[command]
    code, _, said = run(command, *arguments, "--out", out, cwd=tmp_path)
    assert code == 1
    assert said.startswith(f"Error: --out {out}: is {copied}/")
    assert said.endswith("which the command reads\nChoose another name.\n")
    assert {path: path.read_bytes() for path in copied.iterdir() if path.is_file()} == before


@pytest.mark.parametrize("out", ["data/../data/bureau.csv.gz", "data/previous_application/part-0.parquet"])
def test_no_command_overwrites_a_table_that_it_reads(project, tables, tmp_path, out):
    for arguments in (("features",), ("evaluate", "--artefacts", project)):
        code, _, said = run(*arguments, "--data", tables, "--out", out, cwd=tmp_path)
        assert (code, "which the command reads" in said) == (1, True)
    assert (tmp_path / out).read_text() == "a table"


def test_no_command_overwrites_one_file_that_it_reads(project, tmp_path):
    table = tmp_path / "credit.csv"
    table.write_text("a table")
    command = ("evaluate", "--artefacts", project, "--data", table, "--out", "./credit.csv")
    code, _, said = run(*command, cwd=tmp_path)
    assert (code, "which the command reads" in said) == (1, True)
    assert table.read_text() == "a table"


@pytest.mark.parametrize("content", ["a letter", "# Notes\n", "SK_ID_CURR,decision\n500024,ACCEPTED\n"])
def test_no_command_overwrites_a_file_of_another_kind(project, tables, tmp_path, content):
    (tmp_path / "letter").write_text(content)
    (tmp_path / "letter.csv").write_text(content)
    for out, what, *command in (
        ("letter", "export", "export", "--to", "pmml", "--artefacts", project),
        ("letter", "model card", "card", project),
        ("letter", "file of features", "features", "--data", tables),
        ("letter.csv", "file of scores", "evaluate", "--data", tables, "--artefacts", project),
    ):
        code, _, said = run(*command, "--out", out, cwd=tmp_path)
        assert (code, said.startswith(f"Error: --out {out}: exists, and is not an earlier {what}\n")) == (1, True), said
        assert (tmp_path / out).read_text() == content


def test_an_earlier_result_and_an_empty_file_are_replaced(project, tmp_path):
    for name, command in (
        ("card.md", ("card", project)),
        ("scores.csv", ("evaluate", "--data", project / "applications_sample.csv", "--artefacts", project)),
        ("scores.parquet", ("evaluate", "--data", project / "applications_sample.csv", "--artefacts", project)),
    ):
        out = tmp_path / name
        out.touch()
        assert run(*command, "--out", out, cwd=tmp_path)[0] == 0
        first = out.read_bytes()
        assert run(*command, "--out", out, cwd=tmp_path)[0] == 0
        assert out.read_bytes() == first != b""


@pytest.fixture
def tables(tmp_path):
    """Make a folder with tables, one of them of part files."""
    data = tmp_path / "data"
    (data / "previous_application").mkdir(parents=True)
    for name in ("bureau.csv.gz", "previous_application/part-0.parquet"):
        (data / name).write_text("a table")
    return data


def export_to(project, target, out):
    """Export the bundled model; gives the content of the file."""
    given = ("--dialect", "postgres") if target == "sql" else ()
    code, _, said = run("export", "--to", target, *given, "--artefacts", project, "--out", out, cwd=out.parent)
    assert code == 0, said
    return out.read_bytes()


LONG = "é" * 32  # 64 bytes


@pytest.mark.parametrize(
    ("options", "code", "expected"),
    [
        (("--table", ""), 2, "--table: expected a name, an empty text was received"),
        (("--history-table", " ", "--id", ""), 2, "--history-table, --id: expected a name"),
        (("--table", "lending."), 1, "--table lending.: a part of the name is empty"),
        (("--id", "AMT_CREDIT"), 1, "--id AMT_CREDIT: the model reads this column, it cannot name a client too"),
        (("--id", "EXT_SOURCE_3", "--input", "rows"), 1, "--id EXT_SOURCE_3: the model reads this column"),
        (("--id", LONG), 1, f"--id {LONG}: PostgreSQL keeps 62 of its bytes, it has 64"),
        (("--table", f"lending.{LONG}"), 1, f"--table {LONG}: PostgreSQL keeps 62 of its bytes, it has 64"),
        (("--history-table", "h" * 64), 1, "PostgreSQL keeps 63 of its bytes, it has 64"),
    ],
)
def test_names_that_a_database_cannot_have_are_refused(project, tmp_path, options, code, expected):
    command = ("export", "--to", "sql", "--dialect", "postgres", "--artefacts", project, "--out", tmp_path / "x")
    ended, _, said = run(*command, *options, cwd=tmp_path)
    assert ended == code
    assert expected in said
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == []
