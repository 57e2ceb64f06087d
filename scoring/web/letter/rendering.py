"""The letter as a page for print, from templates that a lender can replace."""

from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, get_args

from scoring.errors import SettingError, refusing
from scoring.model.schema import Text
from scoring.readable.numbers import Language, format_date
from scoring.web.letter.letter import Letter, LetterReason, Source

if TYPE_CHECKING:
    from jinja2 import Environment

_OWN = Path(__file__).resolve().parent.parent / "templates" / "letter"


class Lender(NamedTuple):
    """Who sends the letter.

    Attributes
    ----------
    address : the lines of the address.
    contact : how to ask for a review: a phone number, an email address; empty if the applicant is to answer the letter.
    """

    name: str
    address: tuple[str, ...] = ()
    contact: str = ""


class LetterRenderer:
    """Renders letters of one lender.

    Parameters
    ----------
    templates : a folder with the lender's own ``letter.fr.html`` and ``letter.en.html``, or one of them; docs/letter.md
        says what a template can use.

    Raises
    ------
    SettingError
        If a template of the lender cannot be rendered.
    """

    def __init__(self, lender: Lender, templates: Path | None = None) -> None:
        self._lender, self._folder = lender, templates
        if templates is not None:
            self._check(templates)

    def render(self, letter: Letter, language: Language, root: str = "") -> str:
        """Render a letter; ``root`` is the prefix of the service's addresses."""
        template = self._environment.get_template(f"letter.{language}.html")
        return template.render(
            letter=letter, lender=self._lender, root=root, day=lambda day: format_date(day, language)
        )

    @cached_property
    def _environment(self) -> "Environment":
        from jinja2 import Environment, FileSystemLoader, StrictUndefined  # not needed before the first letter

        folders = [_OWN] if self._folder is None else [self._folder, _OWN]
        return Environment(loader=FileSystemLoader(folders), autoescape=True, undefined=StrictUndefined)

    def _check(self, folder: Path) -> None:
        names = [f"letter.{language}.html" for language in get_args(Language)]
        if not any((folder / name).is_file() for name in names):
            raise SettingError(
                f"SCORING_LETTERS={folder}: expected a folder with {' or '.join(names)}\n"
                "Put a template there, or remove the setting to use the templates of the service."
            )
        for language in get_args(Language):
            for letter in EXAMPLES:
                with refusing(
                    f"SCORING_LETTERS={folder}: letter.{language}.html cannot be rendered",
                    "Correct the template; docs/letter.md says what it can use.",
                ):
                    self.render(letter, language)


_TEXT = Text(en="text", fr="texte")
_REFUSED = Letter(
    reference="01234567-89ab-7cde-8f01-23456789abcd",
    client_id=500_000,
    day=date(2026, 11, 26),
    outcome="REFUSED",
    automated=True,
    reviewed_on=None,
    reasons=(LetterReason(text=_TEXT, remedy=None), LetterReason(text=_TEXT, remedy=_TEXT)),
    change=_TEXT,
    sources=(Source(name=_TEXT, correction=_TEXT),),
)
# What every template must be able to render: a refusal, and an acceptance after a review without a number.
EXAMPLES = (
    _REFUSED,
    _REFUSED.model_copy(
        update={
            "client_id": None,
            "outcome": "ACCEPTED",
            "automated": False,
            "reviewed_on": date(2026, 11, 27),
            "reasons": (),
            "change": None,
        }
    ),
)
