"""Home Credit's application as an input schema, read from the table beside this file."""

import csv
from collections.abc import Iterator, Mapping
from importlib.resources import files

from scoring.model.schema import Identity, InputSchema, Readable, SchemaField, Text

_BETWEEN = "|"  # separates the items of one cell


def schema() -> InputSchema:
    """Return the 120 fields of an application, in the order of the publisher's table.

    >>> fields = schema().fields
    >>> len(fields), fields[0].name, fields[0].label.fr
    (120, 'NAME_CONTRACT_TYPE', 'Type de crédit')
    >>> schema().field("DAYS_EMPLOYED").missing
    (365243.0,)
    """
    texts: dict[str, dict[str, Text]] = {}
    for line in _lines("categories.csv"):
        texts.setdefault(line["field"], {})[line["category"]] = Text(en=line["en"], fr=line["fr"])
    fields = tuple(_field(line, texts.get(line["name"], {})) for line in _lines("input_schema.csv"))
    return InputSchema(identity=Identity(name="SK_ID_CURR", digits=6), target="TARGET", fields=fields)


def readable() -> dict[str, Readable]:
    """Return readable names of the derived numbers.

    >>> readable()["EXTERNAL_MEAN"].label.en
    'Average of the external scores (outside providers)'
    """
    return {line["name"]: _readable(line) for line in _lines("derived_names.csv")}


def _readable(line: dict[str, str]) -> Readable:
    values: dict[str, object] = {name: line[name] for name in ("unit", "concept", "riskier", "scale") if line[name]}
    return Readable.model_validate({**values, "label": {"en": line["label_en"], "fr": line["label_fr"]}})


def _lines(name: str) -> Iterator[dict[str, str]]:
    text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    return csv.DictReader(text.splitlines())


def _field(line: dict[str, str], texts: Mapping[str, Text]) -> SchemaField:
    values: dict[str, object] = {name: cell for name, cell in line.items() if cell}
    values["texts"] = texts
    for name in ("label", "description"):
        values[name] = Text(en=line[f"{name}_en"], fr=line[f"{name}_fr"])
        del values[f"{name}_en"], values[f"{name}_fr"]
    missing = _items(line["missing"])
    values["missing"] = missing if line["type"] == "category" else tuple(float(number) for number in missing)
    for several in ("proxy_categories", "open_ended"):
        values[several] = _items(line[several])
    return SchemaField.model_validate(values)


def _items(cell: str) -> tuple[str, ...]:
    return tuple(cell.split(_BETWEEN)) if cell else ()
