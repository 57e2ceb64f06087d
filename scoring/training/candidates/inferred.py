"""Rejected applicants among the clients of a fit, with outcomes that are inferred (parcelling).

Source: Siddiqi (2006), Credit Risk Scorecards, chapter 8, "Reject inference": parcelling and fuzzy augmentation.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from scoring.model.calibration import Floats

MOST = 0.99  # no applicant is sure to default


class Parcelled(NamedTuple):
    """Clients and rejected applicants together; each applicant has two rows, the first half as defaults."""

    applications: pd.DataFrame
    target: Any
    weights: Floats


@dataclass(frozen=True)
class Inferred:
    """Rejected applicants who are in every fit.

    Attributes
    ----------
    rejected : raw applications, shape (m, fields).
    chances : for each fold, the probability of default that is assumed for each applicant, shape (m,), 0-1, by a model
        that has not seen the fold: otherwise the applicants would tell the fit about the clients it is measured on.
    chance : the same by a model of all training clients, for the fit to all of them.
    """

    rejected: pd.DataFrame
    chances: tuple[Floats, ...]
    chance: Floats


def parcel(
    known: pd.DataFrame, target: Any, weights: Floats | None, rejected: pd.DataFrame, chance: Floats
) -> Parcelled:
    """Add rejected applicants to clients.

    Parameters
    ----------
    known : raw applications of clients; ``target`` and ``weights``, shape (n,), are theirs; they count once by default.
    rejected : raw applications, shape (m, fields).
    chance : shape (m,), probability of default that is assumed for each, 0-1.
    """
    assumed = np.repeat(np.array([1, 0], dtype=np.int8), len(rejected))
    counted = np.ones(len(known)) if weights is None else weights
    return Parcelled(
        pd.concat([known, rejected, rejected], ignore_index=True),
        np.concatenate([target, assumed]),
        np.concatenate([counted, chance, 1 - chance]),
    )
