"""Readable names of the history features, in English and in French, written from their definitions."""

import csv
import re
from collections.abc import Collection, Mapping
from functools import cache
from importlib.resources import files

from scoring.home_credit.history.grammar import ROWS, AnyFeature, Feature, Ratio
from scoring.home_credit.history.registry import list_features
from scoring.home_credit.input_schema import list_sentences
from scoring.model.schema import Concept, Readable, Sentences, Text

_HOW = {"sum": ("total", "total"), "mean": ("average", "moyenne"), "max": ("largest", "maximum")}
_HOW["min"] = ("smallest", "minimum")
_TIME = {**_HOW, "max": ("longest", "maximum"), "min": ("shortest", "minimum")}
_CONCEPTS: Mapping[str, Concept] = {
    "bureau": "other_credits",
    "previous": "previous_applications",
    "pos": "repayments",
    "instalments": "repayments",
    "card": "card_use",
    "cards": "card_use",
}
_NOUNS = {
    "bureau": "credits at other lenders",
    "previous": "previous applications",
    "pos": "point-of-sale and cash loans",
    "instalments": "instalments",
    "card": "credit cards",
    "cards": "credit cards",
}


def name_features(names: Collection[str]) -> dict[str, Readable]:
    """Return readable names of history features; other names are ignored.

    >>> late = name_features(["instalments_12m_late_share"])["instalments_12m_late_share"]
    >>> late.label.en, late.label.fr  # doctest: +NORMALIZE_WHITESPACE
    ('Share of the instalments of the last 12 months that were paid late or are unpaid',
     'Part des échéances des 12 derniers mois qui ont été payées en retard ou sont impayées')
    """
    wanted = set(names)
    return {
        feature.name: Readable(
            label=_name_ratio(feature) if isinstance(feature, Ratio) else _name_feature(feature),
            unit="count" if _is_count(feature) else None if feature.unit == "number" else feature.unit,
            concept=_CONCEPTS[feature.name.partition("_")[0]],
            sentences=_write_sentences(feature),
            passing=feature.measure.passing if isinstance(feature, Feature) else None,
        )
        for feature in list_features()
        if feature.name in wanted
    }


def _is_count(feature: AnyFeature) -> bool:
    return isinstance(feature, Feature) and feature.counts


def _write_sentences(feature: AnyFeature) -> Sentences:
    """Write the sentences about a feature from those about its concept and about what it measures."""
    concept = list_sentences(_CONCEPTS[feature.name.partition("_")[0]])
    french = _read_french()
    if isinstance(feature, Ratio):
        noun = _NOUNS[feature.name.partition("_")[0]]
        words, own = {"rows": (noun, french["noun", noun])}, list_sentences(feature.name)
    else:
        measure, phrase, noun = feature.measure, feature.subset.phrase, feature.subject.noun
        part = french.get(("part", phrase), "")
        words = {
            "rows": (feature.subset.describe(noun), f"{french['noun', noun]} {part}".strip()),
            "part": (phrase, part),
            "flag": (measure.phrase, french.get(("flag", measure.phrase), "")),
        }
        about = f"{'rows' if measure is ROWS else measure.phrase}|{feature.how}"
        general = list_sentences(f"flag|{feature.how}") if measure.flag else {}
        own = {**general, **list_sentences(about), **list_sentences(f"{about}|{phrase}")}
    english, translated = ({name: pair[i] for name, pair in words.items()} for i in (0, 1))
    return {
        kind: Text(en=_fill(text.en, english), fr=_elide(_fill(text.fr, translated)))
        for kind, text in {**concept, **own}.items()
    }


def _fill(sentence: str, words: Mapping[str, str]) -> str:
    for name, word in words.items():
        sentence = sentence.replace(f" {{{name}}}", f" {word}" if word else "").replace(f"{{{name}}}", word)
    return sentence


def _elide(text: str) -> str:
    """Write "d'échéances" for "de échéances"."""
    return re.sub(r"\b([Dd])e (?=[aeiouéê])", r"\1'", text)


def list_phrases(feature: AnyFeature) -> list[tuple[str, str]]:
    """List the phrases of a feature that are translated: kind and English."""
    if isinstance(feature, Ratio):
        return [("ratio", feature.name)]
    found = [("noun", feature.subject.noun)]
    found += [("part", feature.subset.phrase)] if feature.subset.phrase else []
    if feature.measure is ROWS:
        return found
    return [*found, ("flag" if feature.measure.flag else "measure", feature.measure.phrase)]


def _name_ratio(feature: Ratio) -> Text:
    return Text(en=feature.phrase[:1].upper() + feature.phrase[1:], fr=_read_french()["ratio", feature.name])


def describe_aggregation(feature: Feature) -> tuple[str, str]:
    """Say in English and in French how a measure is aggregated: a time is the longest one, a number the largest."""
    is_time = feature.unit in {"days", "months"} and not feature.measure.phrase.startswith("number ")
    return (_TIME if is_time else _HOW)[feature.how]


def _name_feature(feature: Feature) -> Text:
    english = feature.subset.describe(feature.subject.noun)
    french = " ".join(_read_french()[phrase] for phrase in list_phrases(feature) if phrase[0] in {"noun", "part"})
    if feature.measure is ROWS:
        return Text(en=f"Number of {english}", fr=_elide(f"Nombre de {french}"))
    if feature.measure.flag:
        flag, drapeau = feature.measure.phrase, _read_french()["flag", feature.measure.phrase]
        if feature.counts:
            return Text(en=f"Number of {english} that {flag}", fr=_elide(f"Nombre de {french} qui {drapeau}"))
        return Text(en=f"Share of the {english} that {flag}", fr=f"Part des {french} qui {drapeau}")
    how, comment = describe_aggregation(feature)
    measure, mesure = feature.measure.phrase, _read_french()["measure", feature.measure.phrase]
    return Text(
        en=f"{measure[:1].upper()}{measure[1:]} ({how}; {english})",
        fr=f"{mesure[:1].upper()}{mesure[1:]} ({comment}\u202f; {french})",
    )


@cache
def _read_french() -> Mapping[tuple[str, str], str]:
    text = files(__package__).joinpath("french.csv").read_text(encoding="utf-8")
    return {(line["kind"], line["english"]): line["french"] for line in csv.DictReader(text.splitlines())}
