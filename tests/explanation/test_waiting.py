from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.explanation.waiting import LONGEST_WAIT, WaitingSearch
from scoring.model.calibration import Calibration
from scoring.model.plan import BinnedColumn, Derived, NumberColumn, Plan, model_ready
from scoring.model.schema import Identity, InputSchema, Readable, Text
from scoring.model.scorer import FusedLogistic, Policy, ReviewBand, Scorer
from scoring.readable.terms import Range, group_into_terms
from scoring.readable.wording import describe_value
from tests.fields import field

SCHEMA = InputSchema(
    identity=Identity(name="id"),
    target="default",
    fields=(field("job", kind="integer", unit="days", maximum=0), field("debt", unit="currency")),
)
REFUSED_LABEL = Text(en="Time since the latest refusal", fr="Temps écoulé depuis le dernier refus")
READABLE = {
    "refusal": Readable(
        label=REFUSED_LABEL,
        unit="days",
        passing="grows",
        sentences={
            "known": Text(en="An application was refused {value} ago.", fr="Une demande a été refusée il y a {value}.")
        },
    ),
    "left": Readable(label=Text(en="Instalments left", fr="Mensualités restantes"), unit="months", passing="falls"),
    "delay": Readable(label=Text(en="Delay", fr="Retard"), unit="days"),
}


def number(name):
    return NumberColumn(name=name, source=name, fill=0.0)


REFUSAL = BinnedColumn(name="refusal", source="refusal", edges=(100.0, 400.0), values=(2.0, 1.0, 0.0), missing=0.0)
PLAN = Plan(missing_values={}, derived=(), columns=(REFUSAL, number("debt")))


def search(plan=PLAN, weights=(1.0, 1.0), intercept=0.0, band=None, readable=READABLE):
    policy = Policy(0.5, Calibration(intercept=0.0, slope=1.0), band)
    scorer = Scorer(FusedLogistic(np.array(weights), intercept), plan.feature_names(), policy)
    return WaitingSearch(plan, SCHEMA, readable, group_into_terms(plan, SCHEMA, readable), scorer)


def find(found, record, plan=PLAN, **values):
    raw = {name: np.array([np.nan if record.get(name) is None else record[name]]) for name in plan.raw_numbers()}
    return found.find_shortest(model_ready(plan, raw)[0], record, {**record, **values}, describe_value)


def test_an_old_refusal_loses_its_weight_after_so_many_months():
    # accepted below 1.5: from 100 days on; 40 days and two months are 101, one month 70
    waiting = find(search(intercept=-1.5), {"refusal": 40.0, "debt": 0.0})
    assert (waiting.name, waiting.value, waiting.months, waiting.outcome) == ("refusal", 40.0, 2, "accepted")
    assert waiting.probability == pytest.approx(1 / (1 + np.exp(0.5)))
    assert waiting.text.en == (
        "An application was refused 40 days ago. As time passes, this and other lengths of time become more "
        "favourable. Within 2 months, if nothing else changes, this application would be accepted without review."
    )
    assert waiting.text.fr == (
        "Une demande a été refusée il y a 40 jours. Avec le temps, cette durée et d'autres deviennent plus "
        "favorables. D'ici 2 mois, si rien d'autre ne change, la demande serait acceptée sans examen complémentaire."
    )


def test_a_wait_that_leads_to_review_is_named_only_where_none_leads_further():
    # 400 - 40 days are 12 months; the band takes what is accepted before them
    band = ReviewBand(low=0.3, high=0.6)
    assert find(search(intercept=-1.5, band=band), {"refusal": 40.0, "debt": 0.0}).months == 12
    always = ReviewBand(low=0.1, high=0.6)
    waiting = find(search(intercept=-1.5, band=always), {"refusal": 40.0, "debt": 0.0})
    assert (waiting.months, waiting.outcome) == (2, "review")
    assert waiting.text.en.endswith("would no longer be refused, but would be reviewed by a loan officer.")


def test_a_value_that_is_only_known_as_a_range_counts_as_its_latest():
    # between 0 and 100 days: 100 days are passed for certain after 4 months
    found = search(intercept=-1.5)
    waiting = found.find_shortest(np.array([2.0, 0.0]), {"debt": 0.0}, {"refusal": Range(None, 100.0)}, describe_value)
    assert (waiting.value, waiting.months) == (None, 4)


