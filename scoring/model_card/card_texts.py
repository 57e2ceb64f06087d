"""What a model card is made of (sections of texts, lists and tables), and its texts and numbers in one language."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from scoring.model.report import Metric
from scoring.model.schema import InputSchema, SchemaField, Text
from scoring.model_card.drawing import Plot
from scoring.readable.numbers import (
    Language,
    format_count,
    format_fixed,
    format_metric,
    format_number,
    format_percent,
    with_interval,
)
from scoring.readable.texts import read_texts

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a section, shown in this order: title, paragraphs, points, table, note."""

    title: str = ""
    text: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    header: Row = ()
    rows: tuple[Row, ...] = ()  # the first cell names the row
    bars: tuple[float, ...] = ()  # length of a bar for each row, 0 to 100; none for most tables
    note: str = ""
    folded: bool = False  # a page may show the title alone at first
    plots: tuple[Plot, ...] = ()  # shown by pages only, before the table


@dataclass(frozen=True, slots=True)
class Section:
    """A section; ``name`` is the same in both languages."""

    name: str
    title: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """A model card in one language; ``warning`` is empty unless the data is synthetic."""

    title: str
    warning: str
    sections: tuple[Section, ...]


card_texts = partial(read_texts, __package__, "texts.csv")


class CardTexts:
    """Writes one language, with the names of one model's fields.

    ``number``, ``count``, ``fixed`` and ``percent`` write numbers as the functions of ``readable.numbers`` do.
    ``own`` reads the texts of a class that has others, too.
    """

    own = staticmethod(card_texts)

    def __init__(self, language: Language, schema: InputSchema) -> None:
        self.language, self.schema = language, schema
        self.texts = {**card_texts(language), **self.own(language)}
        self.number = partial(format_number, language=language)
        self.count = partial(format_count, language=language)
        self.fixed = partial(format_fixed, language=language)
        self.percent = partial(format_percent, language=language)

    def say(self, name: str, **values: object) -> str:
        """Fill a text, by its name."""
        return self.texts[name].format(**values)

    def group(self, name: str, field: SchemaField | None) -> str:
        """Name a group of clients: a category by its readable name, ages and missing values in words; others stay."""
        if field and name in field.texts:
            return self.label(field.texts[name])
        return self.texts.get(f"group: {name}", name)

    def name(self, english: str) -> str:
        """Translate a name that the project gave (a family, a method, a case of the report); unknown ones stay."""
        left_out = next((one for one in self.schema.fields if english == f"without {one.name}"), None)
        if left_out:
            return self.say("name: without", field=self.label(left_out.label))
        return self.texts.get(f"name: {english}", english)

    def candidate(self, english: str) -> str:
        """Translate the name of a candidate, with the fields that it does without."""
        family, _, left_out = english.partition(" without ")
        if not left_out:
            base, comma, more = english.partition(", ")
            known = f"name: {english}" in self.texts
            return self.name(english) if known else f"{self.name(base)}{comma}{more}"
        labels = {one.name: self.label(one.label) for one in self.schema.fields}
        named = ", ".join(labels.get(name, name) for name in left_out.split(", "))
        return f"{self.candidate(family)} {self.say('name: without', field=named)}"

    def label(self, text: Text) -> str:
        """Choose the language of a field's text."""
        return text.fr if self.language == "fr" else text.en

    def labels(self, fields: Iterable[SchemaField]) -> str:
        """List fields by their labels."""
        return ", ".join(self.label(one.label) for one in fields)

    def field_labelled(self, label: str) -> SchemaField | None:
        """Find a field by its English label, as the report names attributes."""
        return next((one for one in self.schema.fields if one.label.en == label), None)

    def metric(self, metric: Metric | None, decimals: int = 3, *, signed: bool = False) -> str:
        """Write a figure with its interval; an exact figure has none, such as the champion's difference from itself."""
        if metric and metric.low == metric.high:
            return format_fixed(metric.value, self.language, decimals, signed=signed)
        return format_metric(metric, self.language, decimals, signed=signed)

    def rate(self, row: Any, value: float) -> str:
        """Write a share in per cent, with the bounds of its row or metric."""
        shown, low, high = (self.percent(one) for one in (value, row.low, row.high))
        return with_interval(shown, low, high, self.language)

    def cell(self, row: Any, column: str) -> str:
        """Write one figure of a row: the name of an attribute, and its form.

        Forms: ``name``, ``label``, ``count``, ``percent``, ``rate`` (with the row's bounds); followed by a number of
        decimals: ``fixed``, ``metric`` (with its interval), ``difference`` (with a sign, too).
        """
        attribute, _, form = column.partition(":")
        value, kind = getattr(row, attribute), form.rstrip("0123456789")
        decimals = int(form.removeprefix(kind) or 0)
        if kind == "rate":
            return self.rate(row, value)
        if kind in ("metric", "difference"):
            return self.metric(value, decimals, signed=kind == "difference")
        if kind == "fixed":
            return self.fixed(value.value if isinstance(value, Metric) else value, decimals=decimals)
        return str(getattr(self, kind)(value))

    def section(self, name: str, *parts: Part) -> Section:
        """Make a section, titled by its name, of the parts that have content."""
        return Section(name, self.say(name), tuple(one for one in parts if one.text or one.points or one.rows))

    def table(
        self,
        title: str,
        rows: Sequence[Any],
        columns: str,
        *,
        first: tuple[str, Sequence[str]] | None = None,
        text: Row = (),
        note: str = "",
        folded: bool = True,
    ) -> Part:
        """Make a part with a table; an empty one where there is no row.

        Parameters
        ----------
        columns : as ``cell`` takes them, separated by spaces; the texts ``column_...`` are the header.
        first : name and cells of a first column that is not one attribute.
        """
        header = [self.say(f"column_{column.partition(':')[0]}") for column in columns.split()]
        cells = [[self.cell(row, column) for column in columns.split()] for row in rows]
        if first:
            header = [self.say(f"column_{first[0]}"), *header]
            cells = [[cell, *line] for cell, line in zip(first[1], cells, strict=True)]
        if not cells:
            return Part()
        return Part(title, text, header=tuple(header), rows=tuple(map(tuple, cells)), note=note, folded=folded)
