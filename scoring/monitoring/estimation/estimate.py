"""What is estimated of the current clients, as typed data."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import Field

from scoring.model.schema import Frozen, Text
from scoring.monitoring.estimation.support import Region
from scoring.monitoring.report.reported import Reported

Answer = Literal["known", "partly", "unknown"]
FigureName = Literal["default_rate", "default_rate_accepted", "default_rate_refused", "cost_per_client", "auc"]
Reason = Literal["some_unseen", "many_unseen", "few_defaults", "not_reweighted"]


class Estimated(Frozen):
    """An estimated figure, with the interval in which the figure measured on the same clients lies in 95 of 100 cases.

    Attributes
    ----------
    value : expected figure of the clients who are like the reference; None if nobody can know it.
    low, high : of all clients. Where some are unlike the reference, the interval includes the worst and the best case
        for them.
    error : standard error of ``value``, without the chance in the clients' own outcomes.
    """

    value: float | None
    low: float | None
    high: float | None
    error: float | None


class WhatIf(Frozen):
    """Expected figures if the odds of default were ``odds_factor`` times as high at the same facts."""

    odds_factor: float
    default_rate: float
    default_rate_accepted: float | None
    cost_per_client: float


class Support(Frozen):
    """How far the reference is like the current clients.

    Attributes
    ----------
    unseen_share : share (0-1) of the current clients with values that (nearly) no reference client has.
    regions : where they are, the largest first.
    effective_clients : so many clients of an unweighted reference would tell as much as the weighted one.
    effective_defaults : the same of those who defaulted.
    largest_weight : of one reference client; 1 is the mean.
    balanced : columns whose difference the weights remove.
    """

    unseen_share: float = Field(ge=0, le=1)
    regions: tuple[Region, ...]
    effective_clients: float
    effective_defaults: float
    largest_weight: float
    balanced: tuple[str, ...]


class Side(Frozen):
    """Where clients come from, and how many there are; the default rate is None without outcomes."""

    name: str
    clients: int
    refused: int
    defaults: int | None = None


class Estimate(Reported):
    """Performance of a model on current clients, estimated before their outcomes are known.

    Attributes
    ----------
    method : ``reweighted`` by a labelled reference, or from the calibration in the manifest alone.
    answer : ``partly`` if some clients are unlike the reference, ``unknown`` if no figure can be given.
    reasons : why not everything is known.
    figures : by name; shares are 0-1, the cost is in the manifest's unit of costs.
    measured : the same figures, measured on the reference.
    unweighted : estimates that do not take into account how the clients have changed; for comparison.
    what_if : expected figures if the relation between facts and default changed, which nothing here can see.
    warnings : about what was read, in English.
    warning_texts : the same warnings, in the same order, in two languages; estimates of earlier releases have none.
    """

    page_beginning = "<!doctype html>\n<!-- estimate -->"

    model_version: str
    synthetic: bool
    made_at: datetime
    method: Literal["reweighted", "calibration"]
    answer: Answer
    reasons: tuple[Reason, ...]
    reference: Side | None
    current: Side
    figures: Mapping[FigureName, Estimated]
    measured: Mapping[FigureName, float]
    unweighted: Mapping[FigureName, float]
    support: Support | None
    what_if: tuple[WhatIf, ...]
    warnings: tuple[str, ...]
    warning_texts: tuple[Text, ...] = ()
