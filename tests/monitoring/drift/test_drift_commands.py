import json

import pandas as pd
import pytest

from fonction_api_prediction import create_app
from scoring.errors import DataError
from scoring.home_credit.input_schema import load_schema
from scoring.monitoring.drift.drift_report import DriftReport
from scoring.monitoring.drift.samples import read_table_sample
from scoring.record.entries import Body, NewEntry, make_id
from scoring.record.kept_record import open_record
from scoring.settings import Settings
from scoring.validation.figures import Table
from tests.commands import run_command
from tests.record.conftest import _patience, path, url  # noqa: F401  (fixtures)


@pytest.fixture(scope="module")
def tables(folder, tmp_path_factory):
    """Write 3,000 clients as the reference, and 1,500 others as they are and with a higher income."""
    frame = pd.read_parquet(folder / "application_train.parquet")
    out = tmp_path_factory.mktemp("tables")
    frame.iloc[:3000].to_parquet(out / "reference.parquet")
    frame.iloc[3000:4500].to_parquet(out / "same.parquet")
    frame.iloc[3000:4500].assign(AMT_INCOME_TOTAL=lambda table: table["AMT_INCOME_TOTAL"] * 2).to_parquet(
        out / "richer.parquet"
    )
    return out


def run(project, *arguments):
    return run_command("drift", *arguments, cwd=project)


def test_tables_without_drift_end_with_zero_and_with_drift_with_three_and_the_files_are_written(
    project, tables, tmp_path
):
    reference = ("--reference", tables / "reference.parquet", "--model", ".")
    calm = run(project, *reference, "--current", tables / "same.parquet", "--level", "0.001")
    assert calm.returncode == 0, calm.stdout
    assert "no drift shown: " in calm.stdout
    assert "at most 0.1% false alarms" in calm.stdout
    files = ("--json", tmp_path / "drift.json", "--report", tmp_path / "drift.html")
    for _ in range(2):  # an earlier result is replaced
        moved = run(project, *reference, "--current", tables / "richer.parquet", *files)
    assert moved.returncode == 3
    assert "Total income is higher by" in moved.stdout
    report = DriftReport.model_validate_json((tmp_path / "drift.json").read_text(encoding="utf-8"))
    assert report.alarm
    assert report.clients == 1500
    head = [*json.loads((tmp_path / "drift.json").read_text(encoding="utf-8"))]
    assert head[:7] == ["form", "made_at", "reference", "current", "clients", "alarm", "moved"]
    shown = create_app(Settings(reports=tmp_path)).test_client().get("/monitor", headers={"Accept": "application/json"})
    (on_page,) = (one for one in shown.json["reports"] if one["name"] == "drift")
    assert (on_page["state"], on_page["head"]["alarm"], on_page["head"]["clients"]) == ("read", True, 1500)
    assert on_page["head"]["sentences"] == [one.sentence.model_dump() for one in report.moved][:10]
    assert '<html lang="fr">' in (tmp_path / "drift.html").read_text(encoding="utf-8")


def test_model_ready_rows_are_compared_by_the_columns_that_the_model_reads(project, tmp_path):
    frame = pd.read_csv(project / "df_sample.csv")
    frame.iloc[:500].to_csv(tmp_path / "reference.csv", index=False)
    frame.iloc[500:].to_csv(tmp_path / "current.csv", index=False)
    given = ("--reference", tmp_path / "reference.csv", "--model", ".", "--model-ready", "--current")
    calm = run(project, *given, tmp_path / "current.csv")
    assert calm.returncode == 0, calm.stdout
    low = frame["EXT_SOURCE_3"].min()
    frame.iloc[500:].assign(EXT_SOURCE_3=low).to_csv(tmp_path / "moved.csv", index=False)
    moved = run(project, *given, tmp_path / "moved.csv")
    assert moved.returncode == 3
    assert "External score 3 (outside provider) (weight)" in moved.stdout


