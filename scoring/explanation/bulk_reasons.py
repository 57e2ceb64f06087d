"""Finds the reasons of many refused clients at once; each reason is a position in one short list of reasons.

A term of a scorecard is one column with few values. All reasons that a term can give are therefore written once, when
the model is loaded. For each client, only additions, comparisons and lookups remain.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scoring.explanation.heaviest import HeaviestConcepts
from scoring.explanation.reasons import LEAST, MOST, NOTHING, Reason, Typical, count_missing_less, find_reason
from scoring.model.calibration import Floats
from scoring.model.plan import BinnedColumn, GroupedColumn, Plan
from scoring.model.schema import Text
from scoring.readable.terms import Term, recover_value
from scoring.readable.wording import Describe

NO_REASON = -1
_BLOCK = 8192  # rows that are worked on together, so that they stay in the processor's cache
_MOST_VALUES = 255  # of a column
_FEW = 20  # values of a column that are compared one by one

Places = NDArray[np.int32]


class KnownReason(NamedTuple):
    """A reason that several clients can have.

    Attributes
    ----------
    code : name of the term, as ``Reason.name``.
    text : a sentence about the person; the term's label where sentences depend on the client's own numbers.
    """

    code: str
    text: Text


class BulkReasons(ABC):
    """Finds the reasons of many clients.

    Attributes
    ----------
    known : all reasons that can be found.
    """

    known: Sequence[KnownReason]

    def find(self, rows: Floats) -> Places:
        """Find at most four reasons of each client, the heaviest first.

        Parameters
        ----------
        rows : model-ready, of refused clients, shape (n, features).

        Returns
        -------
        Shape (n, 4): places in ``known``, -1 where there is no further reason.
        """
        found = np.full((len(rows), MOST), NO_REASON, dtype=np.int32)
        for start in range(0, len(rows), _BLOCK):
            self._find(rows[start : start + _BLOCK], found[start : start + _BLOCK])
        return found

    @abstractmethod
    def _find(self, rows: Floats, found: Places) -> None:
        """Write the reasons of some clients into ``found``."""


class LabelledReasons(BulkReasons):
    """The heaviest concepts, each with the label of its heaviest term, for models whose terms have many values.

    Parameters
    ----------
    excess : returns each term's contribution compared with the typical client, shape (n, terms), in log-odds.
    """

    def __init__(self, terms: Sequence[Term], excess: Callable[[Floats], Floats]) -> None:
        self.known = [KnownReason(term.name, term.label) for term in terms]
        self._excess, self._heaviest = excess, HeaviestConcepts(terms)

    def _find(self, rows: Floats, found: Places) -> None:
        found[:] = self._heaviest.rank(self._excess(rows))


class TabulatedReasons(BulkReasons):
    """The reasons that ``Explainer.explain`` gives where only the model-ready row is known, with their sentences.

    Parameters
    ----------
    tables : one for each term that may be a reason.
    find_one : finds the reasons of one row, shape (features,), with a value that is not in the tables.
    """

    def __init__(self, tables: "Sequence[ReasonTable]", find_one: Callable[[Floats], Sequence[Reason]]) -> None:
        self.tables, self._find_one = tables, find_one
        self.known = [KnownReason(one.name, one.text) for table in tables for one in table.reasons if one]
        # Concepts of equal weight are in reverse alphabetical order of their names, as in ``find_reasons``.
        concepts = sorted({table.term.concept for table in tables}, reverse=True)
        self._concept_of = [concepts.index(table.term.concept) for table in tables]
        self._count = len(concepts)
        # One value for each entry of all tables, table after table, and a last one that stands for no reason.
        reasons = [reason for table in tables for reason in table.reasons]
        self._begins = np.cumsum([0, *(len(table.reasons) for table in tables)]).tolist()
        is_missing = [reason is not None and reason.direction == "missing" for reason in reasons]
        halves = np.array([*(count_missing_less(1.0, missing) for missing in is_missing), 1.0])
        given = np.array([reason is not None for reason in reasons] + [False])
        self._places = np.where(given, np.cumsum(given) - 1, NO_REASON).astype(np.int32)
        excess = np.concatenate([*(table.excess for table in tables), [0.0]])
        self._keys = np.where(given, excess * halves, -np.inf)

    def _find(self, rows: Floats, found: Places) -> None:
        n = len(rows)
        totals, best = np.zeros((self._count, n)), np.full((self._count, n), -np.inf)
        entries = np.full((self._count, n), self._begins[-1])
        others = np.zeros(n, dtype=bool)
        for table, begin, concept in zip(self.tables, self._begins, self._concept_of, strict=False):
            values = rows[:, table.column]
            entry = _find_entries(table.values, values)
            others |= table.values.take(entry) != values
            totals[concept] += table.excess.take(entry)
            key = self._keys[begin : begin + len(table.values)].take(entry)
            better = key > best[concept]
            np.copyto(best[concept], key, where=better)
            np.copyto(entries[concept], entry + begin, where=better)
        _take_heaviest(totals, best, self._places.take(entries), found)
        for i in np.flatnonzero(others).tolist():
            found[i] = NO_REASON
            named = [self._place(reason) for reason in self._find_one(rows[i])]
            found[i, : len(named)] = named

    def _place(self, reason: Reason) -> int:
        """Find the place of a reason; if no table has its text, the place of another reason of the same term."""
        known = KnownReason(reason.name, reason.text)
        if known in self.known:
            return self.known.index(known)
        return [one.code for one in self.known].index(reason.name)


class ReasonTable(NamedTuple):
    """All values of one term.

    Attributes
    ----------
    column : place of the term's column in the model-ready row.
    values : of the column, ascending, shape (m,).
    excess : the value's contribution compared with the typical client, in log-odds, shape (m,).
    reasons : the reason that each value gives; None for a value that must not be a reason.
    """

    term: Term
    column: int
    values: Floats
    excess: Floats
    reasons: Sequence[Reason | None]


def _find_entries(table: Floats, values: Floats) -> NDArray[np.intp]:
    """Find for each value the last entry of an ascending table that is at most this value; 0 if there is none."""
    if len(table) > _FEW:
        return np.maximum(np.searchsorted(table, values, side="right") - 1, 0)
    entries = np.zeros(len(values), dtype=np.uint8)
    for entry in table[1:].tolist():  # a comparison with each is several times as fast as a search
        entries += values >= entry
    return entries.astype(np.intp)


def _take_heaviest(totals: Floats, keys: Floats, places: Places, found: Places) -> None:
    """Write the places of the heaviest reasons into ``found``; the other arrays have shape (concepts, n)."""
    keys[totals < NOTHING] = -np.inf
    keys[keys < np.maximum(LEAST * keys.max(axis=0), NOTHING)] = -np.inf
    everyone = np.arange(totals.shape[1])
    for rank in range(min(MOST, len(totals))):
        first = keys.argmax(axis=0)
        found[:, rank] = np.where(keys[first, everyone] > -np.inf, places[first, everyone], NO_REASON)
        keys[first, everyone] = -np.inf


def tabulate_reasons(
    plan: Plan,
    terms: Sequence[Term],
    typical: Typical,
    excess: Callable[[Floats], Floats],
    describe: Describe,
    find_one: Callable[[Floats], Sequence[Reason]],
) -> TabulatedReasons | None:
    """List all reasons of a model; None if a term has several columns, or a column whose values cannot be listed.

    Parameters
    ----------
    excess : as in ``LabelledReasons``; the excess of a term depends on this term alone.
    find_one : as in ``TabulatedReasons``.
    """
    columns = [_values_of(plan, term) for term in terms]
    lists = [values for values in columns if values is not None]
    if len(lists) != len(terms) or not lists or max(map(len, lists)) > _MOST_VALUES:
        return None
    rows = np.tile(typical.row, (max(map(len, lists)), 1))
    for term, values in zip(terms, lists, strict=True):
        rows[: len(values), term.columns[0]] = values
    found = excess(rows)
    return TabulatedReasons(
        [
            _make_table(plan, term, values, found[: len(values), i], typical, describe)
            for i, (term, values) in enumerate(zip(terms, lists, strict=True))
            if not term.never_a_reason
        ],
        find_one,
    )


def _values_of(plan: Plan, term: Term) -> Floats | None:
    columns = [plan.columns[place] for place in term.columns]
    if len(columns) != 1 or columns[0].source != term.name:
        return None
    only = columns[0]
    if isinstance(only, BinnedColumn):
        return np.unique([*only.values, only.missing])
    if isinstance(only, GroupedColumn):
        return np.unique([*only.values.values(), only.missing, only.unseen])
    return None


def _make_table(
    plan: Plan, term: Term, values: Floats, excess: Floats, typical: Typical, describe: Describe
) -> ReasonTable:
    (column,) = term.columns
    reasons = []
    for value, more in zip(values.tolist(), excess.tolist(), strict=True):
        row = typical.row.tolist()
        row[column] = value
        own = {term.name: recover_value(plan, term, row)}
        reasons.append(find_reason([(more, term)], own, typical, lambda _: True, describe, ()))
    return ReasonTable(term, column, values, excess, reasons)
