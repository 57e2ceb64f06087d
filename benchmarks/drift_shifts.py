"""The ten named shifts of a population, planted into applications: for the tests of drift and its drill."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.model.plan import model_ready
from scoring.monitoring.drift.samples import Sample, make_sample
from scoring.validation.figures import Model

Fields = dict[str, NDArray[Any]]
_YEAR = 365.25
_CREDIT = ("AMT_CREDIT", "AMT_ANNUITY", "AMT_GOODS_PRICE", "NAME_CONTRACT_TYPE")
RENAMED = "Secondary / secondary special"


def _income(fields: Fields, _: np.random.Generator) -> Fields:
    return {"AMT_INCOME_TOTAL": fields["AMT_INCOME_TOTAL"] * 1.2}


def _renamed(fields: Fields, _: np.random.Generator) -> Fields:
    texts = fields["NAME_EDUCATION_TYPE"]
    return {"NAME_EDUCATION_TYPE": np.where(texts == RENAMED, "Secondary school", texts)}


def _lost(fields: Fields, _: np.random.Generator) -> Fields:
    return {"EXT_SOURCE_3": np.full(len(fields["EXT_SOURCE_3"]), np.nan)}


def _younger(fields: Fields, _: np.random.Generator) -> Fields:
    return {"DAYS_BIRTH": np.round(np.minimum(fields["DAYS_BIRTH"] + 5 * _YEAR, -18 * _YEAR))}


def _unit(fields: Fields, _: np.random.Generator) -> Fields:
    return {"AMT_ANNUITY": fields["AMT_ANNUITY"] / 12}


def _products(fields: Fields, draws: np.random.Generator) -> Fields:
    revolving = fields["NAME_CONTRACT_TYPE"] == "Revolving loans"
    weights = np.where(revolving, 3.0, 1.0)
    chosen = draws.choice(len(weights), len(weights), p=weights / weights.sum())
    return {name: values[chosen] for name, values in fields.items()}


def _tail(fields: Fields, draws: np.random.Generator) -> Fields:
    """Move as many clients beyond the usual range as are there already, of each amount."""
    moved = {}
    for name in ("AMT_INCOME_TOTAL", "AMT_CREDIT", "AMT_ANNUITY", "AMT_GOODS_PRICE"):
        chosen = draws.random(len(fields[name])) < 0.002
        moved[name] = np.where(chosen, fields[name] * 50, fields[name])
    return moved


def _missing(fields: Fields, draws: np.random.Generator) -> Fields:
    texts = fields["OCCUPATION_TYPE"]
    return {"OCCUPATION_TYPE": np.where(draws.random(len(texts)) < 0.1, None, texts)}


def _joint(fields: Fields, draws: np.random.Generator) -> Fields:
    order = draws.permutation(len(fields["AMT_CREDIT"]))
    return {name: fields[name][order] for name in _CREDIT}


SHIFTS: Mapping[str, Callable[[Fields, np.random.Generator], Fields]] = {
    "income +20 %": _income,
    "a category renamed": _renamed,
    "a column lost": _lost,
    "younger clients": _younger,
    "unit error": _unit,
    "another mix of products": _products,
    "a doubled outlier tail": _tail,
    "a missing rate": _missing,
    "a joint shift with equal marginals": _joint,
}
SCORE_ALONE = "the score alone"
NAMES = (*SHIFTS, SCORE_ALONE)


def shift(model: Model, sample: Sample, name: str, seed: int = 0) -> Sample:
    """Return the clients of a sample, after one of the ten shifts, scored again."""
    if name == SCORE_ALONE:  # such as another version of the model: the log-odds are higher by 0.3
        odds = np.log(sample.calibrated / (1 - sample.calibrated)) + 0.3
        calibrated = 1 / (1 + np.exp(-odds))
        return replace(sample, calibrated=calibrated, refused=calibrated >= model.manifest.threshold.calibrated)
    fields = {**sample.fields, **SHIFTS[name]({**sample.fields}, np.random.default_rng(seed))}
    return make_sample(model, sample.source, fields, model_ready(model.manifest.plan, fields))
