import dataclasses
import threading

import numpy as np
import psycopg
import pytest

from scoring.errors import ClientsUnavailable, ClientTableError
from scoring.model.schema import Identity
from scoring.storage.artefacts import read_manifest
from scoring.storage.clients.client_store import MOST_SAMPLED
from scoring.storage.clients.loading.client_source import ClientSource
from scoring.storage.clients.loading.stored_schema import StoredSchema
from scoring.storage.clients.postgres.postgres_clients import open_postgres_clients
from scoring.storage.clients.postgres.postgres_loading import load_into_postgres
from tests.storage.clients.postgres.conftest import FACTS, ROWS, SCHEMA, TEXT_IDS


def test_every_client_is_found_with_its_row_and_application(load, opened):
    load(ROWS, FACTS)
    clients = opened()
    assert clients.find(3).row.tolist() == [0.5, 1.0]
    assert clients.find(3).record is None  # without an application
    assert str(clients.find(1).row[0]) == "-0.0"
    assert clients.find(1).record == {"days": None, "sex": "F"}
    assert clients.find(2).record == {"days": -7, "sex": None}
    assert (clients.count(), clients.has_facts, clients.identity, clients.features) == (
        3,
        True,
        SCHEMA.identity,
        ("a", "b"),
    )


@pytest.mark.parametrize("client_id", [9, 0, -1, 2**63, 10**40, "1", "x"])
def test_an_id_of_whatever_type_or_size_is_unknown_where_nobody_has_it(load, opened, client_id):
    load(ROWS, FACTS)  # 9 has an application, and no row
    clients = opened()
    assert clients.find(client_id) is None
    assert clients.find_rows([client_id, 1])[0] is None


def test_rows_of_several_clients_stand_in_the_order_asked_for(load, opened):
    load(ROWS)
    rows = opened().find_rows([2, 9, 3, 2])
    assert [None if row is None else row.tolist() for row in rows] == [[1e300, 3.0], None, [0.5, 1.0], [1e300, 3.0]]


def test_pages_follow_one_another(load, opened):
    load(ROWS)
    clients = opened()
    assert clients.page(None, 2) == ([1, 2], 3)
    assert clients.page(2, 2) == ([3], 3)
    assert clients.page(3, 2) == ([], 3)
    assert clients.page(10**40, 2) == ([], 3)


def test_text_ids_are_listed_by_code_point(load, opened):
    load({**ROWS, "id": ["b", "B-1", "a.2"]}, {**FACTS, "id": ["b", "B-1", "zz"]}, TEXT_IDS)
    clients = opened(TEXT_IDS)
    assert clients.page(None, 9).client_ids == ["B-1", "a.2", "b"]
    assert clients.page("B-1", 1).client_ids == ["a.2"]
    assert clients.find("B-1").record == {"days": -7, "sex": None}
    assert clients.find(7) is None
    assert clients.find("b-1") is None
    assert [row is None for row in clients.find_rows(["a.2", "a"])] == [False, True]


def test_the_bundled_clients_are_those_of_the_files_to_the_last_bit(project, url, opened):
    manifest = read_manifest(project / "modele_retenu.json")
    schema = StoredSchema.from_manifest(manifest)
    source = ClientSource(schema, project / "df_sample.csv", project / "applications_sample.csv")
    assert load_into_postgres(url, source) == 1000
    rows = {one: row for batch in source.rows() for one, row in zip(batch.ids(), batch.rows(), strict=True)}
    facts = {
        one: record
        for batch in source.facts()
        for one, record in zip(batch.ids(), batch.records(schema.fields), strict=True)
    }
    clients = opened(schema)
    for client_id, row in rows.items():
        found = clients.find(client_id)
        assert found.row.tobytes() == row.tobytes()
        assert found.record == facts[client_id]
        assert [*map(type, found.record.values())] == [*map(type, facts[client_id].values())]
    sample = clients.sample()
    assert (len(sample.rows), sample.total) == (1000, 1000)
    assert sorted(map(tuple, sample.rows)) == sorted(map(tuple, rows.values()))
    assert sorted(sample.field("AMT_CREDIT")) == sorted(record["AMT_CREDIT"] for record in facts.values())
    assert set(sample.outcomes) == {0.0, 1.0}


# Portfolios


PORTFOLIOS = {**ROWS, "branch": ["007", None, "8"], "target": [1, 0, None]}


def test_a_portfolio_by_a_column_of_the_table_knows_its_clients_only(load, opened):
    load(PORTFOLIOS, FACTS, others=["branch"])
    part = opened().within("branch", "007")
    assert part.find(3).row.tolist() == [0.5, 1.0]
    assert part.find(2) is None
    assert [row is None for row in part.find_rows([3, 2, 1])] == [False, True, True]
    assert (part.page(None, 9), part.count()) == (([3], 1), 1)
    assert part.sample().rows.tolist() == [[0.5, 1.0]]
    assert part.sample().outcomes.tolist() == [1.0]
    assert part.sample().field("sex") == [None]
    assert part.sample() is part.sample()


