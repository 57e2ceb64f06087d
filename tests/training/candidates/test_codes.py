"""Numbers that are codes in disguise, such as the ratio of instalment to credit."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from scoring.errors import DataError
from scoring.model.plan import BinnedColumn, Derived, read_off
from scoring.model.preprocessor import Inputs
from scoring.training.candidates.bins import BinnedField, bin_number
from scoring.training.candidates.bins_file import read_bins, write_bins
from scoring.training.candidates.codes import code_numbers, find_codes
from scoring.training.candidates.edited_bins import list_edits
from scoring.training.candidates.families import make_recipe
from scoring.training.candidates.scorecard import CodedInputs, Scorecard, SplineInputs

CLIENTS = 6000
RISKY, SAFE, RARE = 12.66, 34.08, 27.3


@pytest.fixture(scope="module")
def loans() -> dict[str, np.ndarray]:
    """Credits at 40 tariffs, whose risk has nothing to do with the size of the ratio; rounded instalments."""
    draws = np.random.default_rng(3)
    tariffs = np.append(np.sort(draws.uniform(8, 38, 38)), [RISKY, SAFE])
    effect = np.append(draws.normal(0, 0.8, 38), [1.5, -1.5])
    chosen = draws.integers(0, 40, CLIENTS)
    credit = draws.integers(100, 2000, CLIENTS) * 450.0
    instalment = np.round(credit / tariffs[chosen] / 4.5) * 4.5
    smooth = draws.normal(0, 1, CLIENTS)
    bad = draws.random(CLIENTS) < expit(-1.5 + effect[chosen] + 0.8 * smooth)
    return {
        "credit": credit,
        "instalment": instalment,
        "score": np.exp(smooth / 10),
        "age": draws.integers(18, 70, CLIENTS).astype(float),
        "since": -draws.integers(1, 5000, CLIENTS).astype(float),
        "price": draws.choice(np.array([99.0, 149, 199, 499, 999]), CLIENTS),
        "bad": bad.astype(np.int8),
    }


def coded(values: np.ndarray, target: np.ndarray) -> BinnedField | None:
    return find_codes(bin_number("x", values, target), values, target)


def weight(field: BinnedField, value: float) -> float:
    return float(read_off(field.column, np.array([value]))[0])


def test_a_tariff_hidden_in_the_ratio_of_two_amounts_has_a_weight_of_its_own(loans):
    found = coded(loans["credit"] / loans["instalment"], loans["bad"])
    assert found is not None
    assert isinstance(found.column, BinnedColumn)
    assert 30 <= len(found.column.codes) <= 50
    assert min(abs(code / RISKY - 1) for code in found.column.codes) < 0.003
    assert weight(found, RISKY) > 0.5 > -0.5 > weight(found, SAFE)


def test_the_inverse_ratio_has_the_same_codes(loans):
    one = coded(loans["credit"] / loans["instalment"], loans["bad"])
    other = coded(loans["instalment"] / loans["credit"], loans["bad"])
    assert one is not None
    assert other is not None
    assert weight(other, 1 / RISKY) == pytest.approx(weight(one, RISKY), abs=0.05)
    assert other.information == pytest.approx(one.information, rel=0.1)


def test_a_value_that_was_never_seen_has_the_weight_of_the_values_around_it(loans):
    ratio = loans["credit"] / loans["instalment"]
    near = np.abs(ratio / RARE - 1) < 0.2
    target = np.where(near, loans["bad"], 0)
    found = find_codes(bin_number("x", ratio, target), ratio, target, -np.inf)
    assert found is not None
    weights = [weight(found, value) for value in ratio[near]]
    assert min(weights) < weight(found, RARE) < max(weights)


def test_weights_of_codes_are_measured_on_clients_from_whom_they_were_not_learned(loans):
    ratio = loans["credit"] / loans["instalment"]
    found = coded(ratio, loans["bad"])
    assert found is not None
    learned = read_off(found.column, ratio)
    bad = loans["bad"] == 1
    assert 0 < found.information < learned[bad].mean() - learned[~bad].mean()


@pytest.mark.parametrize("name", ["score", "age", "since", "price", "credit"])
def test_a_number_without_jumps_of_the_risk_is_no_code(loans, name):
    assert coded(loans[name], loans["bad"]) is None


def test_years_are_no_codes_even_where_the_risk_jumps(loans):
    draws = np.random.default_rng(0)
    jumps = draws.normal(0, 1.5, 100)
    bad = (draws.random(CLIENTS) < expit(jumps[loans["age"].astype(int)] - 1)).astype(np.int8)
    assert coded(loans["age"], bad) is None
    assert coded(loans["age"] * 4500, bad) is not None  # exact amounts are codes


def test_of_ratios_with_a_common_amount_one_is_a_code(loans):
    plan = Inputs(
        numbers=("credit", "instalment"),
        derived=(
            Derived(name="ratio", operation="ratio", inputs=("credit", "instalment")),
            Derived(name="inverse", operation="ratio", inputs=("instalment", "credit")),
            Derived(name="log", operation="log", inputs=("ratio",)),
        ),
    ).draft()
    ratio = loans["credit"] / loans["instalment"]
    columns = {"ratio": ratio, "inverse": 1 / ratio, "log": np.log(1 + ratio), "price": loans["price"]}
    terms = [bin_number(name, values, loans["bad"]) for name, values in columns.items()]
    found = code_numbers(terms, columns, loans["bad"], plan)
    names = [term.column.name for term in found if isinstance(term.column, BinnedColumn) and term.column.codes]
    assert len(names) == 1
    assert names[0] in {"ratio", "inverse"}
    named = code_numbers(terms, columns, loans["bad"], plan, ["price"])
    assert [bool(term.column.codes) for term in named] == [False, False, False, True]
    assert code_numbers(terms, columns, loans["bad"], plan, ()) == terms


def test_the_scorecard_finds_codes_and_ranks_better(loans):
    inputs = Inputs(
        numbers=("score", "age"),
        derived=(Derived(name="ratio", operation="ratio", inputs=("instalment", "credit")),),
    )
    frame = pd.DataFrame(loans)
    card = Scorecard(inputs).fit(frame, loans["bad"])
    assert [column.name for column in card.plan_.columns if getattr(column, "codes", ())] == ["ratio"]
    plain = Scorecard(inputs, codes=()).fit(frame, loans["bad"])
    assert card.information_["ratio"] > 5 * plain.information_.get("ratio", 0.0)


def test_codes_survive_the_way_through_a_file_of_bins(loans, tmp_path):
    inputs = Inputs(
        numbers=("score", "age"),
        derived=(Derived(name="ratio", operation="ratio", inputs=("instalment", "credit")),),
    )
    frame = pd.DataFrame(loans)
    card = Scorecard(inputs).fit(frame, loans["bad"])
    write_bins(tmp_path / "bins.toml", card.plan_, frame, loans["bad"])
    given = read_bins(tmp_path / "bins.toml", inputs)
    assert given["ratio"].codes
    assert given["ratio"].edges is None
    again = Scorecard(replace(inputs, bins=given)).fit(frame, loans["bad"])
    assert again.plan_ == card.plan_
    without = {**given, "ratio": replace(given["ratio"], codes=False, missing="neutral")}
    column = Scorecard(replace(inputs, bins=without)).fit(frame, loans["bad"]).plan_.columns[-1]
    assert isinstance(column, BinnedColumn)
    assert (column.name, column.codes, column.missing) == ("ratio", (), 0.0)
    assert [edit.change for edit in list_edits(without, card.plan_)] == ["codes", "missing"]
    (tmp_path / "both.toml").write_text("[terms.ratio]\ncodes = true\nedges = [0.1]\n")
    with pytest.raises(DataError, match=r"line 3, term ratio: has edges and codes = true; expected one of them"):
        read_bins(tmp_path / "both.toml", inputs)


def test_clients_counted_twice_have_the_same_codes_as_doubled_rows(loans):
    ratio, bad, twice = loans["credit"] / loans["instalment"], loans["bad"], np.full(CLIENTS, 2.0)
    once = find_codes(bin_number("x", ratio, bad, twice), ratio, bad, weights=twice)
    rows, target = np.repeat(ratio, 2), np.repeat(bad, 2)
    doubled = find_codes(bin_number("x", rows, target), rows, target)
    assert once is not None
    assert doubled is not None
    assert isinstance(once.column, BinnedColumn)
    assert isinstance(doubled.column, BinnedColumn)
    assert (once.column.edges, once.column.codes) == (doubled.column.edges, doubled.column.codes)
    assert once.column.values == pytest.approx(doubled.column.values, abs=1e-12)


def test_other_families_get_a_column_with_the_weights_of_the_codes(loans):
    inputs = Inputs(
        numbers=("score", "age"),
        derived=(Derived(name="ratio", operation="ratio", inputs=("instalment", "credit")),),
    )
    columns = CodedInputs(inputs).fit(pd.DataFrame(loans), loans["bad"]).plan_.columns
    assert [column.name for column in columns] == ["score", "age", "ratio", "ratio (codes)"]
    assert isinstance(columns[-1], BinnedColumn)
    assert len(columns[-1].codes) >= 30
    for family in ("lightgbm", "logistic regression", "blend"):
        assert isinstance(make_recipe(inputs, family, {}).preprocessor, CodedInputs)
    terms = SplineInputs(inputs).fit(pd.DataFrame(loans), loans["bad"]).plan_.columns
    assert [column.name for column in terms if getattr(column, "codes", ())] == ["ratio (bins)"]
