"""What the page shows of a report, read from its JSON: other keys than these may change."""

from collections.abc import Mapping
from typing import Any

from pydantic import AwareDatetime, ConfigDict, Field, ValidationError

from scoring.model.report import Metric
from scoring.model.schema import Frozen, Text
from scoring.readable.numbers import Language, format_percent, with_interval

_MOST_SENTENCES = 10
_RATE = {"value": "rate", "low": "low", "high": "high"}  # names of an interval in a report on outcomes
_ANSWERS = {
    "partly": Text(
        en="Some clients are unlike the reference: the intervals include the worst and the best case for them.",
        fr="Certains clients ne ressemblent pas à la référence\u00a0: les intervalles vont du pire au meilleur cas.",
    ),
    "unknown": Text(
        en="The performance on the current clients cannot be known yet.",
        fr="La performance sur les clients actuels ne peut pas encore être connue.",
    ),
}


class ReportHead(Frozen):
    """What is shown of a report.

    Attributes
    ----------
    made_at : when it was made.
    alarm : whether somebody has to look at it; null where the report does not say.
    reference, current : what was compared, in words.
    clients : how many the report is about.
    sentences : what it found, the most important first.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    made_at: AwareDatetime
    alarm: bool | None = None
    reference: str | None = None
    current: str | None = None
    clients: int | None = Field(None, ge=0)
    sentences: tuple[Text, ...] = ()


def read_drift(content: Mapping[str, Any]) -> ReportHead:
    """Read a report of ``drift``; raises ValueError where it is none.

    >>> moved = [{"name": "age", "sentence": {"en": "Clients are younger.", "fr": "Les clients sont plus jeunes."}}]
    >>> read_drift({"made_at": "2026-11-26T05:00:00Z", "alarm": True, "moved": moved}).sentences[0].en
    'Clients are younger.'
    """
    sentences = [one.get("sentence") for one in _objects(content.get("moved"))]
    return ReportHead.model_validate({**content, "sentences": _texts(sentences)})


def read_estimate(content: Mapping[str, Any]) -> ReportHead:
    """Read a result of ``estimate``; raises ValueError where it is none."""
    current, reference = _part(content, "current"), _part(content, "reference")
    answer = _ANSWERS.get(str(content.get("answer")))
    estimated = _part(_part(content, "figures"), "default_rate")
    sentences = [*([answer] if answer else [])]
    if estimated.get("value") is not None:
        rate = Metric.model_validate({key: estimated.get(key) for key in ("value", "low", "high")})
        sentences.insert(0, _say_rate("Estimated default rate: {}", "Taux de défaut estimé\u00a0: {}", rate))
    return ReportHead.model_validate(
        {
            "made_at": content.get("made_at"),
            "reference": reference.get("name"),
            "current": current.get("name"),
            "clients": current.get("clients"),
            "sentences": sentences,
        }
    )


def read_outcomes(content: Mapping[str, Any]) -> ReportHead:
    """Read a result of ``outcomes report``; raises ValueError where it is none.

    Somebody has to look at it where a measured default rate is worse than expected by more than chance explains.
    """
    if not isinstance(content.get("vintages"), list):
        raise ValueError("a report on outcomes lists vintages")
    total = _part(content, "total")
    measured = _part(total, "measured")
    worse = [one for one in _objects(content["vintages"]) if one.get("verdict") == "worse"]
    sentences = [_say_worse(str(one.get("name"))) for one in worse]
    if measured:
        rate = Metric.model_validate({name: measured.get(key) for name, key in _RATE.items()})
        sentences.insert(0, _say_rate("Measured default rate: {}", "Taux de défaut mesuré\u00a0: {}", rate))
    return ReportHead.model_validate(
        {
            "made_at": content.get("made_at") or f"{str(content.get('as_of'))[:10]}T00:00:00Z",
            "alarm": bool(worse) or total.get("verdict") == "worse",
            "clients": total.get("accepted"),
            "sentences": sentences,
        }
    )


def _say_rate(english: str, french: str, rate: Metric) -> Text:
    def write(language: Language) -> str:
        value, low, high = (format_percent(one, language) for one in (rate.value, rate.low, rate.high))
        return with_interval(value, low, high, language)

    return Text(en=f"{english.format(write('en'))}.", fr=f"{french.format(write('fr'))}.")


def _say_worse(name: str) -> Text:
    return Text(
        en=f"{name}: more clients defaulted than expected.",
        fr=f"{name}\u00a0: plus de clients en défaut qu'attendu.",
    )


def _part(content: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = content.get(name)
    return found if isinstance(found, Mapping) else {}


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _texts(listed: list[Any]) -> list[Text]:
    """Keep the texts in two languages; anything else is left out."""
    found = []
    for one in listed:
        try:
            found.append(Text.model_validate(one))
        except ValidationError:
            continue
    return found[:_MOST_SENTENCES]