@pytest.mark.parametrize("portfolios", [(), ("sex", "days")])
def test_a_portfolio_by_a_field_knows_its_clients_only(load, opened, portfolios):
    load(ROWS, FACTS, portfolios=portfolios)
    clients = opened()
    assert clients.within("sex", "F").page(None, 9) == ([1], 1)
    part = clients.within("days", "-7")
    assert (part.find(1), part.find(2).row.tolist()) == (None, [1e300, 3.0])
    assert clients.within("days", "365243").page(None, 9) == ([], 0)
    assert (clients.within("sex", "X").count(), len(clients.within("sex", "X").sample().rows)) == (0, 0)


def test_a_portfolio_by_a_feature_with_few_values_knows_its_clients_only(load, opened):
    load(many(70_000, a=np.where(np.arange(70_000) % 1000 == 7, -0.25, 3.0)))
    clients = opened()
    part = clients.within("a", "-0.25")
    assert (part.count(), part.page(1000, 2).client_ids) == (70, [1007, 2007])
    assert (part.find(8), part.find(7).row.tolist()) == (None, [-0.25, np.sqrt(7)])
    assert clients.within("a", "3").page(None, 2).client_ids == [0, 1]
    assert [clients.has_column(name) for name in ("a", "b")] == [True, False]  # b has other values for everybody


def test_a_portfolio_within_a_portfolio_has_the_clients_of_both(load, opened):
    load(PORTFOLIOS, FACTS, others=["branch"])
    clients = opened()
    assert clients.within("branch", "8").within("days", "-7").page(None, 9) == ([2], 1)
    assert clients.within("branch", "007").within("days", "-7").page(None, 9) == ([], 0)
    assert clients.within("branch", "007").within("branch", "8").find(2) is None


def test_a_portfolio_by_a_column_that_is_not_kept_is_refused(load, opened):
    load(PORTFOLIOS | {"branch": ["1", "2", "3"]}, others=["branch"])
    clients = opened()
    assert [clients.has_column(name) for name in ("branch", "sex", "c")] == [True, False, False]
    with pytest.raises(
        ClientTableError, match="keeps no column sex of its clients\\.\nLoad them again with --portfolio"
    ):
        clients.within("sex", "F")


def test_a_portfolio_whose_column_a_later_load_lacks_cannot_be_read(load, opened):
    load(PORTFOLIOS, others=["branch"])
    part = opened().within("branch", "8")
    load(ROWS)
    with pytest.raises(ClientsUnavailable):
        part.find(2)


# Samples


def many(count, **more):
    numbers = np.arange(count)
    return {"id": numbers, "a": (numbers % 5) / 4, "b": np.sqrt(numbers), "target": numbers % 2, **more}


