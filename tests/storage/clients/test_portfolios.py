import pandas as pd
import pytest

from scoring.errors import ClientTableError
from scoring.storage.artefacts import load_bundle
from scoring.storage.clients.portfolios import has_column, restrict, select_clients


@pytest.fixture
def with_branches(folder):
    """Write a table of clients with a column that the model does not read, and branches such as 0075."""
    table = pd.read_csv(folder / "df_sample.csv").head(30)
    table["BRANCH"] = ["0075", "0013", ""] * 10
    table.to_csv(folder / "branches.csv", index=False)
    return folder


def test_a_portfolio_is_chosen_by_a_further_column_of_the_table_as_it_is_written(with_branches):
    bundle = load_bundle(with_branches, with_branches / "branches.csv", others=["BRANCH"])
    assert select_clients(bundle, "BRANCH", "0075").tolist() == [True, False, False] * 10
    assert select_clients(bundle, "BRANCH", "75").sum() == 0
    part = restrict(bundle, select_clients(bundle, "BRANCH", "0013"))
    assert part.clients.client_ids.tolist() == bundle.clients.client_ids.tolist()[1::3]
    assert (part.clients.rows == bundle.clients.rows[1::3]).all()
    assert part.clients.others == {"BRANCH": ["0013"] * 10}


def test_a_further_column_that_no_portfolio_names_is_refused_as_before(with_branches):
    with pytest.raises(ClientTableError, match="BRANCH"):
        load_bundle(with_branches, with_branches / "branches.csv")


def test_a_further_column_of_a_table_without_a_manifest_is_no_feature(unverified):
    table = pd.read_csv(unverified / "df_sample.csv")
    table["BRANCH"] = "12"
    table.to_csv(unverified / "df_sample.csv", index=False)
    bundle = load_bundle(unverified, threshold=0.5, others=["BRANCH"])
    assert "BRANCH" not in bundle.clients.features
    assert select_clients(bundle, "BRANCH", "12").all()


def test_a_portfolio_may_name_a_field_of_the_applications_or_a_column_of_the_model(project):
    bundle = load_bundle(project)
    applications = pd.read_csv(project / "applications_sample.csv")
    pensioners = select_clients(bundle, "NAME_INCOME_TYPE", "Pensioner")
    assert pensioners.sum() == (applications["NAME_INCOME_TYPE"] == "Pensioner").sum() > 0
    rated = (applications["REGION_RATING_CLIENT"] == 2).sum()
    assert select_clients(bundle, "REGION_RATING_CLIENT", "2").sum() == rated
    column = next(name for name in bundle.clients.features if name not in applications)
    assert has_column(bundle, column)
    assert select_clients(bundle, column, str(float(bundle.clients.rows[0, 0]))).dtype == bool


def test_a_column_that_does_not_exist_is_named(project):
    bundle = load_bundle(project)
    assert not has_column(bundle, "BRANCH")
    with pytest.raises(ClientTableError, match="have a column BRANCH"):
        select_clients(bundle, "BRANCH", "12")
