"""Model-ready rows made of applications: those that a lookup and a batch score, to the last digit."""

import pandas as pd
import pyarrow.parquet as pq
import pytest

from scoring.batch.batch_input import open_source, write_model_ready
from scoring.errors import DataError
from scoring.storage.clients.loading.stored_schema import StoredSchema


def make(data, bundle, scratch, *further, **given):
    scratch.mkdir()
    schema = StoredSchema.from_manifest(bundle.manifest)
    facts = [*(field.name for field in schema.fields), schema.target, *further]
    return write_model_ready(open_source(data, bundle, 300, facts=facts, **given), scratch, schema)


def test_rows_of_the_tables_are_those_of_the_published_clients(tables, bundle, tmp_path):
    rows, applications = (pq.read_table(file) for file in make(tables, bundle, tmp_path / "scratch"))
    assert rows.column_names == [bundle.identity.name, *bundle.scorer.features, "TARGET"]
    made = {one.pop(bundle.identity.name): [*one.values()][:-1] for one in rows.to_pylist()}
    known = [client for client in bundle.clients.table.client_ids.tolist() if client in made]
    assert len(known) > 10
    for client in known:
        assert made[client] == bundle.clients.find(client).row.tolist()
    record = bundle.clients.facts.record(known[0])
    (stored,) = [one for one in applications.to_pylist() if one[bundle.identity.name] == known[0]]
    for name, value in record.items():
        assert stored[name] == value or (value is None and stored[name] != stored[name]), name


def test_an_application_with_errors_stops_all_with_its_row(project, bundle, tmp_path):
    table = pd.read_csv(project / "applications_sample.csv").head(5)
    table.loc[[1, 3], "AMT_CREDIT"] = [-1.0, float("nan")]
    table.to_csv(tmp_path / "new.csv", index=False)
    with pytest.raises(DataError) as raised:
        make(tmp_path / "new.csv", bundle, tmp_path / "scratch", raw=True)
    assert "new.csv: row 2: AMT_CREDIT: received -1" in str(raised.value)
    assert "new.csv: row 4: AMT_CREDIT" in str(raised.value)
    assert str(raised.value).endswith("Correct these rows, or remove them; nothing was loaded.")


def test_outcomes_and_the_columns_of_portfolios_stay_beside_the_rows(project, bundle, tmp_path):
    table = pd.read_csv(project / "applications_sample.csv").head(4)
    table.assign(BRANCH=["07", "x", None, "7.0"], TARGET=[0, 1, None, 1]).to_csv(tmp_path / "new.csv", index=False)
    rows, applications = map(
        pq.read_table, make(tmp_path / "new.csv", bundle, tmp_path / "scratch", "BRANCH", raw=True)
    )
    assert rows["BRANCH"].to_pylist() == ["07", "x", None, "7.0"]
    assert rows["TARGET"].to_pandas().fillna(-1).tolist() == [0, 1, -1, 1]
    assert {"BRANCH", "TARGET"}.isdisjoint(applications.column_names)
    with pytest.raises(DataError, match="column BRANCHE is missing; is it the column 'BRANCH'"):
        make(tmp_path / "new.csv", bundle, tmp_path / "other", "BRANCHE", raw=True)
