import re

import numpy as np
import pytest

from benchmarks.drift_shifts import NAMES, shift
from scoring.errors import DataError
from scoring.monitoring.drift.drift_comparison import measure_drift
from scoring.monitoring.drift.drift_tests import Options
from scoring.monitoring.drift.references import take_population

# The size at which docs/drift.md says that each is found, and what the sentence about it says.
TOLD = {
    "income +20 %": (1000, "AMT_INCOME_TOTAL", r"Total income is higher by \d\d% at the median"),
    "a category renamed": (200, "NAME_EDUCATION_TYPE", r"“Secondary school”.*another name of Secondary"),
    "a column lost": (200, "EXT_SOURCE_3", r"is missing for all clients .*lost upstream.*refusal rate by"),
    "younger clients": (1000, "DAYS_BIRTH", r"Age is lower by 5 years at the median \(from 4\d years to 3\d years\)"),
    "unit error": (200, "AMT_ANNUITY", r"look multiplied by 1/12 \(months and years\)"),
    "another mix of products": (1000, "NAME_CONTRACT_TYPE", r"Revolving credit goes from .* of the clients, Cash loan"),
    "a doubled outlier tail": (20_000, "AMT_", r"outside the usual range .* times the share in the reference"),
    "a missing rate": (5000, "OCCUPATION_TYPE", r"Occupation is missing for 3\d\.\d% of the clients \(reference: 3"),
    "a joint shift with equal marginals": (5000, "joint", r"no longer go together .* rank correlation goes from"),
    "the score alone": (
        1000,
        "score",
        r"mean calibrated probability.*Yet nothing that the model reads is shown to have moved",
    ),
}


@pytest.mark.parametrize("name", NAMES)
def test_each_of_ten_shifts_is_found_and_told_in_words(name, model, reference, draw):
    size, moved, words = TOLD[name]
    current = shift(model, draw(size, 2), name)
    report = measure_drift(model, reference, current, Options())
    assert report.alarm
    told = [one for one in report.moved if one.name.startswith(moved)]
    assert told, [one.name for one in report.moved]
    assert any(re.search(words, one.sentence.en) for one in told), told
    assert all(len(one.sentence.fr) > 20 for one in report.moved)


@pytest.mark.parametrize("size", [200, 2000])
def test_clients_of_the_same_kind_give_no_alarm(size, model, reference, draw):
    report = measure_drift(model, reference, draw(size, 3), Options())
    assert not report.alarm
    assert report.moved == ()
    assert report.tests > 50


def test_the_effect_of_a_lost_column_is_the_change_of_decisions(model, reference, draw, rescored):
    drawn = draw(3000, 4)
    current = rescored(drawn, EXT_SOURCE_2=np.full(3000, np.nan))
    report = measure_drift(model, reference, current, Options())
    (lost,) = [one for one in report.moved if one.name == "EXT_SOURCE_2"]
    change = float(current.refused.mean() - drawn.refused.mean())
    assert lost.effect.refusal_rate == pytest.approx(change, abs=0.03)
    assert "raises" in lost.sentence.en if change > 0 else "lowers" in lost.sentence.en


def test_fields_of_one_ratio_are_explained_together(model, reference, draw, rescored):
    drawn = draw(3000, 4)
    dearer = {name: drawn.fields[name] * 1.5 for name in ("AMT_CREDIT", "AMT_GOODS_PRICE")}
    report = measure_drift(model, reference, rescored(drawn, **dearer), Options())
    moved = {one.name: one for one in report.moved}
    assert moved["AMT_CREDIT"].effect.together_with == ("AMT_GOODS_PRICE",)
    assert "Together with Price of the goods" in moved["AMT_CREDIT"].sentence.en
    assert moved["AMT_CREDIT"].effect.refusal_rate == moved["AMT_GOODS_PRICE"].effect.refusal_rate


def test_a_feature_that_the_model_does_not_read_changes_no_decision_by_itself(model, reference, draw, rescored):
    drawn = draw(1000, 5)
    report = measure_drift(model, reference, rescored(drawn, DAYS_BIRTH=drawn.fields["DAYS_BIRTH"] - 3000), Options())
    (age,) = [one for one in report.moved if one.name == "DAYS_BIRTH"]
    assert age.effect is None
    assert "The model does not read it" in age.sentence.en


