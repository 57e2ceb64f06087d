import numpy as np
import pandas as pd
import pytest

from scoring.model.plan import CategoryColumn, Derived, NumberColumn, Plan
from scoring.model.schema import Identity, InputSchema, Readable, Text
from scoring.training.describe import find_typical_client, select_readable_names
from tests.fields import field


@pytest.fixture
def schema():
    return InputSchema(
        identity=Identity(name="id"),
        target="default",
        fields=(
            field("debt", "number"),
            field("trade", "category"),
            field("kind", "category", proxy_categories=("x",)),
        ),
    )


@pytest.fixture
def plan():
    return Plan(
        missing_values={"debt": (-1.0,), "kind": ("x",)},
        derived=(Derived(name="debt_log", operation="log", inputs=("debt",)),),
        columns=(
            NumberColumn(name="debt_log", source="debt_log", fill=0.0),
            CategoryColumn(name="trade_smith", source="trade", value="smith"),
            CategoryColumn(name="kind_y", source="kind", value="y"),
            NumberColumn(name="cards", source="cards", fill=0.0),
        ),
    )


def test_the_typical_accepted_client_has_the_middle_known_number_and_the_usual_text(plan, schema):
    applications = pd.DataFrame(
        {
            "debt": [1.0, 4.0, 2.0, -1.0, 900.0],
            "trade": ["smith", "baker", "baker", None, "smith"],
            "kind": ["x", "x", "x", "y", "y"],
            "cards": [np.nan, np.nan, np.nan, 3.0, 3.0],
        }
    )
    accepted = np.array([True, True, True, True, False])
    # the accepted have debts 1, 2, 4; most have no number of cards; a kind has a value although most are blank
    assert find_typical_client(plan, schema, applications, accepted) == {
        "debt": 2.0,
        "trade": "baker",
        "kind": "y",
        "cards": None,
    }


def test_readable_names_are_kept_only_where_the_plan_needs_them(plan, schema):
    named = {name: Readable(label=Text(en=name, fr=name)) for name in ("cards", "debt_log", "debt", "unused")}
    assert list(select_readable_names(plan, schema, named)) == ["cards", "debt_log"]
