"""Finds, as numbers only, what speaks most against a client: fast enough to do it for every recorded decision."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scoring.explanation.reasons import LEAST, MOST, NOTHING, is_heavy
from scoring.model.calibration import Floats
from scoring.readable.terms import Term


class Weight(NamedTuple):
    """What one concept adds to a client's log-odds.

    Attributes
    ----------
    concept, term : names of the concept, and of the term that contributes most to it.
    contribution : of the whole concept, log-odds, compared with the typical client.
    """

    concept: str
    term: str
    contribution: float


class HeaviestConcepts:
    """Finds the heaviest concepts of many clients at once.

    Parameters
    ----------
    terms : all terms of the model.
    """

    def __init__(self, terms: Sequence[Term]) -> None:
        self._allowed = [i for i, term in enumerate(terms) if not term.never_a_reason]
        self._names = [terms[i].name for i in self._allowed]
        self._concepts = list(dict.fromkeys(terms[i].concept for i in self._allowed))
        place = {concept: k for k, concept in enumerate(self._concepts)}
        self._concept_of = np.array([place[terms[i].concept] for i in self._allowed], dtype=np.intp)
        self._sums = np.zeros((len(self._allowed), len(self._concepts)))
        self._sums[np.arange(len(self._allowed)), self._concept_of] = 1.0

    def find(self, excess: Floats) -> list[tuple[Weight, ...]]:
        """Find at most four concepts of each client, the heaviest first.

        Parameters
        ----------
        excess : shape (n, terms), each contribution minus that of the typical client, in log-odds.

        >>> from scoring.model.schema import Text
        >>> terms = [Term(name, Text(en=name, fr=name), None, name[0], (i,), frozenset()) for i, name in
        ...          enumerate(["a1", "a2", "b1"])]
        >>> HeaviestConcepts(terms).find(np.array([[0.25, 0.5, -1.0]]))
        [(Weight(concept='a', term='a2', contribution=0.75),)]
        """
        allowed = excess[:, self._allowed]
        return [self._rank(own, total) for own, total in zip(allowed, (allowed @ self._sums).tolist(), strict=True)]

    def rank(self, excess: Floats) -> NDArray[np.intp]:
        """Find, for many clients, the heaviest term of each concept that ``find`` returns.

        Returns
        -------
        Shape (n, 4): places among all terms; -1 where there is no further concept.
        """
        allowed = excess[:, self._allowed]
        totals = allowed @ self._sums
        everyone = np.arange(len(excess))
        found = np.full((len(excess), MOST), -1, dtype=np.intp)
        least = np.maximum(LEAST * totals.max(axis=1, initial=-np.inf), NOTHING)
        for place in range(min(MOST, len(self._concepts))):
            heaviest = totals.argmax(axis=1)
            inside = np.where(self._concept_of == heaviest[:, None], allowed, -np.inf)
            term = np.array(self._allowed)[inside.argmax(axis=1)]
            found[:, place] = np.where(totals[everyone, heaviest] >= least, term, -1)
            totals[everyone, heaviest] = -np.inf
        return found

    def _rank(self, excess: Floats, totals: list[float]) -> tuple[Weight, ...]:
        order = sorted(range(len(totals)), key=totals.__getitem__, reverse=True)[:MOST]
        heavy = [k for k in order if is_heavy(totals[k], totals[order[0]])]
        return tuple(
            Weight(
                self._concepts[k],
                self._names[int(np.argmax(np.where(self._concept_of == k, excess, -np.inf)))],
                totals[k],
            )
            for k in heavy
        )
