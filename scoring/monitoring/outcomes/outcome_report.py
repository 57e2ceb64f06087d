"""The report on outcomes."""

from collections import Counter
from datetime import date

import numpy as np

from scoring.monitoring.outcomes.followed import Followed, follow
from scoring.monitoring.outcomes.outcome_figures import OutcomeReport
from scoring.monitoring.outcomes.random_acceptance import estimate_population
from scoring.monitoring.outcomes.reviewed import measure_reviews
from scoring.monitoring.outcomes.vintages import By, measure_total, measure_vintages, name_vintages
from scoring.monitoring.small_groups import choose_shown
from scoring.record.review_steps import Period
from scoring.record.stores.session import Session
from scoring.training.evaluation.decision_tables import bin_reliability

_BINS, _FEWEST = 10, 50  # bins of the calibration, and clients in one


def report_outcomes(
    session: Session,
    since: str | None,
    until: str | None,
    as_of: date,
    window: int | None = None,
    by: By = "month",
) -> OutcomeReport:
    """Report on the decisions of a period, and on what became of them.

    Parameters
    ----------
    since, until : times as entries have them; ``until`` is not included.
    as_of : the day to which an outcome is due, usually today (UTC).
    window : months within which a default counts; None where each outcome that is known is final.
    """
    period = Period.between(since, until)
    return make_report(follow(session, period, as_of, window), since, until, as_of, window, by)


def make_report(
    followed: Followed, since: str | None, until: str | None, as_of: date, window: int | None, by: By
) -> OutcomeReport:
    """Report on decisions that were read; parameters as of ``report_outcomes``."""
    seen = followed.pick(followed.known & ~np.isnan(followed.risk))
    names = name_vintages(followed, by)
    sizes = Counter(names)
    shown = choose_shown(sizes)
    bins = min(_BINS, max(1, len(seen) // _FEWEST))
    return OutcomeReport(
        since=since,
        until=until,
        as_of=as_of.isoformat(),
        window_months=window,
        vintages=measure_vintages(followed.pick(np.isin(names, shown)), by),
        hidden_vintages=len(sizes) - len(shown),
        hidden_decisions=len(names) - sum(sizes[name] for name in shown),
        total=measure_total(followed),
        calibration=bin_reliability(seen.outcome, seen.risk, bins) if len(seen) else (),
        population=estimate_population(followed),
        reviews=measure_reviews(followed),
        costs_known=not np.isnan(followed.false_negative).any(),
    )
