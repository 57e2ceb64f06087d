"""What a letter to an applicant says: outcome, principal reasons, what would change it, rights, and data sources.

It never has a probability, a threshold or a protected field.
"""

import csv
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Literal, NamedTuple

from scoring.explanation.answer import Explanation
from scoring.model.schema import ClientId, Frozen, Text
from scoring.policy.telling import list_refusals
from scoring.readable.wording import CONCEPTS

Outcome = Literal["ACCEPTED", "REFUSED"]
_APPLICATION = "application"  # the source of what belongs to no concept
_FROM_HISTORY = frozenset({"own_records", "credit_bureau"})


class Source(Frozen):
    """Where data about the applicant comes from.

    Attributes
    ----------
    name : the source, in words.
    correction : where a mistake in it can be corrected.
    """

    name: Text
    correction: Text


class Review(NamedTuple):
    """The result of a review by a person."""

    outcome: Outcome
    day: date


class LetterReason(Frozen):
    """A principal reason; ``remedy`` says how a missing value could be supplied, and is null if the value is known."""

    text: Text
    remedy: Text | None


class Letter(Frozen):
    """The letter about one decision.

    Attributes
    ----------
    reference : the decision's id.
    client_id : the client's number; null for an applicant without one.
    day : the day of the decision, UTC.
    outcome : what applies now: the result of the review if there was one, else the automated decision.
    automated : the outcome was reached without a person.
    reviewed_on : the day of the review by a person; null without one.
    reasons : the principal reasons of a refusal: the lender's rules that refuse, then at most four of the model; none
        for an acceptance.
    change : what would change a refusal; null if it is not known, and for an acceptance.
    sources : where the data that was used comes from.
    """

    reference: str
    client_id: ClientId | None
    day: date
    outcome: Outcome
    automated: bool
    reviewed_on: date | None
    reasons: tuple[LetterReason, ...]
    change: Text | None
    sources: tuple[Source, ...]


def make_letter(
    explanation: Explanation,
    reference: str,
    day: date,
    *,
    history_imputed: bool = False,
    review: Review | None = None,
) -> Letter:
    """Make the letter about one decision.

    Parameters
    ----------
    explanation : of the automated decision.
    day : when it was made, UTC.
    history_imputed : no record of the client's past was used.
    review : the result of a review by a person, where there was one.
    """
    outcome: Outcome = review.outcome if review else explanation["decision"]
    refused = outcome == "REFUSED"
    return Letter(
        reference=reference,
        client_id=explanation["client_id"],
        day=day,
        outcome=outcome,
        automated=review is None,
        reviewed_on=review.day if review else None,
        reasons=tuple(_list_reasons(explanation)) if refused else (),
        change=_what_would_change(explanation) if refused else None,
        sources=_list_sources(explanation, history_imputed),
    )


def _list_reasons(explanation: Explanation) -> Iterator[LetterReason]:
    """List the rules of the lender that refuse, then the reasons of the model."""
    for text in list_refusals(explanation["policy"]):
        yield LetterReason(text=text, remedy=None)
    for one in explanation["reasons"]:
        yield LetterReason(text=one.text, remedy=one.remedy)


def _what_would_change(explanation: Explanation) -> Text | None:
    change = explanation["counterfactual"] or explanation["waiting"]
    return change.text if change else next(iter(explanation["notes"]), None)


def _list_sources(explanation: Explanation, history_imputed: bool) -> tuple[Source, ...]:
    """List the sources of the information that the model used, in the order of ``sources.csv``."""
    concepts, sources = _read_sources()
    used = {concepts.get(one.concept.en, _APPLICATION) for one in explanation["contributions"]}
    if history_imputed:
        used -= _FROM_HISTORY
    return tuple(source for name, source in sources.items() if name in used)


@cache
def _read_sources() -> tuple[Mapping[str, str], Mapping[str, Source]]:
    """Return the source of each concept, by the concept's English name, and every source by name."""
    table = files(__package__).joinpath("sources.csv").read_text(encoding="utf-8")
    concepts: dict[str, str] = {}
    sources: dict[str, Source] = {}
    for line in csv.DictReader(table.splitlines()):
        for concept in line["concepts"].split():
            concepts[CONCEPTS[concept].en] = line["source"]  # type: ignore[index]
        name, correction = (Text(en=line[f"{one}_en"], fr=line[f"{one}_fr"]) for one in ("name", "correction"))
        sources[line["source"]] = Source(name=name, correction=correction)
    return concepts, sources
