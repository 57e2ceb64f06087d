"""The form of a new application, made from the input schema, with every fault beside its field."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scoring.errors import RequestError
from scoring.model.schema import Identity, SchemaField
from scoring.readable.terms import Range
from scoring.readable.wording import shown
from scoring.web.negotiation import Language
from scoring.web.pages.field_order import FieldOrder, Group, by_concept
from scoring.web.pages.form_errors import as_typed, bound, faults_of
from scoring.web.pages.form_input import DAYS, EDIT, UNIT, Entered, counts_back
from scoring.web.pages.words import form_of_ids, words

_LONGEST = 200  # characters of a text that the form repeats


@dataclass(frozen=True, slots=True)
class Input:
    """One field of the form.

    Attributes
    ----------
    key : its id in the page.
    options : value and text of each choice; empty for a text.
    unit_name, unit : of a time, the name and the value of its unit.
    fault : what is wrong with the value; empty where nothing is.
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
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """The whole form.

    Attributes
    ----------
    client : the field of the client's number.
    main, used, unused : fields, the latter two by concept.
    summary : of all faults: the field's id (empty where there is none), its label, what is wrong.
    many : how many fields are not used.
    """

    client: Input
    main: tuple[Input, ...]
    used: tuple[Group, ...]
    unused: tuple[Group, ...]
    summary: tuple[tuple[str, str, str], ...]
    many: int
    unused_faulty: bool
    stored: bool


def form_of(order: FieldOrder, language: Language, entered: Entered, error: RequestError | None = None) -> Form:
    """Make the form with what was entered, and with the faults that reading it found."""
    identity = order.schema.identity
    faults = faults_of(order.schema, language, entered.record, error)
    fields = order.schema.fields
    inputs = {
        field.name: _input(f"field-{i}", field, language, entered, faults.get(field.name, ""))
        for i, field in enumerate(fields)
    }
    client = _client(identity, language, entered, faults.get(identity.name, ""))
    main, more = ([inputs[field.name] for field in part] for part in (order.main, (*order.used, *order.unused)))
    summary = [(one.key, one.label, one.fault) for one in (*main, client, *more) if one.fault]
    loose = [(name, text) for name, text in faults.items() if name not in inputs and name != identity.name]
    first = [*main, *more][0].key
    summary += [(first if name == "(all)" else "", "", text) for name, text in loose]
    return Form(
        client=client,
        main=tuple(main),
        used=by_concept(order.used, inputs, language),
        unused=by_concept(order.unused, inputs, language),
        summary=tuple(summary),
        many=len(order.unused),
        unused_faulty=any(inputs[field.name].fault for field in order.unused),
        stored=entered.stored,
    )


def _client(identity: Identity, language: Language, entered: Entered, fault: str) -> Input:
    said = words(language)
    return Input(
        key="client-number",
        name=identity.name,
        label=said["client_number" if identity.kind == "number" else "client_id"],
        hint=f"{said['id_hint']} {form_of_ids(identity, language)}.",
        value=entered.texts.get(identity.name, "")[:_LONGEST],
        numeric=identity.kind == "number",
        fault=fault,
    )


def _input(key: str, field: SchemaField, language: Language, entered: Entered, fault: str) -> Input:
    back = counts_back(field)
    value = entered.texts.get(field.name, "")[:_LONGEST]
    return Input(
        key=key,
        name=field.name,
        label=getattr(field.label, language),
        hint=_hint(field, language),
        value=value,
        required=field.required,
        options=_options(field, language, value),
        numeric=field.type != "category",
        unit_name=UNIT + field.name if back else "",
        unit=entered.units.get(field.name, "years") if back else "",
        fault=fault,
    )


def _options(field: SchemaField, language: Language, value: str) -> tuple[tuple[str, str], ...]:
    said = words(language)
    blank = ("", said["choose"] if field.required else said["not_known"])
    if field.type == "category" and field.categories:
        choices = [
            (category, getattr(field.texts[category], language) if category in field.texts else category)
            for category in field.categories
            if category not in field.missing
        ]
    elif field.unit == "flag":
        choices = [("1", said["yes"]), ("0", said["no"])]
    else:
        return ()
    known = {choice for choice, _ in choices}
    other = [(value, value)] if value and value not in known else []  # what came from elsewhere is kept as well
    return (blank, *choices, *other)


def _hint(field: SchemaField, language: Language) -> str:
    """Say what to enter: the description, the unit, what can be or what is usual."""
    if field.unit == "flag" or field.texts:
        return ""  # the choices say it
    said = words(language)
    parts = [getattr(field.description, language)] if field.description and not counts_back(field) else []
    if field.type == "category":
        return " ".join(parts)
    described = bool(parts)
    unit = said.get(f"unit_{(field.unit or '').partition(' ')[0]}", "")
    if unit:
        parts.append(f"{unit[0].upper()}{unit[1:]}.")
    if field.minimum is not None and field.maximum is not None and not counts_back(field):
        if not described:
            low, high = bound(field, field.minimum, language), bound(field, field.maximum, language)
            parts.append(said["within"].format(low=low, high=high) + ".")
    elif field.usual:
        usual = getattr(shown(as_typed(field), Range(*field.usual)), language)
        parts.append(said["usually"].format(range=usual) + ".")
    return " ".join(parts)


def time_units(language: Language) -> Sequence[tuple[str, str]]:
    """Units in which a time can be given."""
    return [(unit, words(language)[unit]) for unit in DAYS]


def hidden(entered: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Fields that carry what was entered to another page."""
    return [(name, text[:_LONGEST]) for name, text in entered if text and not name.startswith(EDIT)]