def test_ranges_of_a_time_since_and_of_a_time_to_an_event_both_count_as_the_latest():
    ahead = BinnedColumn(name="left", source="left", edges=(0.0, 3.0), values=(0.0, 1.0, 2.0), missing=0.0)
    plan = Plan(missing_values={}, derived=(), columns=(REFUSAL, ahead))
    ranges = {"refusal": Range(None, 100.0), "left": Range(0.0, 3.0)}
    # accepted below 1.5: the refusal weighs 1 from the 4th month on; nearly 3 months left are over in the 3rd
    waiting = search(plan, intercept=-1.5).find_shortest(np.array([2.0, 1.0]), {}, ranges, describe_value)
    assert waiting.months == 4
    # accepted below 2.5: nearly 3 months left have to be over as long as the refusal weighs 2
    waiting = search(plan, intercept=-2.5).find_shortest(np.array([2.0, 1.0]), {}, ranges, describe_value)
    assert waiting.months == 3


def test_a_time_to_an_event_falls_and_a_field_that_counts_back_grows():
    plan = Plan(missing_values={}, derived=(), columns=(number("left"), number("job")))
    # accepted below 5 months left: 9 months fall to 4 after 5
    assert find(search(plan, (1.0, 0.0), -5.0), {"left": 9.0, "job": -10.0}, plan).months == 5
    # accepted from more than 400 days in the job on: 100 days and 10 months are 404
    waiting = find(search(plan, (0.0, 0.01), 4.0), {"left": 9.0, "job": -100.0}, plan)
    assert (waiting.name, waiting.months, waiting.shown.en) == ("job", 10, "3 months")


def test_numbers_that_depend_on_time_are_computed_again():
    share = Derived(name="per_day", operation="ratio", inputs=("debt", "job"))
    plan = Plan(missing_values={}, derived=(share,), columns=(number("job"), number("per_day")))
    # the job alone makes no difference, only the debt for each day of it: -1000 / -100 = 10, accepted below 5
    found = search(plan, (1e-6, 1.0), -5.0)
    waiting = find(found, {"debt": -1000.0, "job": -100.0}, plan)
    assert waiting.months == 4  # 100 + 122 days


def test_a_time_that_does_not_pass_by_itself_is_no_wait():
    plan = Plan(missing_values={}, derived=(), columns=(number("delay"),))
    found = search(plan, (-1.0,), 20.0)
    assert found.steps == {}
    assert find(found, {"delay": 10.0}, plan) is None


def test_names_of_older_models_do_not_say_which_times_pass():
    older = {name: one.model_copy(update={"passing": None}) for name, one in READABLE.items()}
    assert find(search(intercept=-1.5, readable=older), {"refusal": 40.0, "debt": 0.0}) is None
    assert Readable.model_validate({"label": {"en": "Age", "fr": "Âge"}, "unit": "days"}).passing is None


def test_nothing_is_promised_where_time_does_not_help_or_helps_for_a_while_only():
    assert find(search(intercept=-1.5), {"refusal": 40.0, "debt": 9.0}) is None
    # better from 100 to 400 days, then worse for good
    column = replace(REFUSAL, values=(2.0, 0.0, 3.0))
    plan = Plan(missing_values={}, derived=(), columns=(column, number("debt")))
    assert find(search(plan, intercept=-1.5), {"refusal": 40.0, "debt": 0.0}, plan) is None


def test_a_missing_time_stays_missing():
    assert find(search(intercept=0.0, weights=(1.0, 1.0)), {"refusal": None, "debt": 1.0}) is None


def test_an_application_that_does_not_give_the_row_is_not_worked_with():
    found = search(intercept=-1.5)
    assert found.find_shortest(np.array([1.0, 0.0]), {}, {"refusal": 40.0}, describe_value) is None


@given(days=st.integers(0, 900), debt=st.floats(0, 3), intercept=st.floats(-4, 0))
def test_the_application_is_accepted_from_that_month_on_and_refused_before(days, debt, intercept):
    record = {"refusal": float(days), "debt": debt}
    found = search(intercept=intercept)

    def refused(months):
        later = {**record, "refusal": days + round(months * 365.25 / 12)}
        row = model_ready(PLAN, {name: np.array([later[name]]) for name in PLAN.raw_numbers()})
        return bool(found._scorer.score(row).refused[0])

    if not refused(0):
        return
    waiting = find(found, record)
    outcomes = [refused(months) for months in range(LONGEST_WAIT + 1)]
    if waiting is None:
        assert outcomes[-1]
    else:
        assert outcomes == [True] * waiting.months + [False] * (LONGEST_WAIT + 1 - waiting.months)
