"""A report as one HTML page: sections of text, tables and pictures, with a list of contents."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined, Template

from scoring.readable.numbers import Language

_CONTENTS = {"en": "Contents", "fr": "Sommaire"}
_PICTURE = {"en": "Picture: ", "fr": "Image\u00a0: "}
_TABLE = {"en": "Table: ", "fr": "Tableau\u00a0: "}


@dataclass(frozen=True)
class Picture:
    """A plot as the address of a picture that the page itself holds, with what it shows in words."""

    address: str
    description: str


@dataclass(frozen=True)
class Block:
    """Part of a section, shown in this order: title, paragraphs, points, picture, table, note.

    Attributes
    ----------
    header, rows : of the table; the first cell of a row names it.
    """

    title: str = ""
    text: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    picture: Picture | None = None
    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    note: str = ""


@dataclass(frozen=True)
class ReportSection:
    """A section; ``name`` is its address in the page."""

    name: str
    title: str
    blocks: tuple[Block, ...]


def write_report(
    beginning: str, language: Language, title: str, verdict: str, sections: Sequence[ReportSection], *, alarm: bool
) -> str:
    """Write a report.

    Parameters
    ----------
    beginning : of the file, by which a later run knows it as one that it may replace; starts with the document type.
    verdict : what the report found, in one or two sentences.
    alarm : the verdict asks for somebody to act.
    """
    return _template().render(
        beginning=beginning,
        language=language,
        title=title,
        verdict=verdict,
        alarm=alarm,
        sections=sections,
        contents=_CONTENTS[language],
        table=_TABLE[language],
        picture=_PICTURE[language],
    )


@cache
def _template() -> Template:
    source = files(__package__).joinpath("report_frame.html.jinja").read_text(encoding="utf-8")
    return Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=True).from_string(
        source
    )
