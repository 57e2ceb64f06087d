"""Search for the smallest accepted change of a credit by trying every contract of a fine grid, one action at a time.

Contracts are computed here from their definitions, without the service's own functions.
"""

import math
from typing import NamedTuple

import numpy as np

from scoring.model.compile import raw_sources
from scoring.model.plan import Plan, model_ready


class Found(NamedTuple):
    """Smallest size of an action, and the size one step of the lender's amounts before it."""

    size: float
    before: float


class BruteForce:
    """Tries every contract on one model.

    Parameters
    ----------
    parts : how many steps of the grid make one step of the lender's amounts (the third digit).
    most_instalment : share of the income.
    """

    def __init__(self, scorer, manifest, parts=1, most_instalment=0.35):
        self.scorer, self.manifest, self.parts, self.most_instalment = scorer, manifest, parts, most_instalment
        schema = manifest.input_schema
        self.names = {role: schema.find_by_role(role).name for role in ("credit", "instalment", "price")}
        self.tariffs = schema.tariffs
        self.months = sorted({tariff.months for tariff in schema.tariffs})
        columns = manifest.plan.columns
        given = set(self.names.values())
        self.places = [i for i, one in enumerate(columns) if raw_sources(manifest.plan, one.source) & given]
        own = tuple(columns[i] for i in self.places)
        self.plan = Plan(
            missing_values=manifest.plan.missing_values, derived=manifest.plan.derived, columns=own
        ).pruned()

    def find(self, row, record, contract):
        """Return, by outcome and action, the smallest size from which every larger size reaches the outcome."""
        grids = dict(self._list_grids(contract))
        smallest = {"accepted": {}, "review": {}}
        for action, (sizes, contracts, limit) in grids.items():
            own, lower, higher = (self._decide(row, record, contracts, share) for share in (1, 0.999, 1.001))
            refits = self.manifest.refits
            stable = np.ones(len(sizes), dtype=bool)
            if refits is not None:
                accepted = True
                for share in (1, 0.999, 1.001):
                    near = self._rows(row, record, {**contracts, "instalment": contracts["instalment"] * share})
                    odds = near @ np.array(refits.weights).T + np.array(refits.intercepts)
                    accepted &= 1 / (1 + np.exp(-odds)) < self.scorer.policy.threshold
                stable = accepted.mean(axis=1) >= 0.95
            payable = contracts["instalment"] <= self.most_instalment * record["AMT_INCOME_TOTAL"]
            for outcome, reached in own.items():
                kept = (
                    np.logical_and.accumulate(reached[::-1])[::-1] & lower[outcome] & higher[outcome] & payable & stable
                )
                within = (sizes <= limit * (1 + 1e-9)) & (np.arange(len(sizes)) < len(sizes) - 1)
                first = next(iter(np.flatnonzero(kept & within)), None)
                if first is not None:
                    smallest[outcome][action] = Found(
                        sizes[first], sizes[first - self.parts] if first >= self.parts else 0.0
                    )
        return smallest

    def _decide(self, row, record, contracts, share):
        instalment = contracts["instalment"] * share
        scores = self.scorer.score(self._rows(row, record, {**contracts, "instalment": instalment}))
        return {"accepted": ~scores.refused & ~scores.review, "review": ~scores.refused}

    def list_last(self, contract):
        """Return the largest size of each action within the limits."""
        grids = dict(self._list_grids(contract))
        return {action: max(sizes[sizes <= limit * (1 + 1e-9)]) for action, (sizes, _, limit) in grids.items()}

    def _list_grids(self, contract):
        financed = contract.credit - (contract.fees or 0.0)
        unit = 10.0 ** (math.floor(math.log10(financed)) - 2)
        grid = unit / self.parts
        for action, limit in (("smaller amount", 0.5), ("deposit", 0.3)):
            if action == "deposit" and contract.price is None:
                continue
            last = math.ceil((1 - limit) * financed / unit) - 1  # the first multiple beyond the limit
            steps = np.arange(math.ceil(financed / grid - 1e-9) - 1, last * self.parts - 1, -1)
            amounts = steps * grid
            contracts = self._contracts(contract, amounts, np.full(len(amounts), contract.months or 0), action)
            yield action, (1 - amounts / financed, contracts, limit)
        if contract.months:
            least, most = round(0.67 * contract.months), min(round(1.5 * contract.months), 120)
            longer = [m for m in self.months if m > contract.months]
            shorter = [m for m in self.months[::-1] if m < contract.months]
            for action, months, within in (
                ("longer term", longer, [m for m in longer if m <= most]),
                ("shorter term", shorter, [m for m in shorter if m >= least]),
            ):
                if within:
                    tried = np.array(months[: len(within) + 1], dtype=float)
                    contracts = self._contracts(contract, np.full(len(tried), financed), tried, action)
                    yield (
                        action,
                        (np.abs(tried / contract.months - 1), contracts, abs(within[-1] / contract.months - 1)),
                    )

    def _contracts(self, contract, financed, months, action):
        share = (contract.fees or 0.0) / (contract.credit - (contract.fees or 0.0))
        fees = np.round(financed * share * (months / contract.months if contract.months else 1.0), 2)
        credit = np.round(financed + fees, 2)
        if contract.months:
            rates = np.array([self._find_rate(contract, month) for month in months]) / 12
            per_unit = [r / (1 - (1 + r) ** -m) if r > 0 else 1 / m for r, m in zip(rates, months, strict=True)]
            instalment = np.round(credit * per_unit, 2)
        elif contract.instalment is not None:
            instalment = np.round(credit / contract.credit * contract.instalment, 2)
        else:
            instalment = None
        price = contract.price
        if price is not None and action == "smaller amount":
            price = np.round(financed + contract.deposit, 2)
        return {"credit": credit, "instalment": instalment, "price": price}

    def _find_rate(self, contract, months):
        if months == contract.months:
            return contract.yearly_rate
        sold = [tariff.yearly_rate for tariff in self.tariffs if tariff.months == months]
        return min(sold, key=lambda rate: abs(rate - contract.yearly_rate))

    def _rows(self, row, record, contracts):
        n = len(contracts["credit"])
        raw = {name: np.full(n, record.get(name), dtype=np.float64) for name in self.plan.raw_numbers()}
        for role, amounts in contracts.items():
            if amounts is not None and self.names[role] in raw:
                raw[self.names[role]][:] = amounts
        rows = np.tile(row, (n, 1))
        rows[:, self.places] = model_ready(self.plan, raw)
        return rows


def check(brute, finer, row, record, one):
    """Assert that a refused client's explanation offers the smallest action, or none where there is none."""
    offer = one["counterfactual"]
    exact, fine = (grid.find(row, record, one["contract"]) for grid in (brute, finer))
    if offer is None:
        assert exact == {"accepted": {}, "review": {}}
        last = brute.list_last(one["contract"])
        assert all(found.size > last[action] for action, found in fine["review"].items())
        return
    if offer.outcome == "review":
        assert exact["accepted"] == {}
    assert abs(min(exact[offer.outcome].values()).size - offer.size) < 1e-9
    for action, found in fine[offer.outcome].items():
        # Between two amounts that a lender would write, the outcome may change.
        before = exact[offer.outcome].get(action)
        assert found.size > (before.before if before else brute.list_last(one["contract"])[action])
