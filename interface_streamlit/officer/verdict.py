"""A decision and its risk as the service's own pages draw them; the files in ``shared`` are the service's."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader

from officer.contract import Decision
from officer.model import Scale
from officer.texts import Language
from officer.words import count_decimals, format_percent, with_label

SHARED = Path(__file__).parent / "shared"
_ENDS = (0.2, 0.4, 0.6, 0.8, 1.0)  # right ends of a gauge to choose from; a quarter of each is a round number
_WORD_WIDTH = 25.0  # percent of the width of a gauge that a word needs


@dataclass(frozen=True, slots=True)
class Gauge:
    """Places on a scale, in percent of its width; ``fits_words``: a word fits left, and right, of the threshold."""

    threshold: float
    band: tuple[float, float] | None
    fits_words: tuple[bool, bool]


@dataclass(frozen=True, slots=True)
class Risk:
    """What ``verdict.html`` draws; ``pointers`` and ``ticks`` are places in percent of the width, with texts."""

    refused: bool
    review: bool | None
    verified: bool
    calibrated: bool
    value: str
    threshold: str
    sentence: str
    gauge: Gauge
    pointers: tuple[tuple[float, str], ...]
    band: tuple[str, str] | None
    end: str
    ticks: tuple[tuple[float, str], ...]
    riskier: str = ""
    by: str = ""
    by_rule: bool = False


@cache
def load_words(language: Language) -> Mapping[str, str]:
    """Load the words of a verdict in one language.

    >>> load_words("fr")["refused"]
    'Demande refusée'
    """
    table = (SHARED / "verdict.csv").read_text(encoding="utf-8")
    return {line["name"]: line[language] for line in csv.DictReader(table.splitlines())}


def choose_end(threshold: float, risks: Iterable[float]) -> float:
    """Choose the right end of a scale on which the threshold and all risks (0-1) can be seen.

    >>> choose_end(0.1, [0.05]), choose_end(0.09, [0.12, 0.5])
    (0.4, 0.6)
    """
    wanted = max(2 * threshold, *(1.1 * risk for risk in risks))
    return next((end for end in _ENDS if end > wanted), 1.0)


def draw_verdict(
    decision: Decision, scale: Scale, language: Language, *, named: Mapping[str, Decision], key: str = "verdict"
) -> str:
    """Draw a decision as HTML, with a gauge of the named risks if there are any; ``key`` tells its ids from others'."""
    return _render(
        "verdict", _describe(decision, named, scale, language), language, key=key, gauge=bool(named), heading="div"
    )


def draw_gauge(decisions: Mapping[str, Decision], scale: Scale, language: Language) -> str:
    """Draw the risks of decisions on one scale, as HTML; the first is emphasised."""
    first = next(iter(decisions.values()))
    return _render("draw", _describe(first, decisions, scale, language), language, key="risk")


def _render(macro: str, risk: Risk, language: Language, **options: object) -> str:
    template = _environment().get_template("verdict.html")
    drawn = getattr(template.module, macro)(risk, load_words(language), **options)
    return "".join(line.strip() for line in str(drawn).splitlines())  # Markdown ends HTML at a blank line


@cache
def _environment() -> Environment:
    return Environment(loader=FileSystemLoader(SHARED), autoescape=True)


def _describe(decision: Decision, named: Mapping[str, Decision], scale: Scale, language: Language) -> Risk:
    risk, words = scale.get_risk(decision), load_words(language)
    risks = {name: scale.get_risk(one) for name, one in named.items()}
    end = choose_end(scale.threshold, [risk, *risks.values()])

    def place(share: float) -> float:
        return round(min(100 * share / end, 100.0), 3)

    digits = count_decimals([risk, *risks.values()], scale)
    limit, review = place(scale.threshold), scale.review
    of_100 = round(100 * risk)
    said = "under_1" if risk < 0.005 else "out_of_100_one" if of_100 == 1 else "out_of_100"
    sentence = words[said].format(n=of_100)
    return Risk(
        refused=decision.refused,
        review=decision.review,
        verified=decision.review is not None,
        calibrated=scale.calibrated,
        value=format_percent(risk, language, digits),
        threshold=format_percent(scale.threshold, language, digits),
        sentence=sentence if scale.calibrated else words["not_calibrated"],
        gauge=Gauge(
            threshold=limit,
            band=(place(review[0]), place(review[1])) if review else None,
            fits_words=(limit >= _WORD_WIDTH, 100 - limit >= _WORD_WIDTH),
        ),
        pointers=tuple(
            (place(share), with_label(name, format_percent(share, language, digits), language))
            for name, share in risks.items()
        ),
        band=review and (format_percent(review[0], language, digits), format_percent(review[1], language, digits)),
        end=format_percent(end, language, 0),
        ticks=tuple((25.0 * i, format_percent(end * i / 4, language, 0)) for i in range(5)),
        by=decision.by,
        by_rule=any(one.outcome == "review" for one in decision.rules),
    )
