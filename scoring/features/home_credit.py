"""Home Credit's application as an input schema, read from the table beside this file."""

import csv
from importlib.resources import files

from scoring.core.schema import Identity, InputSchema, SchemaField, Text

_BETWEEN = "|"  # separates the items of one cell


def schema() -> InputSchema:
    """Return the 120 fields of an application, in the order of the publisher's table.

    >>> fields = schema().fields
    >>> len(fields), fields[0].name, fields[0].label.fr
    (120, 'NAME_CONTRACT_TYPE', 'Type de crédit')
    >>> schema().field("DAYS_EMPLOYED").missing
    (365243.0,)
    """
    text = files(__package__).joinpath("home_credit.csv").read_text(encoding="utf-8")
    fields = tuple(_field(line) for line in csv.DictReader(text.splitlines()))
    return InputSchema(identity=Identity(name="SK_ID_CURR", digits=6), target="TARGET", fields=fields)


def _field(line: dict[str, str]) -> SchemaField:
    values: dict[str, object] = {name: cell for name, cell in line.items() if cell}
    values["label"] = Text(en=line["label_en"], fr=line["label_fr"])
    del values["label_en"], values["label_fr"]
    missing = _items(line["missing"])
    values["missing"] = missing if line["type"] == "category" else tuple(float(number) for number in missing)
    values["proxy_categories"] = _items(line["proxy_categories"])
    return SchemaField.model_validate(values)


def _items(cell: str) -> tuple[str, ...]:
    return tuple(cell.split(_BETWEEN)) if cell else ()
