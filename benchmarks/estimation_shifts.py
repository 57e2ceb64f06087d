"""Named changes of who applies: each gives every client a weight, and leaves the risk of each client as it is."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from scoring.model.calibration import Floats, log_odds
from scoring.model.manifest import Manifest
from scoring.monitoring.estimation.scored_clients import ScoredClients

Shift = Callable[["ScoredClients", Manifest], Floats]  # log weights of clients, shape (n,)


def _age(clients: ScoredClients, _manifest: Manifest) -> Floats:
    years = -clients.fields["DAYS_BIRTH"] / 365.25
    return np.where(years < 30, 1.4, np.where(years > 50, -1.0, 0.0))


def _contract(clients: ScoredClients, _manifest: Manifest) -> Floats:
    return np.where(clients.fields["NAME_CONTRACT_TYPE"] == "Revolving loans", 1.8, 0.0)


def _income(clients: ScoredClients, _manifest: Manifest) -> Floats:
    income = np.log(clients.fields["AMT_INCOME_TOTAL"])
    return 1.0 * (income - income.mean()) / income.std()


def _threshold(clients: ScoredClients, manifest: Manifest) -> Floats:
    distance = log_odds(clients.probability) - log_odds(np.array([manifest.threshold.value]))[0]
    return -(distance**2) / (2 * 0.7**2)


def _riskier(clients: ScoredClients, _manifest: Manifest) -> Floats:
    odds = log_odds(clients.probability)
    return 0.6 * (odds - odds.mean()) / odds.std()


def _accepted_elsewhere(clients: ScoredClients, manifest: Manifest) -> Floats:
    return np.where(log_odds(clients.probability) > log_odds(np.array([manifest.threshold.value]))[0], -1.5, 0.0)


def _combined(clients: ScoredClients, manifest: Manifest) -> Floats:
    unskilled = clients.fields["NAME_EDUCATION_TYPE"] == "Secondary / secondary special"
    return 0.7 * _age(clients, manifest) + 0.7 * unskilled - 0.5 * _income(clients, manifest)


SHIFTS: Mapping[str, Shift] = {
    "younger clients": _age,
    "more revolving loans": _contract,
    "higher incomes": _income,
    "more clients near the threshold": _threshold,
    "riskier scores": _riskier,
    "fewer clients whom the model refuses": _accepted_elsewhere,
    "younger, less educated and poorer clients": _combined,
}


def pick(logs: Floats, number: int, chance: np.random.Generator) -> NDArray[np.intp]:
    """Draw clients without replacement, in proportion to ``exp(logs)``; positions, shape (number,).

    Source: Efraimidis and Spirakis (2006), Weighted Random Sampling with a Reservoir, as Gumbel noise.
    """
    return np.argpartition(-(logs + chance.gumbel(size=len(logs))), number)[:number]
