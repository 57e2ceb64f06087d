"""A query gives what the service gives, on real databases."""

import math

import numpy as np
import pandas as pd
import pytest

from scoring.explanation.explainer import Explainer
from scoring.export.sql.sql_dialect import DIALECTS
from scoring.export.sql.sql_query import Tables, write_sql
from scoring.model.plan import BinnedColumn, NumberColumn, Plan
from scoring.service import Service
from scoring.storage.artefacts import load_bundle
from tests.export.databases import OnDuckDB
from tests.export.models import DEBT, HISTORY, TRADE, Lender, as_tables, draw_records, field, make_finder


def reasons_of(row):
    names = [(f"reason_{rank}", f"reason_{rank}_concept", f"reason_{rank}_contribution") for rank in range(1, 5)]
    return [tuple(row[name] for name in group) for group in names if row[group[0]] is not None]


def compare(row, expected):
    """Compare a row of an answer with what the service says of the same application."""
    if isinstance(expected, set):
        # in any order; a name may have a comma of its own
        assert all(name in row["invalid"] for name in expected), row["invalid"]
        assert len(row["invalid"]) == len(", ".join(expected)), row["invalid"]
        assert row["probability"] is None
        assert row["decision"] is None
        assert reasons_of(row) == []
        return
    score, reasons = expected
    assert row["invalid"] is None
    assert row["probability"] == pytest.approx(score.probability, abs=1e-12)
    assert row["calibrated_probability"] == pytest.approx(score.calibrated_probability, abs=1e-12)
    assert row["decision"] == ("REFUSED" if score.refused else "ACCEPTED")
    assert row["review"] is score.review
    found = reasons_of(row)
    assert [one[:2] for one in found] == [one[:2] for one in reasons]
    assert [one[2] for one in found] == pytest.approx([one[2] for one in reasons], abs=1e-12, rel=1e-12)


def check_records(database, lender, records):
    applications, history = as_tables(records)
    query = write_sql(lender.linear, database.dialect, Tables())
    found = database.run(query, applications=applications, history=history.iloc[:-1])
    rows = found.set_index("client").to_dict("index")
    assert len(rows) == len(records)
    for record in records[:-1]:
        compare(rows[record["client"]], lender.expect(record))
    return rows


def test_applications_full_of_edges_score_as_in_the_service(database, lender):
    rows = check_records(database, lender, draw_records(800, 1))
    decisions = {row["decision"] for row in rows.values()}
    assert decisions == {"ACCEPTED", "REFUSED", None}
    assert {len(reasons_of(row)) for row in rows.values()} >= {0, 2, 3, 4}


def read_bundled(project, model):
    """Read the bundled clients: applications, model-ready rows, and a history with a value of the same bin."""
    rows = pd.read_csv(project / "df_sample.csv")
    applications = pd.read_csv(project / "applications_sample.csv", low_memory=False)
    history = {"SK_ID_CURR": rows["SK_ID_CURR"]}
    for column in model.plan.columns:
        if column.source in model.history():
            history[column.source] = rows[column.name].map(lambda weight, column=column: inside(column, weight))
    return {"applications": applications, "history": pd.DataFrame(history), "model_rows": rows}


def inside(column: BinnedColumn, weight):
    """Return a value of the bin with this weight; missing where no bin has it."""
    low, high = column.edges[0] - 1.0, column.edges[-1] + 1.0
    values = [low, *((a + b) / 2 for a, b in zip(column.edges, column.edges[1:], strict=False)), high]
    return dict(zip(column.values, values, strict=True)).get(weight)


def check_bundled(database, project, model, form):
    service = Service(load_bundle(project))
    tables = read_bundled(project, model)
    read = {"applications": Tables(), "rows": Tables("rows", "model_rows")}[form]
    found = database.run(write_sql(model, database.dialect, read), **tables)
    features = tables["model_rows"].set_index("SK_ID_CURR")[list(service.bundle.scorer.features)]
    found = found.set_index("SK_ID_CURR").loc[features.index]
    assert len(found) == 1000
    scores = service.bundle.scorer.score(features.to_numpy())
    find = make_finder(Explainer(service.bundle.scorer, service.bundle.manifest), model)
    reasons = find(features.to_numpy())
    for place, row in enumerate(found.to_dict("records")):
        score = scores.pick(place)
        compare(row, (score, reasons[place] if score.refused else []))
    assert set(found["model_version"]) == {service.bundle.version}


@pytest.mark.parametrize("form", ["applications", "rows"])
def test_the_bundled_clients_score_as_in_the_service(database, project, bundled, form):
    check_bundled(database, project, bundled, form)


