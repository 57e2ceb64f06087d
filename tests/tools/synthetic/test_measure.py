import numpy as np
import pandas as pd
import pytest

from scoring.errors import DataError
from tools.synthetic import columns, factors, generate, marginals, measure, parameters
from tools.synthetic.effects import _moment_logistic, fit_effects
from tools.synthetic.parameters import Levels


def test_composing_what_was_decomposed_gives_the_same_table_again():
    table = columns.columns_of(generate.generate(5_000, seed=7))
    again = factors.compose(factors.decompose(table))
    for name, values in again.items():
        same = pd.Series(values).equals(pd.Series(table[name]))
        if not same:  # ratios are rounded, so that amounts may move by their last steps
            assert np.nanquantile(np.abs(values - table[name]) / (1 + np.abs(table[name])), 0.99) < 2e-3, name


def test_a_value_held_by_fewer_than_five_clients_is_left_out():
    values = np.array([0.0] * 500 + [1.0] * 96 + [7.0] * 4)
    marginal = marginals.marginal_of("count", values, np.zeros(600))
    assert marginal == Levels(values=(0.0, 1.0), shares=(0.838926, 0.161074))


def test_a_text_held_by_fewer_than_five_clients_stands_at_a_fixed_share():
    texts = np.array(["common"] * 996 + ["rare"] * 4, dtype=object)
    four = marginals.marginal_of("kind", texts, np.zeros(1_000))
    texts[-3:] = "common"
    assert four == marginals.marginal_of("kind", texts, np.zeros(1_000))
    assert four == Levels(values=("common", "rare"), shares=(0.99998, 2e-5))


def test_texts_are_ordered_by_default_rate():
    texts = np.array(["safe", "risky", "middle"] * 400, dtype=object)
    target = np.isin(np.arange(1_200) % 12, [1, 4, 7, 2]).astype(float)
    assert marginals.marginal_of("kind", texts, target).values == ("safe", "middle", "risky")


def test_no_single_extreme_value_can_be_read_off_a_quantile_grid():
    values = np.random.default_rng(0).normal(size=5_000)
    before = marginals.marginal_of("amount", values, np.zeros(5_000))
    values[np.argmax(values)] = 4.0
    after = marginals.marginal_of("amount", values, np.zeros(5_000))
    assert after.grid[-1] < np.sort(values)[-2]
    assert abs(after.grid[-1] - before.grid[-1]) < 0.2
    assert not np.isin(np.round(values, 6), np.round(after.grid, 6)).any()


def test_a_value_held_by_many_is_a_point_mass_with_their_share():
    values = np.concatenate([np.linspace(1.0, 2.0, 700), np.zeros(300)])
    marginal = marginals.marginal_of("area", values, np.zeros(1_000))
    assert marginal.atoms == ((0.0, 0.3),)


def test_effects_reproduce_the_wanted_default_rates():
    generator = np.random.default_rng(1)
    group = generator.integers(0, 2, 4_000).astype(float)
    design = np.column_stack([group, 1.0 - group])
    wanted = np.array([0.3, 0.1]) * design.mean(axis=0)
    rate = float(wanted.sum())
    fitted = _moment_logistic(design, wanted, rate, np.full(2, 1e-9))
    # the difference of the log-odds of 30 % and of 10 %
    assert fitted[0] - fitted[1] == pytest.approx(np.log(0.3 / 0.7) - np.log(0.1 / 0.9), abs=1e-6)


def test_a_handful_of_clients_gets_no_effect_of_its_own():
    flag = np.repeat([0.0, 1.0], [1_990, 10])
    target = np.where(np.arange(2_000) % 10 == 0, 1.0, 0.0)
    with_defaults = np.where(flag == 1, 1.0, target)
    effects = fit_effects({"flag": flag}, with_defaults, {"flag": flag})
    assert abs(effects["flag"].effects[1]) < 0.01
    turned = fit_effects({"flag": 1.0 - flag}, with_defaults, {"flag": 1.0 - flag})
    assert abs(turned["flag"].effects[0]) < 0.01


def test_a_table_that_cannot_be_measured_is_refused_with_all_its_errors():
    table = generate.generate(100, seed=0).drop(columns=["AMT_CREDIT", "EXT_SOURCE_1"])
    with pytest.raises(DataError, match=r"3 errors(.|\n)*AMT_CREDIT(.|\n)*EXT_SOURCE_1(.|\n)*100 rows"):
        measure.measure(table)
    target = generate.generate(2_000, seed=0).assign(TARGET=2)
    with pytest.raises(DataError, match="TARGET has values other than 0 and 1"):
        measure.measure(target)


def test_measuring_a_table_changes_nothing_in_it_and_finds_its_figures(monkeypatch):
    monkeypatch.setattr("tools.synthetic.latents.ROUNDS", 1)
    monkeypatch.setattr("tools.synthetic.latents.SIMULATED", 4_000)
    table = generate.generate(4_000, seed=9)
    before = table.copy()
    measured = measure.measure(table)
    pd.testing.assert_frame_equal(table, before)
    assert measured.clients == 4_000
    assert measured.default_rate == pytest.approx(table["TARGET"].mean(), abs=1e-4)
    assert measured.columns == parameters.load().columns
    again = generate.generate(8_000, seed=1, parameters=measured)
    assert abs(again["TARGET"].mean() - table["TARGET"].mean()) < 0.015
    assert abs(again["EXT_SOURCE_2"].median() - table["EXT_SOURCE_2"].median()) < 0.02
