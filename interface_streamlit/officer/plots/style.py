"""Colours and type that all plots share."""

from typing import Any

import altair as alt

from officer.texts import Language, text

# At least 3:1 against both the light and the dark background. In greyscale they look alike; nothing depends on them.
ACCEPTED, REFUSED, NEUTRAL = "#2E86C1", "#C2571A", "#7B8794"
Plot = Any  # what Altair's own methods are declared to give


def ink(dark: bool) -> str:
    """Colour of what is written and drawn on the background."""
    return "#F1F4F7" if dark else "#1B2631"


def drawn(chart: Any, dark: bool, height: int) -> Plot:
    """Set the height, axes included, and write axes in full ink."""
    return (
        chart.properties(height=height)
        .configure_axis(labelColor=ink(dark), titleColor=ink(dark), labelFontSize=13, titleFontSize=13)
        .configure_legend(labelColor=ink(dark), labelFontSize=13)
    )


def decision_name(decision: str, language: Language) -> str:
    """Say whom a row or a marker is about: accepted or refused clients."""
    return text(f"group.{decision}", language)


def decision_names(language: Language) -> list[str]:
    """Name both groups, the accepted first."""
    return [decision_name(decision, language) for decision in ("ACCEPTED", "REFUSED")]


def by_decision(language: Language) -> alt.Color:
    """Colour by the name of the decision, which is written beside it as well."""
    return alt.Color("decision:N", title=None, legend=None).scale(
        domain=decision_names(language), range=[ACCEPTED, REFUSED]
    )
