"""The sentence of a reason, about the person, from the templates in the model's schema."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import floor, log10
from typing import Literal

from scoring.model.schema import SentenceKind, Text
from scoring.readable.numbers import Language
from scoring.readable.terms import Range, Term, TermValue
from scoring.readable.wording import Describe, describe_value

Direction = Literal["higher", "lower", "different", "missing", "present"]

_DIGITS = 2  # significant digits of a share or a score in a sentence
# Units of numbers that are rounded. A number without a unit is taken for a ratio.
_ROUNDED = frozenset({"ratio", "share", "months", "years"})
_NONE = 1e-4  # a smaller share is none
_MISSING = Text(
    en="{label}: not known. The model sees more risk where it is not known.",
    fr="{label}\u00a0: non renseigné. Le modèle voit plus de risque quand cette information manque.",
)
_REMEDY = Text(
    en="Supply this information, and score the application again.",
    fr="Fournir cette information, puis évaluer de nouveau la demande.",
)


def write_sentence(
    term: Term, value: TermValue, usual: TermValue, direction: Direction, describe: Describe
) -> Text | None:
    """Write what a client's value says about the person; None where the schema has no sentence for it.

    Parameters
    ----------
    usual : the typical client's value.
    describe : writes a value in words.
    """
    kind = next((kind for kind in _kinds(value, direction) if kind in term.sentences), None)
    template = _MISSING if kind is None and direction == "missing" else term.sentences[kind] if kind else None
    if template is None:
        return None
    percent = replace(term, unit="share")
    words = {
        "{label}": term.label,
        "{value}": describe(term, _round(term, value)),
        "{typical}": describe(term, _round(term, usual)),
        "{percent}": describe_value(percent, _round(percent, value)),
        "{excess}": describe_value(percent, _round(percent, _above_one(value))),
    }
    return Text(en=_fill(template.en, words, "en"), fr=_fill(template.fr, words, "fr"))


def write_remedy(term: Term) -> Text:
    """Say how a missing value could be supplied."""
    return term.sentences.get("remedy", _REMEDY)


def _kinds(value: TermValue, direction: Direction) -> Iterator[SentenceKind]:
    """Yield the kinds of sentences that fit, the most special first."""
    if direction == "missing":
        yield "missing"
        return
    low, high = _ends(value)
    if high is not None and high < _NONE and direction == "lower":
        yield "none"
    if low is not None and low > 1:
        yield "excess"
    yield direction
    yield "known"


def _ends(value: TermValue) -> tuple[float | None, float | None]:
    if isinstance(value, Range):
        return value.low, value.high
    return (None, None) if value is None or isinstance(value, str) else (float(value), float(value))


def _above_one(value: TermValue) -> TermValue:
    if isinstance(value, Range):
        return Range(*(None if end is None else end - 1 for end in (value.low, value.high)))
    return None if value is None or isinstance(value, str) else value - 1


def _round(term: Term, value: TermValue) -> TermValue:
    """Round to two digits, but not days, counts and money; a range whose ends are then equal becomes one number."""
    if value is None or isinstance(value, str) or (term.unit or "ratio").split()[0] not in _ROUNDED:
        return value
    if not isinstance(value, Range):
        return _rounded(value)
    low, high = (None if end is None else _rounded(end) for end in (value.low, value.high))
    return low if low == high else Range(low, high)


def _rounded(value: float) -> float:
    return round(value, max(0, _DIGITS - 1 - floor(log10(abs(value))))) if value else value


def _fill(template: str, words: Mapping[str, Text], language: Language) -> str:
    for name, text in words.items():
        if name in template:
            word = getattr(text, language)
            # A French range is "de 4 à 8 mois"; a sentence has its own preposition: "il y a 4 à 8 mois".
            template = template.replace(name, word.removeprefix("de ") if language == "fr" else word)
    return template[:1].upper() + template[1:]
