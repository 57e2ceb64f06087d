"""The form of a new application, built from the input schema, with every error next to its field."""

from collections.abc import Iterable
from dataclasses import dataclass

from scoring.errors import RequestError
from scoring.model.schema import Identity, SchemaField, currency_of
from scoring.readable.field_values import counts_back, describe_bound, describe_usual
from scoring.readable.numbers import CURRENCY_SIGNS, Language, format_amount, format_number, with_currency
from scoring.web.pages.field_order import FieldOrder, Group, group_by_concept
from scoring.web.pages.form_input import EDIT, EXACT, UNIT, FormInput, describe_errors, write_number
from scoring.web.pages.words import describe_id_form, load_texts

_LONGEST = 200  # characters of a text that the form repeats


@dataclass(frozen=True, slots=True)
class Input:
    """One input of the form.

    Attributes
    ----------
    key : its HTML id.
    options : value and text of each choice; empty for an input of text.
    unit_name, unit : name and value of the input for the unit; only for a length of time.
    exact_name, exact : name and value of the days that the length was rounded from; empty where nothing was rounded.
    understood : how the number was understood, in words; empty if this is the same as the typed text.
    readings : only for a number that can be read in two ways: the value of each, its text, and whether it is chosen.
    error : what is wrong with the value; empty where it is valid.
    """

    key: str
    name: str
    label: str
    hint: str
    value: str
    required: bool = False
    options: tuple[tuple[str, str], ...] = ()
    numeric: bool = False
    unit_name: str = ""
    unit: str = ""
    exact_name: str = ""
    exact: str = ""
    understood: str = ""
    readings: tuple[tuple[str, str, bool], ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """The whole form.

    Attributes
    ----------
    client : the input of the client number.
    main, used, unused : inputs as ``FieldOrder`` sorts them, the latter two by concept.
    summary : for each error, the input's key, its label and what is wrong; key and label may be empty.
    unused_count : how many fields the model does not read.
    unused_invalid : a field that the model does not read has an error.
    stored : the client's stored history is to be used.
    """

    client: Input
    main: tuple[Input, ...]
    used: tuple[Group, ...]
    unused: tuple[Group, ...]
    summary: tuple[tuple[str, str, str], ...]
    unused_count: int
    unused_invalid: bool
    stored: bool


def build_form(
    order: FieldOrder, language: Language, given: FormInput, error: RequestError | None = None, *, history: bool = False
) -> Form:
    """Build the form with the texts that were given, and with the errors found in them.

    Parameters
    ----------
    history : the form offers to use the stored history of a known client.
    """
    identity = order.schema.identity
    errors = describe_errors(order.schema, language, given, error)
    inputs = {
        field.name: _build_input(f"field-{i}", field, language, given, errors.get(field.name, ""))
        for i, field in enumerate(order.schema.fields)
    }
    client = _build_client_input(identity, language, given, errors.get(identity.name, ""), history)
    main, more = ([inputs[field.name] for field in part] for part in (order.main, (*order.used, *order.unused)))
    summary = [(one.key, one.label, one.error) for one in (*main, client, *more) if one.error]
    first = [*main, *more][0].key
    summary += [
        (first if name == "(all)" else "", "", text)
        for name, text in errors.items()
        if name not in inputs and name != identity.name
    ]
    return Form(
        client=client,
        main=tuple(main),
        used=group_by_concept(order.used, inputs, language),
        unused=group_by_concept(order.unused, inputs, language),
        summary=tuple(summary),
        unused_count=len(order.unused),
        unused_invalid=any(inputs[field.name].error for field in order.unused),
        stored=given.stored,
    )


def _build_client_input(identity: Identity, language: Language, given: FormInput, error: str, history: bool) -> Input:
    texts, numeric = load_texts(language), identity.kind == "number"
    return Input(
        key="client-number",
        name=identity.name,
        label=texts["client_number" if numeric else "client_id"],
        hint=f"{texts['id_hint_history' if history else 'id_hint']} {describe_id_form(identity, language)}.",
        value=given.texts.get(identity.name, "")[:_LONGEST],
        numeric=numeric,
        error=error,
    )


def _build_input(key: str, field: SchemaField, language: Language, given: FormInput, error: str) -> Input:
    back = counts_back(field)
    value = given.texts.get(field.name, "")[:_LONGEST]
    return Input(
        key=key,
        name=field.name,
        label=getattr(field.label, language),
        hint=_describe_input(field, language),
        value=value,
        required=field.required,
        options=_list_options(field, language, value),
        numeric=field.type != "category",
        unit_name=UNIT + field.name if back else "",
        unit=given.units.get(field.name, "years") if back else "",
        exact_name=EXACT + field.name,
        exact=given.exact.get(field.name, "")[:_LONGEST] if back else "",
        understood=_describe_understood(field, given, language),
        readings=_list_readings(field, given, language),
        error=error,
    )


def _describe_understood(field: SchemaField, given: FormInput, language: Language) -> str:
    if field.name not in given.numbers:
        return ""
    understood = _describe_number(field, given.numbers[field.name], given, language)
    return "" if understood == given.texts[field.name].strip() else understood


def _list_readings(field: SchemaField, given: FormInput, language: Language) -> tuple[tuple[str, str, bool], ...]:
    """List both readings of a number: its mark separates thousands, or decimals."""
    values, texts = given.readings.get(field.name, ()), load_texts(language)
    if len(values) == 1:
        return ()
    return tuple(
        (
            write_number(value),
            texts[key].format(value=_describe_number(field, value, given, language)),
            given.numbers.get(field.name) == value,
        )
        for key, value in zip(("reading_thousands", "reading_decimals"), values, strict=False)
    )


def _describe_number(field: SchemaField, value: float, given: FormInput, language: Language) -> str:
    """Write a number as it was understood, without rounding it."""
    if field.unit == "flag":
        return ""
    if counts_back(field):
        return f"{format_number(value, language)} {load_texts(language)[given.units.get(field.name, 'years')]}"
    currency = currency_of(field.unit)
    if currency is None:
        return format_number(value, language)
    return with_currency(format_amount(value, language), currency, language)


def _list_options(field: SchemaField, language: Language, value: str) -> tuple[tuple[str, str], ...]:
    texts = load_texts(language)
    if field.type == "category" and field.categories:
        choices = [
            (category, getattr(field.texts[category], language) if category in field.texts else category)
            for category in field.categories
            if category not in field.missing
        ]
    elif field.unit == "flag":
        choices = [("1", texts["yes"]), ("0", texts["no"])]
    else:
        return ()
    if value and value not in dict(choices):
        choices.append((value, value))  # adds a value that is not in the list
    return (("", texts["choose" if field.required else "not_known"]), *choices)


def _describe_input(field: SchemaField, language: Language) -> str:
    """Describe what to type: the description, the unit, the valid range or the usual one."""
    if field.unit == "flag" or field.texts:
        return ""  # the choices explain themselves
    texts, back = load_texts(language), counts_back(field)
    described = field.description is not None and not back
    parts = [getattr(field.description, language)] if described else []
    if field.type == "category":
        return " ".join(parts)
    if currency := currency_of(field.unit):
        parts.append(texts["amount_in"].format(currency=CURRENCY_SIGNS.get(currency, currency)) + ".")
    elif unit := texts.get(f"unit_{(field.unit or '').partition(' ')[0]}", ""):
        parts.append(f"{unit[0].upper()}{unit[1:]}.")
    if field.minimum is not None and field.maximum is not None and not back:
        if not described:
            low, high = (getattr(describe_bound(field, end), language) for end in (field.minimum, field.maximum))
            parts.append(texts["within"].format(low=low, high=high) + ".")
    elif usual := describe_usual(field):
        parts.append(texts["usually"].format(range=getattr(usual, language)) + ".")
    return " ".join(parts)


def hidden_inputs(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """List names and texts of the hidden inputs with which a page hands an application to another page."""
    return [(name, text[:_LONGEST]) for name, text in pairs if text and not name.startswith(EDIT)]
