import re

import numpy as np
import pytest

from scoring.web.pages.population_chart import compute_distribution
from tests.web.pages.conftest import ENGLISH, seen


def test_each_outcome_is_drawn_by_its_own_share_of_clients():
    values = np.array([1.0] * 30 + [2.0] * 10 + [2.0] * 20 + [np.nan] * 5)
    refused = np.array([False] * 40 + [True] * 20 + [False] * 5)
    spread = compute_distribution(values, refused)
    assert spread.edges == (0.5, 1.5, 2.5)
    assert spread.accepted == pytest.approx((0.75, 0.25))
    assert spread.refused == pytest.approx((0.0, 1.0))
    assert [len(group) for group in spread.values] == [40, 20]


@pytest.mark.parametrize("few", [0, 19])
def test_an_outcome_of_few_clients_is_not_drawn(few):
    refused = np.array([True] * few + [False] * 100)
    assert compute_distribution(np.arange(len(refused), dtype=float), refused) is None


def test_very_many_clients_are_kept_by_rank():
    values = np.arange(100_000.0)
    spread = compute_distribution(values, values >= 50_000)
    assert [len(group) for group in spread.values] == [2001, 2001]
    assert spread.values[0][[0, 1000, 2000]] == pytest.approx([0, 24_999, 49_999], abs=1)


def test_the_page_says_how_many_lie_below_the_client(client, app, numbers):
    bundle = app.extensions["scoring"]
    facts = {fact["name"]: fact for fact in client.get(f"/clients/{numbers[0]}").json["facts"]}
    moves = [move["name"] for move in client.get(f"/explain/{numbers[0]}").json["contributions"]]
    counted = [
        facts[name]
        for name in moves
        if name in facts and isinstance(facts[name]["value"], int | float) and facts[name]["unit"] != "flag"
    ]
    refused = bundle.scorer.score(bundle.clients.rows).refused
    page = seen(client.get(f"/predict/{numbers[0]}", headers=ENGLISH))
    assert len(re.findall("Higher than", page)) == 3
    for fact in counted[:3]:
        back = -1 if fact["unit"] == "days" else 1
        values = back * np.array(bundle.facts.column(fact["name"], bundle.clients.client_ids), dtype=float)
        accepted, turned_down = (
            f"{100 * np.mean(group[~np.isnan(group)] < back * fact['value']):.0f}%"
            for group in (values[~refused], values[refused])
        )
        assert f"Higher than {accepted} of the accepted and {turned_down} of the refused clients." in page
