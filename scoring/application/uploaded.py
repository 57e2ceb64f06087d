"""A file of applications as it was read: its applications, and notes about the reading in both languages."""

from collections.abc import Callable, Sequence
from typing import Literal

from scoring.application.times import TimeUnit
from scoring.model.schema import Frozen, Text
from scoring.tables.text.table import Table
from scoring.tables.text.table_errors import Note, begin_sentence, fill_in


class UploadedRow(Frozen):
    """One row of a file.

    Attributes
    ----------
    line : line of the file that the row begins in, from 1.
    application : its values by field, without the missing ones. In a field of numbers, a cell that is not a number is
        given as a text.
    """

    line: int
    application: dict[str, int | float | bool | str]


class UploadedColumn(Frozen):
    """A column that is read.

    Attributes
    ----------
    column : its header.
    field : name of the field.
    by : how the field was found: by its ``label``, by its ``name``, by its name in another letter ``case``, or by the
        ``code`` in brackets.
    unit : the unit of time that was read and turned into days before the application; null elsewhere.
    """

    column: str
    field: str
    by: Literal["label", "case", "code", "name"]
    unit: TimeUnit | None


class UploadedText(Frozen):
    """A readable text that was read as a category of a field."""

    field: str
    text: str
    category: str


class SimilarColumn(Frozen):
    """An unknown column whose name may be the misspelled name of a field that the file lacks."""

    column: str
    field: str


class Upload(Frozen):
    """A file of applications, as read. Nothing is scored.

    Attributes
    ----------
    form : how the file is written, in words.
    notes : what was unusual, in words.
    columns : those that are read, in the order of the file.
    texts : readable texts that were read as categories.
    unknown_columns : columns that are not a field of an application; they are left out.
    similar : of the first 20 unknown columns, those whose names may be misspelled names of fields that the file lacks.
        Columns that training left out, and the outcome, are not among them.
    rows : at most 10,000.
    """

    form: Text
    notes: list[Text]
    columns: list[UploadedColumn]
    texts: list[UploadedText]
    unknown_columns: list[str]
    similar: list[SimilarColumn]
    rows: list[UploadedRow]


def in_both_languages(describe: Callable[[str], Sequence[str]]) -> list[Text]:
    """Write lines in English and French, each as a sentence."""
    return [Text(en=begin_sentence(en), fr=fr) for en, fr in zip(describe("en"), describe("fr"), strict=True)]


def name_markers(table: Table, language: str) -> list[str]:
    """Tell for each column which texts were read as missing."""
    return [
        fill_in("note_missing", language, {"column": name, "markers": list(counts)})
        for name, counts in table.markers.items()
    ]


def note_columns(columns: Sequence[UploadedColumn]) -> list[Note]:
    """Tell which columns were read by their label, and which by their name in another letter case."""
    keys = {"note_labels": "label", "note_case": "case"}
    pairs = {key: [f"{one.column} → {one.field}" for one in columns if one.by == by] for key, by in keys.items()}
    return [Note(key, {"columns": found}, whole=True) for key, found in pairs.items() if found]


def note_texts(texts: Sequence[UploadedText]) -> list[Note]:
    """Tell which readable texts were read as categories."""
    by_field: dict[str, list[str]] = {}
    for one in texts:
        by_field.setdefault(one.field, []).append(f"{one.text} → {one.category}")
    return [Note("note_categories", {"column": name, "texts": read}, whole=True) for name, read in by_field.items()]
