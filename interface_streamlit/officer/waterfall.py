"""Steps from the base value to the risk shown; they add up on the scale on which they are shown."""

from collections import Counter
from dataclasses import dataclass
from itertools import count

import pandas as pd

from officer.contract import ConceptContribution, Explanation
from officer.model import Scale
from officer.texts import Language, text
from officer.words import format_number, format_percent, format_points


@dataclass(frozen=True, slots=True)
class Waterfall:
    """A waterfall as bars and as a table.

    Attributes
    ----------
    on_risk : in percentage points of the risk shown; else in the model's own log-odds.
    unit : in words.
    steps : bars from top to bottom.
    table : the steps in words; the last is the risk.
    """

    on_risk: bool
    unit: str
    steps: pd.DataFrame
    table: pd.DataFrame


def build_waterfall(explanation: Explanation, how_many: int, scale: Scale, language: Language) -> Waterfall:
    """Put the contributions of the largest concepts, and the others together, between base value and risk.

    More concepts than ``how_many`` are shown if the others together would be the largest bar. The last bar is the sum
    of the bars before it, in percent where the risk is calibrated.
    """
    base = explanation.base_value
    calibrated = base.calibrated_probability if scale.calibrated else None
    on_risk, start = (False, base.log_odds) if calibrated is None else (True, 100 * calibrated)
    parts = [(one.concept[language], _effect(one, on_risk)) for one in explanation.concepts]
    effects = [effect for _, effect in parts]
    most = next(n for n in count(how_many) if abs(sum(effects[n:])) <= max(map(abs, effects), default=0.0))
    shown, rest = parts[:most], parts[most:]
    if rest:
        shown.append((text("waterfall.others", language, count=len(rest)), sum(effects[most:])))
    rows = [(text("waterfall.base", language), "total", 0.0, start, _total(start, on_risk, language))]
    at = start
    for name, value in shown:
        rows.append((name, "up" if value >= 0 else "down", at, at + value, format_step(value, language)))
        at += value
    rows.append(
        (
            text("waterfall.risk" if on_risk else "waterfall.score", language),
            "total",
            0.0,
            at,
            _total(at, on_risk, language),
        )
    )
    unit = text("waterfall.unit" if on_risk else "waterfall.unit_own", language)
    table = pd.DataFrame([(row[0], row[4]) for row in rows], columns=[text("term", language), unit])
    return Waterfall(on_risk, unit, _drawn(rows), table)


def _effect(one: ConceptContribution, on_risk: bool) -> float:
    value = one.percentage_points if on_risk else None  # a number where the base value is calibrated
    return one.contribution if value is None else value


def _total(value: float, on_risk: bool, language: Language) -> str:
    return format_percent(value / 100, language, 2) if on_risk else format_number(value, language, 2)


def _drawn(rows: list[tuple[str, str, float, float, str]]) -> pd.DataFrame:
    """Bars from their lower to their higher end; equal names are made different by invisible spaces."""
    seen: Counter[str] = Counter()
    named = []
    for row in rows:
        named.append(row[0] + "\u200b" * seen[row[0]])
        seen[row[0]] += 1
    return pd.DataFrame(
        [
            {"term": name, "kind": kind, "low": min(start, end), "high": max(start, end), "written": written}
            for name, (_, kind, start, end, written) in zip(named, rows, strict=True)
        ]
    )


def format_step(value: float, language: Language) -> str:
    """Write a step of a waterfall with its direction.

    >>> format_step(1.2, "en"), format_step(-0.25, "fr")
    ('▲ +1.20', '▼ −0,25')
    """
    return f"{'▲' if value >= 0 else '▼'} {format_points(value, language)}"
