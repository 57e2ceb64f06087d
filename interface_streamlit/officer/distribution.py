"""Answers of ``/population`` as tables: for plots, and for the figures below them."""

import numpy as np
import pandas as pd

from officer.contract import Histogram, Sample
from officer.model import Field
from officer.plots.style import DECISIONS, Groups, name_group
from officer.texts import Language, text
from officer.words import axis_factor, format_number

_MOST_CATEGORIES = 20


def build_bars(counted: Histogram, field: Field, groups: Groups, language: Language) -> pd.DataFrame:
    """One row for each group and bin (``low``, ``high``) or category, with its ``count``; the better group first."""
    rows = []
    factor = axis_factor(field)
    names = field.name_categories(counted.categories or (), language)
    for group in groups:
        name = name_group(group, language)
        for i, count in enumerate(getattr(counted, group.lower()) or ()):
            if counted.edges and counted.kind == "number":
                low, high = sorted(factor * edge for edge in counted.edges[i : i + 2])
                rows.append({"decision": name, "low": low, "high": high, "count": count})
            elif counted.categories:
                category = names[counted.categories[i]]
                rows.append({"decision": name, "category": category, "count": count})
    return pd.DataFrame(rows)


def keep_most_frequent(bars: pd.DataFrame, mine: str | None) -> pd.DataFrame:
    """Keep as many categories as a plot can name, and the client's own; the table has all."""
    kept = (bars["category"].isin(bars["category"].head(_MOST_CATEGORIES))) | (bars["category"] == mine)
    return bars[kept]


def build_counts(bars: pd.DataFrame, language: Language) -> pd.DataFrame:
    """One row for each bin or category, one column for each decision."""
    if "low" in bars:
        names = [
            f"{format_number(low, language)} – {format_number(high, language)}"
            for low, high in zip(bars["low"], bars["high"], strict=True)
        ]
    else:
        names = bars["category"].tolist()
    half = len(bars) // 2
    labels = [bars["decision"].iloc[0], bars["decision"].iloc[-1]]
    columns = [text("value", language), *labels]
    counts = bars["count"].tolist()
    return pd.DataFrame(list(zip(names[:half], counts[:half], counts[half:], strict=True)), columns=columns)


def build_sample(sample: Sample, groups: Groups, **features: Field) -> pd.DataFrame:
    """Sample of clients, one column for each feature as it is shown, and ``decision``: the group.

    Clients with a missing value, or without a known outcome where groups are by outcome, are left out.
    """
    frame = pd.DataFrame(
        {
            name: np.array(sample.features[field.name], dtype=np.float64) * axis_factor(field)
            for name, field in features.items()
        }
    )
    frame["decision"] = sample.decision if groups == DECISIONS else sample.outcome
    return frame.dropna()
