"""Colours and fonts of all plots."""

from typing import Any

import altair as alt

from officer.texts import Language, text
from officer.tokens import DARK, TOKENS

# Contrast of at least 3:1 with both the light and the dark background; alike in greyscale, where nothing needs them.
ACCEPTED, REFUSED, NEUTRAL = TOKENS["good-plot"], TOKENS["bad-plot"], TOKENS["neutral-plot"]
_NUMBERS = {
    "fr": {"number": {"decimal": ",", "thousands": "\u202f", "grouping": [3], "currency": ["", ""]}},
    "en": {"number": {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["", ""]}},
}
Plot = Any  # the type that Altair declares for its own methods


def ink(dark: bool) -> str:
    """Colour of texts and lines on the background."""
    return (DARK if dark else TOKENS)["text"]


def finish_plot(chart: Any, dark: bool, height: int, language: Language) -> Plot:
    """Set the height, with axes, and the colour of the axes' texts."""
    return (
        chart.properties(height=height)
        .configure(locale=_NUMBERS[language])  # before the others, which it would replace
        .configure_axis(labelColor=ink(dark), titleColor=ink(dark), labelFontSize=13, titleFontSize=13)
        .configure_legend(labelColor=ink(dark), labelFontSize=13)
    )


def name_decision(decision: str, language: Language) -> str:
    """Name the group of accepted or of refused clients."""
    return text(f"group.{decision}", language)


def name_decisions(language: Language) -> list[str]:
    """Name both groups, the accepted first."""
    return [name_decision(decision, language) for decision in ("ACCEPTED", "REFUSED")]


def by_decision(language: Language) -> alt.Color:
    """Colour by the name of the decision, which is also written next to it."""
    return alt.Color("decision:N", title=None, legend=None).scale(
        domain=name_decisions(language), range=[ACCEPTED, REFUSED]
    )