def test_one_table_in_a_schema_may_have_everything_in_lower_case(database, lender, project):
    records = draw_records(50, 5)
    frame = pd.DataFrame(records).rename(columns=str.lower).rename(columns={"client": "number"})
    frame[TRADE] = frame[TRADE].astype(object).where(frame[TRADE].notna(), None)
    schema = {"duckdb": "memory.main.", "postgres": ""}[database.dialect.name]
    tables = Tables(clients=f"{schema}loans", history=f"{schema}loans", identity="NUMBER", lower_case=True)
    query = write_sql(lender.linear, database.dialect, tables, reasons=False)
    found = database.run(query, loans=frame).set_index("NUMBER")
    assert "reason_1" not in found
    for record in records:
        expected = lender.expect(record)
        probability = None if isinstance(expected, set) else pytest.approx(expected[0].probability, abs=1e-12)
        assert found.loc[record["client"], "probability"] == probability


def test_columns_may_have_any_type_that_holds_the_same_values(database, lender):
    record = draw_records(40, 6)[7] | {"income": 40000.0, DEBT: 0.25, "small": 0.5, "months": 6.0, "owns": 1.0}
    frame = as_tables([record | {TRADE: "none", "region": "a"}] * 2)[0]
    typed = frame.assign(
        owns=[True, True], months=frame["months"].astype("int64"), income=frame["income"].astype("int64")
    )
    history = pd.DataFrame({"client": [record["client"]], HISTORY: [0.0]})
    query = write_sql(lender.linear, database.dialect, Tables())
    plain = database.run(query, applications=frame.iloc[:1], history=history)
    assert plain["probability"].notna().all()
    assert database.run(query, applications=typed.iloc[:1], history=history).equals(plain)


def test_a_model_ready_row_that_is_not_complete_has_no_score(database, project, bundled):
    rows = pd.read_csv(project / "df_sample.csv").head(4)
    first, second = bundled.plan.feature_names()[:2]
    rows.loc[1, first] = math.nan
    rows.loc[2, [first, second]] = [math.inf, -1e16]
    query = write_sql(bundled, database.dialect, Tables("rows", "model_rows"))
    found = database.run(query, model_rows=rows).sort_values("SK_ID_CURR")
    assert found["invalid"].tolist() == [None, first, f"{first}, {second}", None]
    assert [value is None for value in found["probability"]] == [False, True, True, False]


def test_the_reasons_are_those_of_explain(project, bundled, tmp_path):
    service = Service(load_bundle(project))
    rows = read_bundled(project, bundled)["model_rows"]
    query = write_sql(bundled, DIALECTS["duckdb"], Tables("rows", "model_rows"))
    found = OnDuckDB(tmp_path).run(query, model_rows=rows).set_index("SK_ID_CURR")
    features, count = list(service.bundle.scorer.features), 0
    for client, values in rows.set_index("SK_ID_CURR")[features].iterrows():
        (explained,) = service.explain(service.prepare_rows([values.tolist()]))
        reasons = reasons_of(found.loc[client])
        assert [one[0] for one in reasons] == [one.name for one in explained["reasons"]]
        assert [one[2] for one in reasons] == pytest.approx(
            [one.contribution for one in explained["reasons"]], abs=1e-12
        )
        count += len(reasons)
    assert count > 900


def test_a_model_of_many_columns_runs_in_every_database(database, project):
    """PostgreSQL's functions take at most 100 arguments."""
    names = [f"field {i}" for i in range(125)]
    columns = tuple(NumberColumn(name=name, source=name, fill=0.5) for name in names)
    lender = Lender(project, Plan(missing_values={}, derived=(), columns=columns), tuple(map(field, names)))
    frame = pd.DataFrame(np.random.default_rng(0).normal(0.0, 1e9, (60, 125)), columns=names).assign(client=range(60))
    frame.loc[0, names] = 1e16
    query = write_sql(lender.linear, database.dialect, Tables())
    rows = database.run(query, applications=frame).sort_values("client").to_dict("records")
    assert rows[0]["invalid"] == ", ".join(names)
    for record, row in zip(frame.to_dict("records"), rows, strict=True):
        if record["client"]:
            compare(row, lender.expect(record))


def check_many_bins(database, model):
    """Compare applications of a model with hundreds of bins."""
    records = model.draw_records(1000, 2)
    found = database.run(write_sql(model.linear, database.dialect, Tables()), applications=pd.DataFrame(records))
    rows = found.set_index("client").to_dict("index")
    for record in records:
        compare(rows[record["client"]], model.expect(record))
    assert len(rows) == len(records)
    assert {row["decision"] for row in rows.values()} == {"ACCEPTED", "REFUSED"}
    assert model.bins > 450


@pytest.mark.drill
def test_a_model_of_hundreds_of_bins_scores_as_in_the_service(database, many_bins):
    check_many_bins(database, many_bins)


def test_decimal_numbers_fall_into_the_bin_of_the_same_double(database, bundled):
    """The edge 0.22953 itself is in the upper bin, also where a table stores it as a decimal number."""
    dialect = database.dialect
    edges = next(column.edges for column in bundled.plan.columns if column.name == "EXTERNAL_MEAN")
    for edge in edges:
        read = dialect.as_number(f"CAST({edge!r} AS decimal(12, 8))", is_flag=False)
        found = database.run(f"SELECT {read} < {dialect.number(edge)} AS below, {read} AS number")
        assert found.to_dict("records") == [{"below": False, "number": edge}]