def test_a_sample_of_many_is_bounded_and_drawn_from_all(load, opened):
    numbers = np.arange(60_000)
    branches = np.where(numbers < 30_000, "a", np.where(numbers < 37_000, "b", (numbers // 100).astype(str)))
    load(many(60_000, branch=branches), others=["branch"])
    clients = opened()
    sample = clients.sample()
    assert (sample.rows.shape, sample.total) == ((MOST_SAMPLED, 2), 60_000)
    assert abs(np.mean(sample.rows[:, 1] ** 2) - 30_000) < 1000
    assert sample is clients.sample()
    assert 9_000 < len(clients.within("branch", "a").sample().rows) < 11_000  # those of the sample
    drawn = clients.within("branch", "b").sample()  # too few of them are in the sample
    assert (drawn.rows.shape, drawn.total, len(np.unique(drawn.rows[:, 1]))) == ((5_000, 2), 7_000, 5_000)
    assert 33_300 < np.mean(drawn.rows[:, 1] ** 2) < 33_700
    assert len(clients.within("branch", "400").sample().rows) == 100  # everybody
    with pytest.raises(KeyError):
        sample.field("sex")


# Swaps


def test_a_load_is_seen_at_the_next_question(load, opened):
    load(ROWS)
    clients = opened()
    before = clients.sample()
    load({"id": [1, 4], "a": [7.0, 8.0], "b": [0, 0]}, FACTS)
    assert clients.find(1).row.tolist() == [7.0, 0.0]
    assert (clients.find(3), clients.page(None, 9), clients.count()) == (None, ([1, 4], 2), 2)
    assert clients.has_facts
    assert clients.sample() is not before


def test_readers_see_one_table_or_the_other_while_many_are_loaded(load, opened):
    """Each table holds its own number in every cell, and as many clients as its number."""
    load(made(1))
    stores = [opened() for _ in range(2)]
    wrong, asked, done = [], [0], threading.Event()

    def read(clients):
        random = np.random.default_rng()
        while not done.is_set() and not wrong:
            try:
                row = clients.find(int(random.integers(3))).row
                rows = {tuple(one) for one in clients.find_rows([0, 1, 2])}
                page = clients.page(None, 5000)
                if len({*row}) != 1 or len(rows) != 1 or page.total != len(page.client_ids):
                    wrong.append((row, rows, page.total, len(page.client_ids)))
                asked[0] += 1
            except Exception as error:  # noqa: BLE001
                wrong.append(error)

    threads = [threading.Thread(target=read, args=(stores[i % 2],)) for i in range(4)]
    for thread in threads:
        thread.start()
    try:
        for number in range(2, 12):
            load(made(number))
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert wrong == []
    assert asked[0] > 50


def made(number):
    return {"id": np.arange(number + 2), "a": np.full(number + 2, number), "b": np.full(number + 2, number)}


# What cannot be served


def test_a_database_without_clients_is_refused_with_the_remedy(url):
    with pytest.raises(ClientTableError, match="has no clients\nLoad them with python -m scoring load-clients"):
        open_postgres_clients(url, SCHEMA)


def test_columns_of_another_model_are_named(load, url):
    load(ROWS)
    other = dataclasses.replace(SCHEMA, features=("a", "c"), fingerprint="g", identity=Identity(name="number"))
    with pytest.raises(ClientTableError) as told:
        open_postgres_clients(url, other)
    for part in (
        "columns the model expects are missing: c",
        "does not know: b",
        "named by id (number), expected number",
    ):
        assert part in str(told.value)


def test_the_same_columns_of_another_fit_are_refused(load, url):
    load(ROWS)
    with pytest.raises(ClientTableError, match="made for another fit"):
        open_postgres_clients(url, dataclasses.replace(SCHEMA, fingerprint="g"))


def test_another_model_loaded_while_serving_makes_clients_unavailable_until_the_right_one_is_back(load, opened, caplog):
    load(ROWS)
    clients = opened()
    load(ROWS, schema=dataclasses.replace(SCHEMA, fingerprint="g"))
    for _ in range(3):
        with pytest.raises(ClientsUnavailable):
            clients.find(1)
    load(ROWS)
    assert clients.find(1).row.tolist() == [-0.0, 2.0]
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 2
    assert "made for another fit" in told[0]
    assert told[1] == "The known clients can be read again"


def test_a_store_that_another_version_wrote_is_refused(load, url):
    load(ROWS)
    with psycopg.connect(url) as connection:
        connection.execute(
            "UPDATE client_generations SET description = replace(description, '\"format\": 1', '\"format\": 9')"
        )
    with pytest.raises(ClientTableError, match="its format is 9, expected 1\\)\nLoad the clients again"):
        open_postgres_clients(url, SCHEMA)


@pytest.mark.parametrize("removed", ["client_rows_1", "client_pointer"])
def test_a_table_that_is_dropped_while_it_is_served_makes_clients_unavailable_until_it_is_loaded(
    load, url, opened, caplog, removed
):
    load(ROWS)
    clients = opened()
    clients.find(1)
    with psycopg.connect(url) as connection:
        connection.execute(f"DROP TABLE {removed}")
    for _ in range(2):
        with pytest.raises(ClientsUnavailable):
            clients.find(1)
    assert len(caplog.records) == 1
    load(ROWS)
    assert clients.find(3).row.tolist() == [0.5, 1.0]


def test_a_user_who_may_only_read_is_enough(project, load, postgres):
    url = postgres.new_database()
    page = (project / "docs" / "clients.md").read_text(encoding="utf-8")
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(page.split("```sql\n")[1].split("```")[0])
    loader, reader = (url.replace("postgres:@", f"{user}@") for user in ("scoring_loader", "scoring_reader"))
    load(ROWS, FACTS, to=loader)
    load(ROWS, FACTS, to=loader)
    clients = open_postgres_clients(reader, SCHEMA)
    assert clients.find(1).record == {"days": None, "sex": "F"}
    assert (clients.page(None, 1), len(clients.sample().rows)) == (([1], 3), 3)
    with psycopg.connect(reader, autocommit=True) as connection:
        for statement in (
            "DELETE FROM client_rows_2",
            "UPDATE client_pointer SET generation = 1",
            "DROP TABLE client_rows_2",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)
    clients.close()


def test_a_user_without_the_right_to_read_is_told_which(load, postgres):
    url = postgres.new_database()
    load(ROWS, to=url)
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("DROP ROLE IF EXISTS nobody")
        owner.execute("CREATE ROLE nobody LOGIN")
    with pytest.raises(ClientTableError, match="permission denied for table client_pointer\nGrant"):
        open_postgres_clients(url.replace("postgres:@", "nobody@"), SCHEMA)


def test_a_portfolio_by_a_feature_is_found_in_rows_of_every_layout(load, opened):
    """The first column has few values in the first batch, and many in the next."""
    numbers = np.arange(140_000)
    load({"id": numbers, "a": np.where(numbers < 70_000, 1.0, np.sqrt(numbers)), "b": (numbers % 7).astype(float)})
    clients = opened()
    part = clients.within("b", "3")
    assert (part.count(), part.page(None, 1).client_ids, part.page(139_990, 5).client_ids) == (20_000, [3], [139_996])
    for client_id in (0, 69_999, 70_000, 139_999):
        assert clients.find(client_id).row.tolist() == [
            1.0 if client_id < 70_000 else np.sqrt(client_id),
            client_id % 7,
        ]
