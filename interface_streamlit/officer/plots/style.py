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


Groups = tuple[str, str]  # those with the better decision or outcome, then the others
DECISIONS: Groups = ("ACCEPTED", "REFUSED")
OUTCOMES: Groups = ("REPAID", "DEFAULTED")


def name_group(group: str, language: Language) -> str:
    """Name the clients with a decision, or with an outcome."""
    return text(f"group.{group}", language)


def name_groups(language: Language) -> list[str]:
    """Name the groups by decision and by outcome, the better one first; a plot has one of both pairs."""
    return [name_group(group, language) for group in (*DECISIONS, *OUTCOMES)]


def by_group(language: Language) -> alt.Color:
    """Colour by the name of the group, which is also written next to it."""
    return alt.Color("decision:N", title=None, legend=None).scale(
        domain=name_groups(language), range=[ACCEPTED, REFUSED, ACCEPTED, REFUSED]
    )
