import io
import pickle

import numpy as np
import pytest

from scoring.model.costs import Costs
from scoring.model.plan import BinnedColumn, GroupedColumn, NumberColumn, Plan
from scoring.model.preprocessor import Planned
from scoring.model.report import Metric
from scoring.model.schema import Identity, InputSchema, Readable, Text
from scoring.model.scorer import ReviewBand
from scoring.readable.terms import group_into_terms
from scoring.training import threshold
from scoring.training.evaluation import decision_tables
from scoring.training.evaluation.groups import measure_fairness
from scoring.training.fit import Fitted
from scoring.training.plots import feature_plots, interval_plots, prediction_plots, style
from scoring.training.plots.feature_plots import collect_bins, collect_values
from scoring.training.plots.model_plots import plot_model
from tests.training.conftest import draw_clients, png

BAND = ReviewBand(low=0.08, high=0.1)
NO_FIELDS = InputSchema(identity=Identity(name="id"), target="default", fields=())
METRIC = Metric(value=0.25, low=0.24, high=0.27)


@pytest.fixture(scope="module")
def clients():
    return draw_clients(2000)


def _all(target, chance):
    draws = np.random.default_rng(0)
    refused = chance >= 1 / 11
    group = np.where(np.arange(len(target)) % 3, "many", "few")
    optimum = threshold.find_optimum(target, chance, Costs(), 1 / 11, seed=0, number=10)
    rows = draws.normal(size=(len(target), 3))
    rows[:5, 0] = np.nan
    bounds = [(0.1, 0.5), (-0.3, -0.1), (np.nan, np.nan)]
    shares, counts = [0.4, 0.6, 0.001], [400, 600, 1]
    page = feature_plots.TermBins("age", ["< 30", "≥ 30", "missing"], [0.3, -0.2, 0.0], shares, counts, bounds)
    return {
        "roc": prediction_plots.plot_roc(target, {"one": chance, "other": chance**2 + 0.01 * rows[:, 1]}),
        "precision_recall": prediction_plots.plot_precision_recall(target, {"one": chance}),
        "reliability": prediction_plots.plot_reliability(
            decision_tables.bin_reliability(target, chance),
            decision_tables.bin_reliability_near(target, chance, 1 / 11),
            1 / 11,
        ),
        "cost_curve": prediction_plots.plot_cost_curve(target, chance, Costs(), 1 / 11, optimum, BAND),
        "gains": prediction_plots.plot_gains(decision_tables.tabulate_gains(target, chance)),
        "approval": prediction_plots.plot_approval(decision_tables.tabulate_approvals(target, chance, 1 / 11)),
        "distribution": prediction_plots.plot_distribution(target, chance, 1 / 11, BAND),
        "importances": feature_plots.plot_importances({"age": 0.4, "debt": 0.1}, {"age": "Age of the client"}),
        "beeswarm": feature_plots.plot_beeswarm(np.nan_to_num(rows), rows, ["a", "b", "c"]),
        "terms": feature_plots.plot_terms([page] * 5),
        "candidates": interval_plots.plot_candidates(
            [("one", METRIC), ("two", METRIC)], "Candidates", "log loss", chosen="one"
        ),
        "differences": interval_plots.plot_candidates(
            [("one", METRIC)], "Candidates", "difference of log loss", zero=True
        ),
        "groups": interval_plots.plot_groups(
            [measure_fairness("size", group, target, chance, refused, seed=0, number=5)]
        ),
    }


@pytest.fixture(scope="module")
def drawn(clients):
    return _all(*clients)


def test_every_panel_says_what_it_shows_and_every_axis_its_unit(drawn):
    for name, figure in drawn.items():
        panels = [axes for axes in figure.axes if axes.axison and axes.get_label() != "<colorbar>"]
        assert panels, name
        for axes in panels:
            assert axes.get_title(), name
            assert axes.get_xlabel() or name == "terms", name


def test_every_plot_is_drawn_in_greys_only(drawn):
    from matplotlib.image import imread

    for name, figure in drawn.items():
        picture = imread(io.BytesIO(png(figure)))
        assert np.ptp(picture[:, :, :3], axis=2).max() < 0.01, name


def test_the_same_data_gives_the_same_bytes(clients):
    one, other = _all(*clients)["cost_curve"], _all(*clients)["cost_curve"]
    assert png(one) == png(other)


def test_no_figure_is_kept(drawn):
    import matplotlib._pylab_helpers

    assert drawn
    assert matplotlib._pylab_helpers.Gcf.figs == {}


