"""The sentence of a reason, about the person, from the templates in the model's schema."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import floor, log10
from typing import Literal

from scoring.model.schema import SentenceKind, Text
from scoring.readable.numbers import Language
from scoring.readable.ranges import is_past
from scoring.readable.terms import Range, Term, TermValue
from scoring.readable.wording import Describe, describe_value

Direction = Literal["higher", "lower", "different", "missing", "present"]

_DIGITS = 2  # significant digits of a number in a sentence
# Units of numbers that are rounded. A number without a unit is taken for a ratio.
_ROUNDED = frozenset({"ratio", "share", "months", "years"})
_NONE = 1e-4  # a smaller share counts as zero
_LEAST_RATIO = 0.01  # a smaller ratio or score is written as "less than 0.01"
_COMPLETE = frozenset({"present", "past"})  # kinds of sentences that are not compared with what is usual
_MISSING = Text(
    en="{label}: not known. The model sees more risk where it is not known.",
    fr="{label}\u00a0: non renseigné. Le modèle voit plus de risque quand cette information manque.",
)
# What follows a sentence: what is usual for accepted clients.
_USUALLY = Text(
    en=" For accepted clients it is usually {usual}.", fr=" Pour les clients acceptés, c'est en général {usual}."
)
_RISKIER = Text(
    en=" The model sees more risk than with the usual answer of accepted clients: {usual}.",
    fr=" Le modèle y voit plus de risque que dans la réponse habituelle des clients acceptés\u00a0: {usual}.",
)
_NOT_USUAL = Text(
    en=" Most accepted clients have nothing of the kind on record.",
    fr=" La plupart des clients acceptés n'ont rien de tel dans leur dossier.",
)
_REMEDY = Text(
    en="Supply this information, and score the application again.",
    fr="Fournir cette information, puis évaluer de nouveau la demande.",
)


def write_sentence(
    term: Term,
    value: TermValue,
    usual: TermValue,
    direction: Direction,
    describe: Describe,
    *,
    accepted: bool = True,
    recorded: bool = False,
) -> Text | None:
    """Write what a client's value says about the person; None where the schema has no sentence for it.

    Parameters
    ----------
    usual : the typical client's value.
    describe : writes a value in words.
    accepted : the typical client is that of the accepted clients; the sentence then compares with accepted clients.
    recorded : the client's stored history was used; a missing value is then missing in that history.
    """
    kind = next((kind for kind in _kinds(term, value, direction, recorded) if kind in term.sentences), None)
    template = _MISSING if kind is None and direction == "missing" else term.sentences[kind] if kind else None
    if template is None:
        return None
    words = {"{label}": term.label}
    word = next((word for word in _IN_WORDS if word in template.en), None)
    if word:
        words[word] = _IN_WORDS[word](term, value, describe)
        words["{usual}"] = _IN_WORDS[word](term, usual, describe)
    if accepted and kind not in _COMPLETE:
        template = _compare(template, word, direction, same=word is not None and words[word] == words["{usual}"])
    return Text(en=_fill(template.en, words, "en"), fr=_fill(template.fr, words, "fr"))


def _compare(template: Text, word: str | None, direction: Direction, *, same: bool) -> Text:
    """Append what is usual for accepted clients, in the words of the template."""
    if direction == "present":
        added = _NOT_USUAL
    elif word is None or same or direction == "missing":
        return template
    else:
        added = _RISKIER if direction == "different" else _USUALLY
        english = "{usual} ago" if f"{word} ago" in template.en else "{usual}"
        french = "il y a {usual}" if f"il y a {word}" in template.fr else "{usual}"
        added = Text(en=added.en.replace("{usual}", english), fr=added.fr.replace("{usual}", french))
    return Text(en=template.en + added.en, fr=template.fr + added.fr)


def write_remedy(term: Term) -> Text:
    """Say how a missing value could be supplied."""
    return term.sentences.get("remedy", _REMEDY)


def _kinds(term: Term, value: TermValue, direction: Direction, recorded: bool) -> Iterator[SentenceKind]:
    """Yield the kinds of sentences that fit, the most specific first."""
    if direction == "missing":
        if recorded:
            yield "no_record"
        yield "missing"
        return
    if term.coded:
        yield "coded"
        return
    low, high = _ends(value)
    if is_past(term, Range(low, high)):
        yield "past"
        return
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


def _in_own_unit(term: Term, value: TermValue, describe: Describe) -> Text:
    return describe(term, _round(term, value))


def _in_percent(term: Term, value: TermValue, _: Describe) -> Text:
    percent = replace(term, unit="share")
    return describe_value(percent, _round(percent, value))


def _in_percent_above_one(term: Term, value: TermValue, describe: Describe) -> Text:
    def above(end: float | None) -> float | None:
        return None if end is None else max(0.0, end - 1)

    if isinstance(value, Range):
        return _in_percent(term, Range(above(value.low), above(value.high)), describe)
    return _in_percent(term, None if isinstance(value, str) else above(value), describe)


# What each placeholder of a template writes instead of a value.
_IN_WORDS = {"{value}": _in_own_unit, "{percent}": _in_percent, "{excess}": _in_percent_above_one}


def _round(term: Term, value: TermValue) -> TermValue:
    """Round as people do, except days, counts and money; a range with equal rounded ends becomes one number."""
    unit = (term.unit or "ratio").split()[0]
    if value is None or isinstance(value, str) or unit not in _ROUNDED:
        return value
    if not isinstance(value, Range):
        return Range(None, _LEAST_RATIO) if unit == "ratio" and 0 < value < _LEAST_RATIO else _rounded(value, unit)
    low, high = (None if end is None else _rounded(end, unit) for end in (value.low, value.high))
    return low if low == high else Range(low, high)


def _rounded(value: float, unit: str) -> float:
    """Round a ratio or score to two significant digits and at most two decimals.

    A share is rounded to two significant digits, a time of at least two units to a whole number.
    """
    if not value:
        return value
    decimals = max(0, _DIGITS - 1 - floor(log10(abs(value))))
    if unit == "ratio":
        return round(value, min(decimals, _DIGITS))
    return round(value, 0 if unit != "share" and abs(value) >= _DIGITS else decimals)


def _fill(template: str, words: Mapping[str, Text], language: Language) -> str:
    for name, text in words.items():
        if name in template:
            word = getattr(text, language)
            if language == "fr":
                # A French range is "de 4 à 8 mois"; a sentence has its own preposition: "il y a 4 à 8 mois".
                word = word.removeprefix("de ")
                if word.startswith("au moins"):
                    template = template.replace(f"de {name}", f"d'{name}")
            template = template.replace(name, word)
    return template[:1].upper() + template[1:]
