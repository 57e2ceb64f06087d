"""The command writes a file that runs as it is, and refuses what it cannot write in one message."""

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
    out.write_text("older")

    def fill(path, content):
        path.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", fill)
    code, _, said = run("export", "--to", "pmml", "--artefacts", project, "--out", out, cwd=tmp_path)
    assert code == 1
    assert "cannot be written (No space left on device)" in said
    assert [path.name for path in tmp_path.iterdir()] == ["model.pmml"]
    assert out.read_text() == "older"