@pytest.mark.parametrize("served", [0.0002, 1 / 11, 0.75])
def test_the_plot_of_costs_shows_the_threshold_that_is_served(clients, served):
    target, chance = clients
    optimum = threshold.find_optimum(target, chance, Costs(), served, seed=0, number=2)
    (axes,) = prediction_plots.plot_cost_curve(target, chance, Costs(), served, optimum, BAND).axes
    assert axes.get_xlim()[0] < served < axes.get_xlim()[1]
    assert served != 1 / 11 or axes.get_xlim() == (0.01, 0.6)


def test_curves_of_weighted_clients_are_those_of_repeated_ones(clients):
    target, chance = clients[0][:200], clients[1][:200]
    counts = np.where(target == 1, 1, 4)
    again = np.repeat(np.arange(200), counts)
    optimum = threshold.find_optimum(target, chance, Costs(), 1 / 11, seed=0, number=10)
    found = []
    for rows, weights in ((slice(None), counts.astype(float)), (again, None)):
        outcomes, risks = target[rows], chance[rows]
        figures = [
            prediction_plots.plot_roc(outcomes, {"one": risks}, weights),
            prediction_plots.plot_precision_recall(outcomes, {"one": risks}, weights),
            prediction_plots.plot_cost_curve(outcomes, risks, Costs(), 1 / 11, optimum, BAND, weights),
        ]
        lines = [[one.get_label() for one in figure.axes[0].lines] for figure in figures]
        (bars,) = prediction_plots.plot_distribution(outcomes, risks, 1 / 11, BAND, weights).axes
        gains = prediction_plots.plot_gains(decision_tables.tabulate_gains(outcomes, risks, weights=weights))
        shares = gains.axes[0].lines[0].get_xdata()
        found.append((lines, figures[2].axes[0].lines[0].get_ydata(), bars.patches[1].get_xy(), shares))
    assert found[0][0] == found[1][0]
    np.testing.assert_allclose(found[0][1], found[1][1])
    np.testing.assert_allclose(found[0][2], found[1][2])
    np.testing.assert_allclose(found[0][3], found[1][3], atol=0.01)  # a client of weight 4 is in one tenth


def test_all_plots_of_a_trained_model_can_be_drawn(trained, applications, clients):
    manifest, out = trained
    scaler, model = (pickle.loads((out / name).read_bytes()) for name in ("scaler.pkl", "modele_retenu.pkl"))
    fitted = Fitted(Planned(manifest.plan), scaler, model)
    target, chance = clients
    names = [name for name, _ in plot_model(manifest, fitted, applications.head(2000), target, chance)]
    assert names[:2] == ["roc", "precision_recall"]
    assert {"reliability", "cost_curve", "gains", "approval", "distribution", "importances", "beeswarm"} <= set(names)
    bare = manifest.model_copy(update={"report": None, "choice": None})
    names = [name for name, _ in plot_model(bare, fitted, applications.head(2000), target, chance)]
    without_bins = [name for name in names if not name.startswith("bins_")]
    assert without_bins == ["roc", "precision_recall", "distribution", "importances", "beeswarm"]


def test_bins_of_a_scorecard_worked_out_by_hand():
    plan = Plan(
        missing_values={},
        derived=(),
        columns=(
            BinnedColumn(name="age", source="age", edges=(30.0,), values=(0.5, -0.25), missing=0.1),
            GroupedColumn(
                name="trade", source="trade", values={"a": 0.2, "b": -0.1, "c": 0.2}, missing=0.0, unseen=0.0
            ),
            NumberColumn(name="debt", source="debt", fill=0.0),
        ),
    )
    raw = {
        "age": np.array([20.0, 30.0, 40.0, np.nan]),
        "trade": np.array(["a", "c", "b", "new"], dtype=object),
        "debt": np.zeros(4),
    }
    names = Readable(label=Text(en="Age", fr="Âge"), unit="years")
    age, trade = collect_bins(plan, [2.0, 1.0, 1.0], raw, group_into_terms(plan, NO_FIELDS, {"age": names}))
    assert (age.name, age.labels) == ("Age", ["less than 30 years", "at least 30 years", "not known"])
    assert age.weights == [1.0, -0.5, 0.2]
    assert age.shares == [0.25, 0.5, 0.25]
    assert (trade.labels, trade.shares) == (["b", "a, c", "any other"], [0.25, 0.5, 0.25])
    shaded = collect_values(plan, raw)
    assert np.isnan(shaded[:, 1]).all()
    assert shaded[:3, 0].tolist() == [20.0, 30.0, 40.0]


