"""Reads readable names in a file of applications: labels of columns and texts of categories, in either language."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from scoring.application.times import ReadColumn, TimeUnit, find_time_unit
from scoring.model.schema import InputSchema, SchemaField
from scoring.readable.field_values import counts_back
from scoring.tables.letter_case import KnownNames, refuse_same
from scoring.tables.text.table_errors import TableError

_CLIENT = ("Client number", "Client ID", "Numéro de client", "Numéro du client", "Identifiant")
_BOTH = re.compile(r".*\[([^\[\]]+)\]\s*")  # as templates write a header: Amount of the credit [AMT_CREDIT]
_UNIT = re.compile(r"(.*\S)\s*[(\[]([^()\[\]]*)[)\]]")  # a label and its unit: Credit amount (lender's currency)
# Beginnings of the units that a label may give. In another unit, such as k€ or months, the numbers would be wrong.
_OWN_UNITS = {
    "days": ("days", "jours"),
    "months": ("months", "mois"),
    "years": ("years", "ans"),
    "hour": ("hour", "heure"),
    "currency": ("lender's currency", "monnaie du preteur"),
    "share": ("share", "part"),
}


def simplify(name: str) -> str:
    """Simplify a name.

    Names that differ only in capitals, accents, apostrophes or blanks become equal, since people and spreadsheets
    change these.

    >>> simplify("  Montant de\u00a0l’Échéance ")
    "montant de l'echeance"
    """
    decomposed = unicodedata.normalize("NFKD", name.replace("’", "'").casefold())
    return " ".join("".join(sign for sign in decomposed if not unicodedata.combining(sign)).split())


def _by_simple_name(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for readable, name in pairs:
        if name not in found[key := simplify(readable)]:
            found[key].append(name)
    return found


class ColumnNames:
    """Names the columns of a file as the schema does.

    Attributes
    ----------
    read : the columns whose header is not the name of their field.
    """

    def __init__(self, schema: InputSchema) -> None:
        self._fields = {field.name: field for field in schema.fields}
        fields = [schema.identity.name, *self._fields]
        self._known = KnownNames([*fields, schema.target, *schema.left_out])
        self._codes = KnownNames(fields)
        pairs = [(label, field.name) for field in schema.fields for label in (field.label.en, field.label.fr)]
        self._by_label = _by_simple_name([*((label, schema.identity.name) for label in _CLIENT), *pairs])
        self._units = {field.name: _OWN_UNITS.get((field.unit or "").split(" ")[0], ()) for field in schema.fields}
        self.read: list[ReadColumn] = []

    def rename(self, header: Sequence[str]) -> list[str]:
        """Name the columns of a header; a column that is not a field keeps its name.

        Raises
        ------
        TableError
            Several fields have the same label, several columns are the same field, or a label and the code in brackets
            are those of different fields.
        """
        found = [self._find(column) for column in header]
        self.read = [one for one in found if one is not None]
        names = [column if one is None else one.field for column, one in zip(header, found, strict=True)]
        return refuse_same(header, names)

    def _find(self, column: str) -> ReadColumn | None:
        """Find the field of a column whose header is not the field's name."""
        if known := self._known.find(column):
            return None if known == column else ReadColumn(column, known, "case")
        if (both := _BOTH.fullmatch(column)) and (code := self._codes.find(both[1].strip())):
            return self._check_code(column, column[: both.start(1) - 1].strip(), code)
        fields, unit = self._find_by_label(column)
        if len(fields) > 1:
            raise TableError("ambiguous_label", column=column, fields=fields)
        return ReadColumn(column, fields[0], "label", unit) if fields else None

    def _check_code(self, column: str, label: str, code: str) -> ReadColumn:
        """Refuse a label that belongs to other fields than the code in brackets."""
        fields, unit = self._find_by_label(label)
        if fields and code not in fields:
            raise TableError("label_and_code", column=column, label=label, field=code, others=fields)
        return ReadColumn(column, code, "code", unit)

    def _find_by_label(self, column: str) -> tuple[list[str], TimeUnit | None]:
        """Find the fields with a label. The header may have a unit after it: the field's own or one of time."""
        simple = simplify(column)
        if simple in self._by_label:
            return self._by_label[simple], None
        parts = _UNIT.fullmatch(simple)
        if parts is None:
            return [], None
        named = self._by_label.get(parts[1], [])
        name = self._codes.find(column[: len(column.rstrip()) - len(parts[2]) - 2].strip())
        fields, unit = [*named, *([name] if name and not named else [])], find_time_unit(parts[2])
        own = [one for one in fields if parts[2].startswith(self._units.get(one, ()))]
        if own or unit is None:
            return own, None
        return [one for one in fields if one in self._fields and counts_back(self._fields[one])], unit


def readable_categories(field: SchemaField) -> Mapping[str, str]:
    """Map each simplified readable text to its category; a text that several categories have is left out."""
    texts = {name: text for name, text in field.texts.items() if field.categories is None or name in field.categories}
    found = _by_simple_name((shown, name) for name, text in texts.items() for shown in (text.en, text.fr))
    return {text: names[0] for text, names in found.items() if len(names) == 1}
