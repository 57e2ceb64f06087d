import numpy as np
import pytest

from scoring.errors import ClientTableError
from scoring.model.schema import Identity
from scoring.storage.clients import in_memory_clients
from scoring.storage.clients.client_table import ClientTable
from scoring.storage.clients.in_memory_clients import InMemoryClients

IDENTITY = Identity(name="id", digits=6)


def store_of(count):
    ids = np.arange(count, 0, -1)
    others = {"BRANCH": ["0075" if i % 2 else None for i in range(count)]}
    outcomes = (ids % 2).astype(float)
    return InMemoryClients(
        IDENTITY, ClientTable(ids, np.column_stack([ids, ids / 4]), ("a", "b"), outcomes=outcomes, others=others)
    )


def test_a_client_is_found_with_its_row_and_nobody_else_is():
    store = store_of(4)
    row, record = store.find(3)
    assert (row.tolist(), record) == ([3.0, 0.75], None)
    assert store.find(5) is store.find("3") is store.find(10**30) is None


def test_several_rows_are_found_in_the_order_asked_for():
    first, unknown, second, twice = store_of(4).find_rows([4, 9, 1, 4])
    assert unknown is None
    assert (first.tolist(), second.tolist(), twice.tolist()) == ([4.0, 1.0], [1.0, 0.25], [4.0, 1.0])


def test_ids_are_listed_ascending_after_any_id():
    store = store_of(4)
    assert store.page(None, 3) == ([1, 2, 3], 4)
    assert store.page(3, 3) == ([4], 4)
    assert store.page(10**18, 3) == ([], 4)


def test_the_sample_of_a_small_table_is_everybody_by_id():
    store = store_of(4)
    sample = store.sample()
    assert sample is store.sample()
    assert sample.rows[:, 0].tolist() == [1.0, 2.0, 3.0, 4.0]
    assert (sample.total, sample.outcomes.tolist()) == (4, [1.0, 0.0, 1.0, 0.0])
    with pytest.raises(KeyError):
        sample.field("a")


def test_the_sample_of_a_large_table_is_some_of_everybody_with_their_own_outcomes(monkeypatch):
    monkeypatch.setattr(in_memory_clients, "MOST_SAMPLED", 300)
    sample = store_of(1000).sample()
    numbers = sample.rows[:, 0]
    assert (len(np.unique(numbers)), sample.total) == (300, 1000)
    assert (sample.outcomes == numbers % 2).all()
    assert 400 < numbers.mean() < 600
    assert (store_of(1000).sample().rows == sample.rows).all()


def test_a_portfolio_has_its_own_clients_only():
    part = store_of(5).within("BRANCH", "0075")
    assert (part.page(None, 9), part.count(), part.sample().total) == (([2, 4], 2), 2, 2)
    assert part.find(2) is not None
    assert part.find(1) is None
    assert part.find_rows([1, 2])[0] is None
    assert part.within("a", "4").page(None, 9).client_ids == [4]


def test_a_column_that_does_not_exist_is_named():
    store = store_of(2)
    assert not store.has_column("TOWN")
    assert store.has_column("BRANCH")
    with pytest.raises(ClientTableError, match="have a column TOWN"):
        store.within("TOWN", "Lyon")