def test_a_models_own_counts_are_a_reference_which_does_not_see_features_together(counted, draw):
    reference = take_population(counted, "the model")
    report = measure_drift(counted, reference, shift(counted, draw(1000, 2), "income +20 %"), Options())
    (income,) = report.moved
    assert income.sentence.en.startswith("Total income is higher by about ")  # the counts do not have the median
    assert report.auc is None
    assert any("cannot be seen" in note.en for note in report.notes)
    assert measure_drift(counted, reference, draw(1000, 3), Options()).alarm is False


def test_a_model_without_counts_is_refused_with_the_remedy(model):
    older = model.manifest.model_copy(update={"population": None})
    with pytest.raises(DataError, match="Give a table of clients as the reference"):
        take_population(type(model)(older, model.probability), "folder")


def test_months_share_the_level_and_the_one_that_drifts_is_named(model, reference, draw, rescored):
    drawn = draw(3000, 6)
    income = drawn.fields["AMT_INCOME_TOTAL"].copy()
    income[2000:] *= 1.5
    months = np.repeat(np.array(["2026-08", "2026-09", "2026-10"], dtype=object), 1000)
    shifted = rescored(drawn, AMT_INCOME_TOTAL=income)
    report = measure_drift(model, reference, type(drawn)(**{**vars(shifted), "months": months}), Options(by_month=True))
    assert [(one.month, one.alarm) for one in report.months] == [
        ("2026-08", False), ("2026-09", False), ("2026-10", True)
    ]  # fmt: skip
    assert "AMT_INCOME_TOTAL" in report.months[2].moved
    assert all(one.low <= one.refusal_rate <= one.high for one in report.months)


def test_a_month_with_few_clients_is_named_without_its_figures(model, reference, draw):
    drawn = draw(1000, 7)
    months = np.repeat(np.array(["2026-09", "2026-10"], dtype=object), [971, 29])
    report = measure_drift(model, reference, type(drawn)(**{**vars(drawn), "months": months}), Options(by_month=True))
    assert [one.month for one in report.months] == ["2026-09"]
    assert "2026-10: fewer than 30 clients; this month is not compared." in [note.en for note in report.notes]


def test_no_bin_of_the_report_has_one_to_four_clients(model, reference, draw):
    report = measure_drift(model, reference, draw(120, 7), Options())
    shares = [part.current for one in report.features for part in one.bins]
    assert all(share == 0 or share * 120 >= 4.99 for share in shares)
    others = [pair.current for one in report.features for pair in (one.missing, one.unseen, one.unusual) if pair]
    assert all(share == 0 or share * 120 >= 4.99 for share in others)


def test_shares_of_few_clients_are_of_all_of_them_though_bins_of_one_to_four_are_shown_as_empty(
    model, reference, draw, rescored
):
    scores = np.r_[np.full(6, np.nan), np.arange(39) % 10 / 10 + 0.05]  # some four clients in each tenth
    levels = np.array(["New"] * 16 + ["Higher education"] * 20 + ["Incomplete higher"] * 4 + ["Academic degree"] * 5)
    current = rescored(draw(45, 8), EXT_SOURCE_3=scores, NAME_EDUCATION_TYPE=levels.astype(object))
    report = measure_drift(model, reference, current, Options(explain=False))
    features = {one.name: one for one in report.features}
    assert features["EXT_SOURCE_3"].missing.current == 6 / 45
    assert features["NAME_EDUCATION_TYPE"].unseen.current >= 16 / 45
    shown = {one.label.en: one.current for one in features["NAME_EDUCATION_TYPE"].bins}
    assert shown["Higher education"] == 20 / 45


def test_a_month_from_which_the_few_clients_of_another_could_be_computed_is_not_shown(model, reference, draw):
    drawn = draw(1000, 7)
    months = np.repeat(np.array(["2026-08", "2026-09", "2026-10"], dtype=object), [560, 430, 10])
    report = measure_drift(model, reference, type(drawn)(**{**vars(drawn), "months": months}), Options(by_month=True))
    assert [one.month for one in report.months] == ["2026-08"]
    notes = [note.en for note in report.notes]
    assert "2026-10: fewer than 30 clients; this month is not compared." in notes
    assert any(note.startswith("2026-09: this month is not shown; otherwise") for note in notes)
