"""What a model card is made of: sections of texts, lists and tables."""

from dataclasses import dataclass

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a section, shown in this order: title, paragraphs, points, table, note.

    Attributes
    ----------
    rows : of the table; the first cell names the row.
    bars : length of a bar for each row, 0 to 100; none for most tables.
    folded : a page may show the title alone at first.
    """

    title: str = ""
    text: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    header: Row = ()
    rows: tuple[Row, ...] = ()
    bars: tuple[float, ...] = ()
    note: str = ""
    folded: bool = False


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
