"""The page of the history features, docs/features.md, written from their definitions."""

from scoring.home_credit.history.feature_names import describe_aggregation
from scoring.home_credit.history.grammar import ROWS, AnyFeature, Ratio
from scoring.home_credit.history.registry import FEATURE_SETS, list_features
from tools.reference.blocks import table

INTRODUCTION = """\
# History features

{total} features of a client's history. One set of definitions (`scoring/home_credit/history`) computes them from six
tables, on DuckDB and on Spark. `make reference` writes this page from the definitions; a test fails if the page
differs from them. [history.md](history.md) describes how to compute the features.

A name has up to four parts: the table; which rows are used (absent: all rows); what is measured (absent: the rows are
counted); how it is aggregated. `3m`, `6m`, `12m`, `24m` mean the last 3, 6, 12, 24 months before the application (91,
183, 365, 730 days). `before12m` means the time before the last 12 months. Amounts are in the lender's currency. Rows
dated after the application are not used.

A *drawing* is one use of a credit card: a purchase or a withdrawal of cash. *Annuity* is Home Credit's name for the
instalment of a credit.

A client without records has zero in every count and null in every other feature. A sum over no rows is null, and so is
a division by zero. A client whom a table does not cover has null in all features of that table, counts included.
"""


def write_question(feature: AnyFeature) -> str:
    """Write the question that a feature answers."""
    if isinstance(feature, Ratio):
        return f"What is the {feature.phrase}?"
    rows = feature.subset.describe(feature.subject.noun)
    if feature.measure is ROWS:
        return f"What is the number of {rows}?"
    if feature.measure.flag:
        return f"{'How many' if feature.counts else 'What share'} of the {rows} {feature.measure.phrase}?"
    how, _french = describe_aggregation(feature)
    measured = feature.measure.phrase.removeprefix(f"{how} ")  # not "the longest longest run"
    return f"Among the {rows}, what is the {how} {measured}?"


def write_page() -> str:
    """Return the page: one line per feature."""
    sections = [INTRODUCTION.format(total=sum(1 for _ in list_features()))]
    for name, history in FEATURE_SETS.items():
        rows = [(f"`{one.name}`", write_question(one), one.table, one.unit) for one in history.features]
        listed = table(("Feature", "What it answers", "Table", "Unit"), rows)
        sections.append(f"## {name}: {len(rows)} features\n\n{listed}")
    return "\n".join(sections)