def test_the_interval_of_a_weight_is_what_the_outcomes_of_its_clients_say_beside_all_other_terms():
    column = BinnedColumn(name="age", source="age", edges=(30.0,), values=(0.5, -0.25), missing=0.1)
    plan = Plan(missing_values={}, derived=(), columns=(column,))
    raw = {"age": np.repeat([20.0, 40.0], [100, 400])}
    predicted = np.repeat([0.2, 0.1], [100, 400])
    target = np.concatenate([np.arange(100) < 36, np.arange(400) < 40]).astype(int)
    terms = group_into_terms(plan, NO_FIELDS, {})
    outcomes = feature_plots.Outcomes(target, predicted, slope=0.5)
    (age,) = collect_bins(plan, [2.0], raw, terms, outcomes)
    assert age.clients == [100, 400]
    # 36 defaults where 20 were predicted: (36 - 20) / (100 * 0.2 * 0.8) = 1 calibrated, 2 on the model's own scale
    for bounds, middle, variance in zip(age.bounds, (1.0 + 2.0, -0.5), (16.0, 36.0), strict=True):
        assert bounds == pytest.approx((middle - 3.92 / variance**0.5, middle + 3.92 / variance**0.5))
    # 18 of these defaults count twice, those of the older four times: the same clients, drawn unevenly
    kept = np.r_[np.arange(18), np.arange(36, 100), np.arange(100, 110), np.arange(140, 230)]
    counts = np.repeat([2.0, 1.0, 4.0], [18, 64, 100])
    uneven = feature_plots.Outcomes(target[kept], predicted[kept], 0.5, counts)
    (same,) = collect_bins(plan, [2.0], {"age": raw["age"][kept]}, terms, uneven)
    assert np.mean(same.bounds, axis=1) == pytest.approx(np.mean(age.bounds, axis=1))
    assert np.diff(same.bounds[1]) == pytest.approx(2 * np.diff(age.bounds[1]))


def test_of_very_many_bins_those_with_most_clients_are_drawn():
    edges = tuple(map(float, range(1, 100)))
    column = BinnedColumn(name="rate", source="rate", edges=edges, values=tuple(np.sin(range(100))), missing=0.0)
    plan = Plan(missing_values={}, derived=(), columns=(column,))
    values = np.concatenate([np.arange(100) + 0.5, np.repeat([7.5, 70.5], 50)])
    (rate,) = collect_bins(plan, [1.0], {"rate": values}, group_into_terms(plan, NO_FIELDS, {}))
    assert len(rate.labels) == 24
    assert rate.clients.count(51) == 2
    assert rate.name == "rate (24 of 100 bins)"


def test_days_that_are_counted_back_are_shown_as_they_are_read():
    column = BinnedColumn(name="job", source="job", edges=(-300.0, -30.0), values=(-0.5, 0.1, 0.4), missing=0.0)
    plan = Plan(missing_values={}, derived=(), columns=(column,))
    raw = {"job": np.array([-400.0, -300.0, -30.0, np.nan])}
    names = Readable(label=Text(en="Job", fr="Emploi"), unit="days", scale=-1.0)
    (job,) = collect_bins(plan, [1.0], raw, group_into_terms(plan, NO_FIELDS, {"job": names}))
    assert job.labels == ["at least 10 months", "30 days to 10 months", "less than 30 days", "not known"]
    assert (job.weights, job.shares) == ([-0.5, 0.1, 0.4, 0.0], [0.25] * 4)
    assert collect_values(plan, raw, {"job": -1.0})[:3, 0].tolist() == [400.0, 300.0, 30.0]


@pytest.mark.parametrize("highest", [0.004, 0.03, 0.055, 0.065, 0.2, 0.33, 1])
@pytest.mark.parametrize("letter", "xy")
def test_labels_of_an_axis_of_shares_say_where_they_stand(letter, highest):
    drawn, axes = style.plot(7.4, 3.2)
    axes.set(**{f"{letter}lim": (0, highest)})
    style.percent_axis(axes, letter, "en")
    drawn.canvas.draw()
    axis = getattr(axes, f"{letter}axis")
    said = [float(one.get_text().removesuffix("%")) / 100 for one in axis.get_ticklabels()]
    assert said == pytest.approx(axis.get_ticklocs(), abs=1e-9)