def test_raw_applications_are_no_model_ready_rows_and_the_remedy_says_which_option_to_leave_out(model, project):
    with pytest.raises(DataError, match="If the table has raw applications, leave out --model-ready"):
        read_table_sample(model, Table(project / "applications_sample.csv"), rows=True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--current", "nowhere.csv"), "not found"),
        (("--current", "df_sample.csv", "--model-ready"), "is a table, which a model has to score"),
        (("--current", "df_sample.csv", "--model", ".", "--by", "month"), "need a decision record"),
        (("--current", "df_sample.csv", "--model", ".", "--level", "2"), "--level"),
        (("--current", "df_sample.csv", "--model", "."), "or add --model-ready (drift)"),
    ],
)
def test_wrong_arguments_are_told_in_one_message(project, arguments, message):
    ended = run(project, "--reference", "df_sample.csv", *arguments)
    assert ended.returncode in {1, 2}
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_file_that_the_command_did_not_write_is_not_replaced(project, tables, tmp_path):
    (tmp_path / "notes.json").write_text("{}", encoding="utf-8")
    table = tables / "same.parquet"
    for option, file in (("--json", tmp_path / "notes.json"), ("--report", table)):
        ended = run(project, "--reference", table, "--model", ".", "--current", table, option, file)
        assert ended.returncode == 1
        assert f"{option} {file}" in ended.stderr


def record_decisions(url, model, clients, *, version=None):  # noqa: F811
    """Record decisions about clients, as the service does, one of them twice."""
    schema = load_schema()
    names = [field.name for field in schema.fields if field.name in clients.fields]
    entries = []
    for place in range(len(clients.rows)):
        values = {name: clients.fields[name][place] for name in names}
        application = {name: value for name, value in values.items() if value is not None and value == value}
        content = {
            "decision": "REFUSED" if clients.refused[place] else "ACCEPTED",
            "review": False,
            "probability": 0.6 if clients.refused[place] else 0.4,
            "threshold": 0.5,
            "calibrated_probability": float(clients.calibrated[place]),
            "model_version": version or model.manifest.version(),
        }
        row = [None if value != value else float(value) for value in clients.rows[place]]
        body = Body(str(700000 + place), {"row": row, "application": application, "history": "imputed"})
        entries.append(NewEntry(make_id(), "decision", content, body))
    record = open_record(url)
    record.append(entries)
    first = entries[0]
    record.append([NewEntry(make_id(), "decision", first.content, first.body)])
    record.close()


def test_recorded_decisions_are_compared_month_by_month_each_client_once(
    url, model, clients, project, tables, tmp_path, rescored  # noqa: F811
):  # fmt: skip
    few = clients.select(slice(3000, 3400))
    richer = rescored(few, AMT_INCOME_TOTAL=few.fields["AMT_INCOME_TOTAL"] * 2)
    record_decisions(url, model, richer)
    record_decisions(url, model, few.select(slice(0, 40)), version="0" * 16)
    result = tmp_path / "drift.json"
    given = ("--reference", tables / "reference.parquet", "--model", ".", "--current", url, "--by", "month")
    ended = run(project, *given, "--json", result)
    assert ended.returncode == 3, ended.stderr
    assert "Total income is higher by" in ended.stdout
    report = DriftReport.model_validate_json(result.read_text(encoding="utf-8"))
    assert report.clients == 400
    assert [one.clients for one in report.months] == [400]
    notes = " ".join(note.en for note in report.notes)
    assert "Decisions left out because the same client has a later one: 1." in notes
    assert "Decisions of other model versions that are left out: 41." in notes


def test_the_period_is_given_in_days_and_needs_enough_decisions(path, model, clients, project, tables):  # noqa: F811
    record_decisions(str(path), model, clients.select(slice(0, 10)))
    given = ("--reference", tables / "reference.parquet", "--model", ".", "--current", path)
    for option, said in (
        ("--from", "10 clients that can be compared, expected at least 30"),
        ("--to", "0 decisions in the period, none of them of model version"),
    ):
        ended = run(project, *given, option, "2020-01-01")
        assert ended.returncode == 1
        assert said in ended.stderr
