"""Why a client was refused, in at most four sentences, each true on its own.

A reason names one value that is riskier than that of the typical accepted client. All terms of one concept make one
reason at most, and none if they lower the risk together. The weight of a reason is the contribution of the term that it
names, compared with the typical client.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Literal

from scoring.explanation.sentences import Direction, write_remedy, write_sentence
from scoring.model.calibration import Floats
from scoring.model.compile import RawValue, compile_plan
from scoring.model.plan import CategoryColumn, GroupedColumn, Plan
from scoring.model.schema import Frozen, InputSchema, Text
from scoring.readable.terms import FOLDED, Range, Term, TermValue, recover_value
from scoring.readable.wording import Describe, describe_value, name_concept

MOST = 4
LEAST = 0.05  # a reason with a smaller share of the heaviest reason's weight is left out
NOTHING = 1e-9  # log-odds
_MISSING = 0.5  # a missing value counts with this share of its weight when terms and reasons are put in order


@dataclass(frozen=True, slots=True)
class Typical:
    """A typical client."""

    row: Floats  # model-ready, shape (features,)
    values: Mapping[str, TermValue]  # of each term, by name; None if the term is missing for most clients
    accepted: bool  # typical of the accepted clients; otherwise of all training clients


class Reason(Frozen):
    """One reason for a refusal.

    Attributes
    ----------
    concept : the subject, in words.
    name : the field, derived number or history feature that the sentence names.
    label : readable name.
    value : the client's value, in the field's own unit; null if it is missing, or if only a range is known.
    unit : of the value.
    shown : the value in words.
    typical : the typical accepted client's value in words.
    direction : how the shown value differs from the typical one; a longer time in a job is ``higher``.
    contribution : of the term that is named, compared with the typical client; in log-odds.
    scale : of the contribution.
    text : a sentence about the person.
    detail : the value compared with the typical one, with the name of what was measured.
    remedy : how a missing value could be supplied; null where the value is known.
    """

    concept: Text
    name: str
    label: Text
    value: float | str | None
    unit: str | None
    shown: Text
    typical: Text
    direction: Direction
    contribution: float
    scale: Literal["log-odds"] = "log-odds"
    text: Text
    detail: Text
    remedy: Text | None


def find_reasons(
    terms: Sequence[Term],
    excess: Sequence[float],
    values: Mapping[str, TermValue],
    typical: Typical,
    is_riskier: Callable[[Term], bool],
    describe: Describe = describe_value,
    *,
    recorded: Collection[str] = (),
) -> tuple[Reason, ...]:
    """Find the reasons, heaviest first; a missing value counts with half its weight.

    Parameters
    ----------
    terms : all terms of the model.
    excess : for each term, the client's contribution compared with the typical client, in log-odds.
    values : the client's value of each term, by name.
    typical : the client to compare with.
    is_riskier : whether the client's value of a term is riskier than the typical client's; called only for terms with
        a positive excess.
    describe : writes a value in words.
    recorded : terms whose values come from the client's stored history; a missing value is then missing in that
        history.
    """
    concepts: dict[str, list[tuple[float, Term]]] = {}
    for term, more in zip(terms, excess, strict=True):
        if not term.never_a_reason:
            concepts.setdefault(term.concept, []).append((more, term))
    found: list[tuple[float, str, Reason]] = []
    for name, group in concepts.items():
        if sum(more for more, _ in group) < NOTHING:
            continue
        if reason := find_reason(group, values, typical, is_riskier, describe, recorded):
            key = count_missing_less(reason.contribution, reason.direction == "missing")
            found.append((key, name, reason))
    found.sort(key=lambda one: one[:2], reverse=True)
    return tuple(reason for key, _, reason in found[:MOST] if is_heavy(key, found[0][0]))


def is_heavy(weight: float, heaviest: float) -> bool:
    """Whether a reason weighs enough next to the heaviest one; both in log-odds."""
    return weight >= max(LEAST * heaviest, NOTHING)


def count_missing_less(weight: float, is_missing: bool) -> float:
    """Weight by which reasons are put in order: half for a missing value, since a known one is a better reason."""
    return weight * _MISSING if is_missing else weight


def find_reason(
    group: Sequence[tuple[float, Term]],
    values: Mapping[str, TermValue],
    typical: Typical,
    is_riskier: Callable[[Term], bool],
    describe: Describe,
    recorded: Collection[str],
) -> Reason | None:
    """Find the reason of one concept; the group has the concept's terms, each with its excess."""
    ordered = sorted(group, key=lambda pair: -count_missing_less(pair[0], values[pair[1].name] is None))
    for more, term in ordered:
        if more < NOTHING:
            continue
        value, usual = values[term.name], typical.values[term.name]
        own, theirs = describe(term, value), describe(term, usual)
        direction = compare(term, value, usual) if own != theirs else None
        if direction is not None and is_riskier(term):
            detail = _compare_in_words(term.label, own, theirs, direction, typical.accepted)
            text = write_sentence(
                term, value, usual, direction, describe, accepted=typical.accepted, recorded=term.name in recorded
            )
            return Reason(
                concept=name_concept(term),
                name=term.name,
                label=term.label,
                value=None if isinstance(value, Range) else value,
                unit=term.unit,
                shown=own,
                typical=theirs,
                direction=direction,
                contribution=more,
                text=text or detail,
                detail=detail,
                remedy=write_remedy(term) if direction == "missing" else None,
            )
    return None


