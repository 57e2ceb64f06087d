"""A lender's own names and categories, whatever their characters, are read as they are."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.errors import ExportError
from scoring.export.sql.sql_dialect import DIALECTS
from scoring.export.sql.sql_query import Tables, write_sql
from scoring.model.plan import BinnedColumn, Derived, GroupedColumn, NumberColumn, Plan
from scoring.model.schema import Identity, SchemaField, Text
from tests.examples import examples
from tests.export.databases import OnPostgres
from tests.export.models import Lender, is_missing
from tests.export.test_sql_query import compare

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=30)
# What a database may take for the same name is refused; see the test below.
NAMES = st.lists(
    TEXTS, min_size=5, max_size=5, unique_by=lambda name: name.encode()[:40].decode(errors="ignore").casefold()
)
HOSTILE = ("'", "''", '"', "`", "\\", "\\'", "--", "/*", "$$", "%s", "{x}", "\n", ";", "é", "😀", "\\u0041", "'||'")


def make_lender(project, names, categories):
    identity, amount, debt, trade, ratio = names
    fields = [
        SchemaField(name=amount, type="number", missing=(-1.0,), label=Text(en=amount, fr=amount), required=True),
        SchemaField(name=debt, type="number", missing=(-1.0,), label=Text(en=debt, fr=debt), concept=None),
        SchemaField(
            name=trade, type="category", categories=tuple(categories), missing=("?",), label=Text(en="t", fr="t")
        ),
    ]
    columns = (
        NumberColumn(name=amount, source=amount, fill=1.0),
        BinnedColumn(name=f"{ratio}+", source=ratio, edges=(0.5, 2.0), values=(-0.5, 0.2, 1.5), missing=0.1),
        GroupedColumn(
            name=trade,
            source=trade,
            values={text: 0.1 * i - 0.4 for i, text in enumerate(categories)},
            missing=1.1,
            unseen=0.7,
        ),
    )
    plan = Plan(
        missing_values={}, derived=(Derived(name=ratio, operation="ratio", inputs=(debt, amount)),), columns=columns
    )
    return Lender(project, plan, tuple(fields), identity=Identity(name=identity))


def check(database, project, names, categories):
    lender = make_lender(project, names, categories)
    identity, amount, debt, trade, _ = names
    values = [
        *categories,
        *(f"{text}'" for text in categories),
        *(text.swapcase() for text in categories),
        "?",
        "",
        None,
    ]
    records = [
        {identity: i, amount: 1.0 + i % 3, debt: (0.3, 3.0, -1.0)[i % 3], trade: text} for i, text in enumerate(values)
    ]
    frame = pd.DataFrame(records)
    frame[trade] = frame[trade].astype(object).where(frame[trade].notna(), None)
    query = write_sql(lender.linear, database.dialect, Tables())
    rows = database.run(query, applications=frame).to_dict("records")
    own = next(name for name in rows[0] if name in {identity, f"{identity} of client"})
    for row in rows:
        record = records[row[own]]
        plain = {name: None if is_missing(value) else value for name, value in record.items() if name != identity}
        compare(row, lender.expect(plain))
    assert len(rows) == len(values)


@settings(max_examples=examples(10))
@given(
    names=NAMES, categories=st.lists(st.one_of(TEXTS, st.sampled_from(HOSTILE)), min_size=1, max_size=6, unique=True)
)
def test_any_names_and_categories_are_read_as_they_are(database, project, names, categories):
    check(database, project, names, categories)


def test_names_of_the_query_itself_may_be_names_of_columns(database, project):
    check(
        database, project, ["decision", "client", "invalid", "probability", "scoring_given"], ["log_odds", "reason_1"]
    )


@pytest.mark.parametrize(
    ("dialect", "pair"),
    [("duckdb", ("Income", "INCOME")), ("spark", ("é", "É")), ("postgres", ("x" * 63 + "a", "x" * 63 + "b"))],
)
def test_names_that_a_database_takes_for_one_are_refused(project, dialect, pair):
    lender = make_lender(project, ["id", *pair, "trade", "ratio"], ["a"])
    with pytest.raises(ExportError, match=r"have one name in \w+\nGive these columns other names"):
        write_sql(lender.linear, DIALECTS[dialect], Tables())


def test_names_in_another_letter_case_are_two_in_postgresql(project, postgres):
    check(OnPostgres(postgres), project, ["id", "Income", "INCOME", "trade", "ratio"], ["a"])


def test_a_name_that_no_database_can_hold_is_refused(project):
    lender = make_lender(project, ["id", "amount\0", "debt", "trade", "ratio"], ["a"])
    with pytest.raises(ExportError, match="has the character NUL"):
        write_sql(lender.linear, DIALECTS["duckdb"], Tables())


def test_a_category_that_a_database_cannot_hold_is_left_out(project):
    lender = make_lender(project, ["id", "amount", "debt", "trade", "ratio"], ["a\0b"])
    assert "\0" not in write_sql(lender.linear, DIALECTS["postgres"], Tables())
    assert "a\0b" in write_sql(lender.linear, DIALECTS["duckdb"], Tables())
