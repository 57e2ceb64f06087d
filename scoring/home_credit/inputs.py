"""Which fields of a Home Credit application a model may use, and the numbers derived from them."""

from collections.abc import Collection, Sequence

from scoring.home_credit.input_schema import name_derived_numbers
from scoring.model.plan import Derived
from scoring.model.preprocessor import Inputs
from scoring.model.schema import InputSchema, Riskier, SchemaField, Tier

# Left out: mode and median of the housing measures, whose averages are used; the employer's branch (58 texts); and the
# time of the application. Out of fold they add nothing to the other fields.
_COPIES = ("_MODE", "_MEDI")
_NOT_COPIES = {"TOTALAREA_MODE", "EMERGENCYSTATE_MODE"}
_LEFT_OUT = {"ORGANIZATION_TYPE", "WEEKDAY_APPR_PROCESS_START", "HOUR_APPR_PROCESS_START"}

_JUSTIFIED: tuple[Tier, ...] = ("justified",)
_EXTERNAL = ("EXT_SOURCE_1", "EXT_SOURCE_2", "EXT_SOURCE_3")
DERIVED = (
    Derived(name="EXTERNAL_MEAN", operation="mean", inputs=_EXTERNAL),
    Derived(name="EXTERNAL_MINIMUM", operation="minimum", inputs=_EXTERNAL),
    Derived(name="EXTERNAL_MAXIMUM", operation="maximum", inputs=_EXTERNAL),
    Derived(name="EXTERNAL_MINIMUM_TO_MAXIMUM", operation="ratio", inputs=("EXTERNAL_MINIMUM", "EXTERNAL_MAXIMUM")),
    Derived(name="EXTERNAL_MISSING", operation="missing_count", inputs=_EXTERNAL),
    Derived(name="EXTERNAL_1_SQUARED", operation="square", inputs=("EXT_SOURCE_1",)),
    Derived(name="EXTERNAL_2_SQUARED", operation="square", inputs=("EXT_SOURCE_2",)),
    Derived(name="EXTERNAL_3_SQUARED", operation="square", inputs=("EXT_SOURCE_3",)),
    Derived(name="CREDIT_TO_GOODS", operation="ratio", inputs=("AMT_CREDIT", "AMT_GOODS_PRICE")),
    Derived(name="ANNUITY_TO_CREDIT", operation="ratio", inputs=("AMT_ANNUITY", "AMT_CREDIT")),
    Derived(name="ANNUITY_TO_CREDIT_SQUARED", operation="square", inputs=("ANNUITY_TO_CREDIT",)),
    Derived(name="ANNUITY_TO_GOODS", operation="ratio", inputs=("AMT_ANNUITY", "AMT_GOODS_PRICE")),
    Derived(name="ANNUITY_TO_INCOME", operation="ratio", inputs=("AMT_ANNUITY", "AMT_INCOME_TOTAL")),
    Derived(name="CREDIT_TO_INCOME", operation="ratio", inputs=("AMT_CREDIT", "AMT_INCOME_TOTAL")),
    Derived(name="CREDIT_TO_INCOME_LOG", operation="log", inputs=("CREDIT_TO_INCOME",)),
    Derived(name="CREDIT_LOG", operation="log", inputs=("AMT_CREDIT",)),
    Derived(name="INCOME_LOG", operation="log", inputs=("AMT_INCOME_TOTAL",)),
    Derived(name="ANNUITY_LOG", operation="log", inputs=("AMT_ANNUITY",)),
    Derived(name="GOODS_LOG", operation="log", inputs=("AMT_GOODS_PRICE",)),
    Derived(name="EMPLOYED_TO_AGE", operation="ratio", inputs=("DAYS_EMPLOYED", "DAYS_BIRTH")),
    Derived(name="EMPLOYED_LOG", operation="log", inputs=("DAYS_EMPLOYED",)),
    Derived(name="CAR_AGE_TO_AGE", operation="ratio", inputs=("OWN_CAR_AGE", "DAYS_BIRTH")),
)


def select_inputs(schema: InputSchema, history: Sequence[str] = (), tiers: Collection[Tier] = _JUSTIFIED) -> Inputs:
    """Select what a model may use.

    Parameters
    ----------
    history : history features to choose from.
    tiers : of fields; protected and proxy fields are included only to measure the AUC cost of excluding them.
    """
    used = [field for field in schema.fields if field.tier in tiers and _is_used(field.name)]
    markers = {field.name: (*field.missing, *(() if "proxy" in tiers else field.proxy_categories)) for field in used}
    return Inputs(
        numbers=tuple(field.name for field in used if field.type != "category"),
        categories=tuple(field.name for field in used if field.type == "category"),
        derived=DERIVED,
        missing_values={name: values for name, values in markers.items() if values},
        history=tuple(history),
        riskier=_list_riskier(used),
    )


def _list_riskier(used: Sequence[SchemaField]) -> dict[str, Riskier]:
    """List the riskier side of the fields and derived numbers for which it is stated."""
    stated = {field.name: field.riskier for field in used if field.type != "category"}
    stated |= {name: readable.riskier for name, readable in name_derived_numbers().items()}
    return {name: side for name, side in stated.items() if side is not None}


def exclude_age(schema: InputSchema, history: Sequence[str] = ()) -> Inputs:
    """Select all inputs except the client's age and the numbers that are derived from it."""
    whole = select_inputs(schema, history)
    of_age = {field.name for field in schema.fields if field.concept == "age"}
    return whole.without(of_age)


def _is_used(name: str) -> bool:
    return name in _NOT_COPIES or not (name in _LEFT_OUT or name.endswith(_COPIES))