def compare(term: Term, value: TermValue, usual: TermValue) -> Direction | None:
    """Compare a client's value with a typical value that differs; None if the difference must not be a reason.

    >>> score = Term("s", Text(en="Score", fr="Score"), None, "s", (0,), frozenset(), reason_side="lower")
    >>> compare(score, 0.2, 0.5), compare(score, 0.7, 0.5), compare(score, 0.2, None)
    ('lower', None, 'present')
    """
    if value is None:
        return None if term.silent_when_missing else "missing"
    if usual is None:
        return "present"
    if isinstance(value, str) or isinstance(usual, str) or term.unit == "flag":
        return None if str(value) in str(usual).split(", ") else "different"
    if term.coded:
        return "different"
    side = _side(term, value, usual)
    return None if term.reason_side not in {None, side} else side


def _side(term: Term, value: float | Range, usual: float | Range) -> Literal["higher", "lower"] | None:
    """Whether a value is higher or lower than another on the scale on which people see both.

    None if their ranges overlap.
    """
    low, high = _ends(value)
    least, most = _ends(usual)
    below, above = high <= least and low < most, low >= most and high > least
    if not below and not above:
        return None
    return "higher" if above is (term.scale > 0) else "lower"


def _ends(value: float | Range) -> tuple[float, float]:
    if isinstance(value, Range):
        return -inf if value.low is None else value.low, inf if value.high is None else value.high
    return float(value), float(value)


_ENGLISH: Mapping[Direction, str] = {
    "higher": "{label}: {own}, higher than for {who} ({theirs}).",
    "lower": "{label}: {own}, lower than for {who} ({theirs}).",
    "different": "{label}: {own}; for {who}: {theirs}.",
    "missing": "{label}: not known; for {who}: {theirs}.",
    "present": "{label}: {own}; for {who} none is on record.",
}
_FRENCH: Mapping[Direction, str] = {
    "higher": "{label}\u00a0: {own}, plus que chez {who} ({theirs}).",
    "lower": "{label}\u00a0: {own}, moins que chez {who} ({theirs}).",
    "different": "{label}\u00a0: {own}\u202f; chez {who}\u00a0: {theirs}.",
    "missing": "{label}\u00a0: non renseigné\u202f; chez {who}\u00a0: {theirs}.",
    "present": "{label}\u00a0: {own}\u202f; chez {who}, aucune valeur connue.",
}
_TYPICAL_CLIENT = {
    True: ("a typical accepted client", "un client accepté type"),
    False: ("a typical client", "un client type"),
}


def _compare_in_words(label: Text, own: Text, theirs: Text, direction: Direction, accepted: bool) -> Text:
    english, french = _TYPICAL_CLIENT[accepted]
    return Text(
        en=_ENGLISH[direction].format(label=label.en, own=own.en, theirs=theirs.en, who=english),
        fr=_FRENCH[direction].format(label=label.fr, own=own.fr, theirs=theirs.fr, who=french),
    )


def make_typical_client(
    plan: Plan, terms: Sequence[Term], schema: InputSchema, accepted: Mapping[str, RawValue], medians: Floats
) -> Typical:
    """Make the typical client's row.

    Parameters
    ----------
    accepted : typical value of each term among accepted clients, as ``training.describe`` finds them; empty in an
        older manifest.
    medians : shape (features,), of the model-ready columns in training; used for a term without a typical value.
    """
    most_frequent = {field.name: field.categories[0] for field in schema.fields if field.categories}
    # The typical value of a term is known; only its logarithm and its square have to be computed.
    folded = tuple(step for step in plan.derived if step.operation in FOLDED)
    row, values = medians.copy(), dict[str, TermValue]()
    for term in terms:
        columns = tuple(plan.columns[place] for place in term.columns)
        is_category = isinstance(columns[0], CategoryColumn | GroupedColumn)
        if term.name in accepted or (is_category and term.name in most_frequent):
            value = accepted.get(term.name, most_frequent.get(term.name))
            own = replace(plan, missing_values={}, derived=folded, columns=columns)
            row[list(term.columns)] = compile_plan(own)({term.name: value})
            values[term.name] = value
        else:
            values[term.name] = recover_value(plan, term, row.tolist())
    return Typical(row, values, accepted=bool(accepted))
