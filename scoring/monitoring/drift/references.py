"""What clients are compared with: a model's training clients, as its manifest counts them, or those of a table."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.errors import DataError
from scoring.model.calibration import Floats
from scoring.model.population.client_counts import Counts, NumberCounts, TextCounts, count_columns, count_numbers
from scoring.monitoring.drift.samples import Sample
from scoring.validation.figures import Model


@dataclass(frozen=True)
class Reference:
    """Clients counted by value.

    Attributes
    ----------
    source : in words.
    clients, refused : how many, and how many of them would be refused.
    fields, columns : counts by raw field and by model-ready column.
    score : counts of the calibrated probabilities; ``calibrated`` is their mean.
    sample : the clients themselves; None where only the counts are known.
    """

    source: str
    clients: int
    refused: int
    fields: Mapping[str, Counts]
    columns: Mapping[str, NumberCounts]
    score: NumberCounts
    calibrated: float
    sample: Sample | None = None


def count_sample(model: Model, sample: Sample) -> Reference:
    """Count the clients of a table."""
    columns = {name: sample.rows[:, place] for place, name in enumerate(model.manifest.features)}
    return Reference(
        source=sample.source,
        clients=len(sample.rows),
        refused=int(sample.refused.sum()),
        fields=count_columns(sample.fields),
        columns={name: count_numbers(values) for name, values in columns.items()},
        score=count_numbers(sample.calibrated),
        calibrated=float(sample.calibrated.mean()),
        sample=sample,
    )


def take_population(model: Model, source: str) -> Reference:
    """Take the training clients as the manifest counts them.

    Raises
    ------
    DataError
        If the manifest has no counts: it is older, or its clients had weights.
    """
    population = model.manifest.population
    if population is None:
        raise DataError(
            f"{source}: its manifest does not count the training clients (key population): it is of an older release, "
            "or its clients had weights\nGive a table of clients as the reference (--reference TABLE --model "
            f"{source}), or train again."
        )
    return Reference(
        source=source,
        clients=population.clients,
        refused=population.refused,
        fields=population.fields,
        columns=population.columns,
        score=population.score,
        calibrated=population.calibrated_probability,
    )


@dataclass(frozen=True)
class Marginal:
    """How one feature is distributed in the reference.

    Attributes
    ----------
    missing : share of clients without a known value.
    values : known numbers in ascending order, or points between which they are thought to be spread evenly; empty for a
        text.
    places : shape of ``values``, the share of known values below each; None where ``values`` are the clients' own.
    shares : of the known texts; empty for a number.
    """

    missing: float
    values: Floats
    places: Floats | None
    shares: Mapping[str, float]

    def quantiles(self, shares: Floats) -> Floats:
        """Return the values below which these shares (0-1) of the known ones lie.

        >>> Marginal(0.0, np.array([1.0, 2.0, 3.0, 4.0]), None, {}).quantiles(np.array([0.1, 0.6]))
        array([1., 3.])
        """
        if self.places is not None:
            return np.interp(shares, self.places, self.values)
        place = np.minimum((shares * len(self.values)).astype(np.intp), len(self.values) - 1)
        return self.values[place]


def take_marginal(counts: NumberCounts | TextCounts, values: NDArray[Any] | None) -> Marginal:
    """Describe a feature of the reference from the clients' values, shape (m,), or without them from the counts."""
    known = counts.known()
    if isinstance(counts, TextCounts):
        shares = {name: count / known for name, count in counts.counts.items()} if known else {}
        if counts.others:
            shares[OTHERS] = counts.others / known
        return Marginal(_share(counts.missing, known), np.array([]), None, shares)
    missing = _share(counts.missing, known)
    if values is not None:
        return Marginal(missing, np.sort(values[~np.isnan(values)]), None, {})
    if not known or counts.usual is None:
        return Marginal(missing, np.array([]), None, {})
    low, high = counts.usual
    first, last = (counts.edges[0], counts.edges[-1]) if counts.edges else (low, high)
    points = np.array([min(low, first), *counts.edges, max(high, last)])
    return Marginal(missing, points, np.concatenate([[0.0], np.cumsum(counts.counts) / known]), {})


OTHERS = "\0others"  # stands for a category that the reference does not name


def _share(part: int, rest: int) -> float:
    return part / (part + rest) if part + rest else 0.0
