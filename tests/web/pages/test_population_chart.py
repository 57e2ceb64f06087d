import re
from dataclasses import replace

import numpy as np
import pytest

from scoring.model.schema import SchemaField, Text
from scoring.service import Service
from scoring.web.pages.population_chart import PopulationChart, _compare, compute_distribution
from scoring.web.routes.population import Population
from tests.web.pages.conftest import ENGLISH, seen


def test_each_group_is_drawn_by_its_own_share_of_clients():
    values = np.array([1.0] * 30 + [2.0] * 10 + [2.0] * 20 + [np.nan] * 5)
    refused = np.array([False] * 40 + [True] * 20 + [False] * 5)
    spread = compute_distribution(values, refused)
    assert spread.edges == (0.5, 1.5, 2.5)
    assert spread.better == pytest.approx((0.75, 0.25))
    assert spread.worse == pytest.approx((0.0, 1.0))
    assert [len(group) for group in spread.values] == [40, 20]


def test_a_scale_of_whole_numbers_ends_with_whole_numbers():
    children = SchemaField(name="children", type="integer", unit="count", label=Text(en="Children", fr="Enfants"))
    spread = compute_distribution(np.array([0.0, 1.0, 2.0] * 40), np.array([True] * 60 + [False] * 60))
    found = _compare(children, 1.0, spread, "en", by_outcome=True)
    assert (found.ends, found.place) == (("0", "2"), 50.0)


@pytest.mark.parametrize("few", [0, 19])
def test_a_group_of_few_clients_is_not_drawn(few):
    refused = np.array([True] * few + [False] * 100)
    assert compute_distribution(np.arange(len(refused), dtype=float), refused) is None


def test_very_many_clients_are_kept_by_rank():
    values = np.arange(100_000.0)
    spread = compute_distribution(values, values >= 50_000)
    assert [len(group) for group in spread.values] == [2001, 2001]
    assert spread.values[0][[0, 1000, 2000]] == pytest.approx([0, 24_999, 49_999], abs=1)


def most_telling_numbers(client, client_id):
    """Facts of the three numbers that weigh most in a client's risk."""
    facts = {fact["name"]: fact for fact in client.get(f"/clients/{client_id}").json["facts"]}
    moves = [move["name"] for move in client.get(f"/explain/{client_id}").json["contributions"]]
    numbers = [
        facts[name]
        for name in moves
        if name in facts and isinstance(facts[name]["value"], int | float) and facts[name]["unit"] != "flag"
    ]
    return numbers[:3]


def shares_below(bundle, fact, worse, known):
    back = -1 if fact["unit"] == "days" else 1
    values = back * np.array(bundle.clients.facts.column(fact["name"], bundle.clients.table.client_ids), dtype=float)
    known = known & ~np.isnan(values)
    return [f"{100 * np.mean(values[known & group] < back * fact['value']):.0f}%" for group in (~worse, worse)]


def test_the_page_compares_with_the_clients_who_repaid_and_those_who_did_not(client, app, numbers):
    bundle = app.extensions["scoring"]
    outcomes = bundle.clients.table.outcomes
    page = seen(client.get(f"/predict/{numbers[0]}", headers=ENGLISH))
    assert "Clients who repaid are above the line" in page
    assert len(re.findall("Higher than", page)) == 3
    for fact in most_telling_numbers(client, numbers[0]):
        repaid, defaulted = shares_below(bundle, fact, outcomes == 1, ~np.isnan(outcomes))
        assert f"Higher than {repaid} of the clients who repaid and {defaulted} of those who had difficulty" in page


def test_clients_are_compared_by_decision_where_outcomes_are_not_known(client, app, numbers):
    bundle = app.extensions["scoring"]
    service = Service(
        replace(bundle, clients=replace(bundle.clients, table=replace(bundle.clients.table, outcomes=None)))
    )
    record = bundle.clients.facts.record(int(numbers[0]))
    with app.test_request_context():
        others = Population(service).seen_by_caller()
    found = PopulationChart().compare_client(service.explain_client(str(numbers[0])), record, others, "en")
    refused = bundle.scorer.score(bundle.clients.table.rows).refused
    for fact, one in zip(most_telling_numbers(client, numbers[0]), found, strict=True):
        accepted, turned_down = shares_below(bundle, fact, refused, np.ones(len(refused), dtype=bool))
        assert not one.by_outcome
        assert one.sentence == f"Higher than {accepted} of the accepted and {turned_down} of the refused clients."
