import pandas as pd
import pytest

from scoring.errors import ClientTableError
from scoring.storage.artefacts import load_bundle


@pytest.fixture
def with_branches(folder):
    """Write a table of clients with a column that the model does not read, and branches such as 0075."""
    table = pd.read_csv(folder / "df_sample.csv").head(30)
    table["BRANCH"] = ["0075", "0013", ""] * 10
    table.to_csv(folder / "branches.csv", index=False)
    return folder


def test_a_portfolio_is_chosen_by_a_further_column_of_the_table_as_it_is_written(with_branches):
    clients = load_bundle(with_branches, with_branches / "branches.csv", others=["BRANCH"]).clients
    assert clients.within("BRANCH", "0075").table.client_ids.tolist() == clients.table.client_ids.tolist()[::3]
    assert clients.within("BRANCH", "75").count() == 0
    part = clients.within("BRANCH", "0013")
    assert part.table.client_ids.tolist() == clients.table.client_ids.tolist()[1::3]
    assert (part.table.rows == clients.table.rows[1::3]).all()
    assert part.table.others == {"BRANCH": ["0013"] * 10}


def test_a_further_column_that_no_portfolio_names_is_refused_as_before(with_branches):
    with pytest.raises(ClientTableError, match="BRANCH"):
        load_bundle(with_branches, with_branches / "branches.csv")


def test_a_further_column_of_a_table_without_a_manifest_is_no_feature(unverified):
    table = pd.read_csv(unverified / "df_sample.csv")
    table["BRANCH"] = "12"
    table.to_csv(unverified / "df_sample.csv", index=False)
    clients = load_bundle(unverified, threshold=0.5, others=["BRANCH"]).clients
    assert "BRANCH" not in clients.features
    assert clients.within("BRANCH", "12").count() == clients.count()


def test_a_portfolio_may_name_a_field_of_the_applications_or_a_column_of_the_model(project):
    clients = load_bundle(project).clients
    applications = pd.read_csv(project / "applications_sample.csv")
    pensioners = clients.within("NAME_INCOME_TYPE", "Pensioner")
    assert pensioners.count() == (applications["NAME_INCOME_TYPE"] == "Pensioner").sum() > 0
    first = pensioners.page(None, 1).client_ids[0]
    assert pensioners.find(first).record["NAME_INCOME_TYPE"] == "Pensioner"
    assert set(pensioners.sample().field("NAME_INCOME_TYPE")) == {"Pensioner"}
    rated = (applications["REGION_RATING_CLIENT"] == 2).sum()
    assert clients.within("REGION_RATING_CLIENT", "2").count() == rated
    column = next(name for name in clients.features if name not in applications)
    assert clients.has_column(column)
    value = float(clients.table.rows[0, clients.features.index(column)])
    assert clients.within(column, str(int(value) if value.is_integer() else value)).count() > 0


def test_a_column_that_does_not_exist_is_named(project):
    clients = load_bundle(project).clients
    assert not clients.has_column("BRANCH")
    with pytest.raises(ClientTableError, match="have a column BRANCH"):
        clients.within("BRANCH", "12")
