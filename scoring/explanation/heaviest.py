"""Finds, as numbers only, what speaks most against a client: fast enough to do it for every recorded decision."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scoring.explanation.reasons import LEAST, MOST, NOTHING
from scoring.model.calibration import Floats
from scoring.readable.terms import Term


class Weight(NamedTuple):
    """The term that speaks most against a client in one concept.

    Attributes
    ----------
    concept, term : names of the concept, and of the term that contributes most to it.
    contribution : of this term, log-odds, compared with the typical client.
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
        self._names = [term.name for term in terms]
        self._concept_names = [term.concept for term in terms]
        self._concepts = list(dict.fromkeys(terms[i].concept for i in self._allowed))
        place = {concept: k for k, concept in enumerate(self._concepts)}
        self._concept_of = np.array([place[terms[i].concept] for i in self._allowed], dtype=np.intp)

    def find(self, excess: Floats) -> list[tuple[Weight, ...]]:
        """Find at most four concepts of each client, the one with the heaviest term first.

        A concept whose terms lower the risk together is left out.

        Parameters
        ----------
        excess : shape (n, terms), each contribution compared with the typical client, in log-odds.

        >>> from scoring.model.schema import Text
        >>> terms = [Term(name, Text(en=name, fr=name), None, name[0], (i,), frozenset()) for i, name in
        ...          enumerate(["a1", "a2", "b1"])]
        >>> HeaviestConcepts(terms).find(np.array([[0.25, 0.5, -1.0]]))
        [(Weight(concept='a', term='a2', contribution=0.5),)]
        """
        ranked, weights = self._rank(excess)
        return [
            tuple(
                Weight(self._concept_names[place], self._names[place], weight)
                for place, weight in zip(own, heavy, strict=True)
                if place >= 0
            )
            for own, heavy in zip(ranked.tolist(), weights.tolist(), strict=True)
        ]

    def rank(self, excess: Floats) -> NDArray[np.intp]:
        """Find, for many clients, the heaviest term of each concept that ``find`` returns.

        Returns
        -------
        Shape (n, 4): places among all terms; -1 where there is no further concept.
        """
        return self._rank(excess)[0]

    def _rank(self, excess: Floats) -> tuple[NDArray[np.intp], Floats]:
        """Return places among all terms, as ``rank``, with the weight of each term."""
        allowed, everyone = excess[:, self._allowed], np.arange(len(excess))
        shape = len(excess), len(self._concepts)
        best, terms = np.full(shape, -np.inf), np.full(shape, -1, dtype=np.intp)
        for place in range(len(self._concepts)):
            members = np.flatnonzero(self._concept_of == place)
            own = allowed[:, members]
            first = own.argmax(axis=1)
            rises = own.sum(axis=1) >= NOTHING
            best[rises, place], terms[:, place] = own.max(axis=1)[rises], np.array(self._allowed)[members[first]]
        found = np.full((len(excess), MOST), -1, dtype=np.intp)
        weights = np.zeros(found.shape)
        least = np.maximum(LEAST * best.max(axis=1, initial=-np.inf), NOTHING)
        for rank in range(min(MOST, len(self._concepts))):
            heaviest = best.argmax(axis=1)
            weight = best[everyone, heaviest]
            heavy = weight >= least
            found[:, rank] = np.where(heavy, terms[everyone, heaviest], -1)
            weights[:, rank] = np.where(heavy, weight, 0.0)
            best[everyone, heaviest] = -np.inf
        return found, weights
