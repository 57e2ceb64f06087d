"""Readable names in a file of applications: columns by their label, categories by their text, in either language."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from scoring.model.schema import InputSchema, SchemaField
from scoring.tables.text.table_errors import TableError

_CLIENT = ("Client number", "Client ID", "Numéro de client", "Numéro du client", "Identifiant")
_BOTH = re.compile(r".*\[([^\[\]]+)\]\s*")  # as templates write a header: Amount of the credit [AMT_CREDIT]
_UNIT = re.compile(r"(.*\S)\s*\(([^()]*)\)")  # a label and its unit: Credit amount (lender's currency)
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
    read : the columns that were found by their label alone, and the names of their fields.
    """

    def __init__(self, schema: InputSchema) -> None:
        self._names = {schema.identity.name, *(field.name for field in schema.fields)}
        pairs = [(label, field.name) for field in schema.fields for label in (field.label.en, field.label.fr)]
        self._by_label = _by_simple_name([*((label, schema.identity.name) for label in _CLIENT), *pairs])
        self._units = {field.name: _OWN_UNITS.get((field.unit or "").split(" ")[0], ()) for field in schema.fields}
        self.read: dict[str, str] = {}

    def rename(self, header: Sequence[str]) -> list[str]:
        """Name the columns of a header; a column that is not a field keeps its name.

        Raises
        ------
        TableError
            Several fields have the same label.
        """
        self.read = {}
        return [self._name(column) for column in header]

    def _name(self, column: str) -> str:
        if column in self._names:
            return column
        if (both := _BOTH.fullmatch(column)) and both[1].strip() in self._names:
            return both[1].strip()
        simple = simplify(column)
        fields = self._by_label.get(simple, [])
        if not fields and (parts := _UNIT.fullmatch(simple)):
            fields = [
                name for name in self._by_label.get(parts[1], []) if parts[2].startswith(self._units.get(name, ()))
            ]
        if len(fields) > 1:
            raise TableError("ambiguous_label", column=column, fields=fields)
        if fields:
            self.read[column] = fields[0]
        return fields[0] if fields else column


def readable_categories(field: SchemaField) -> Mapping[str, str]:
    """Map each simplified readable text to its category; a text that several categories have is left out."""
    texts = {name: text for name, text in field.texts.items() if field.categories is None or name in field.categories}
    found = _by_simple_name((shown, name) for name, text in texts.items() for shown in (text.en, text.fr))
    return {text: names[0] for text, names in found.items() if len(names) == 1}
