"""Every text of the pages, in French and in English, and how figures are written there."""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from scoring.core.schema import Identity
from scoring.core.wording import grouped
from scoring.web.asked import Language


@cache
def words(language: Language) -> Mapping[str, str]:
    """All texts in one language, by name; they stand in ``words.csv``.

    >>> words("fr")["accepted"]
    'Demande acceptée'
    """
    text = files(__package__).joinpath("words.csv").read_text(encoding="utf-8")
    return {line["name"]: line[language] for line in csv.DictReader(text.splitlines())}


def percent(share: float, language: Language, places: int = 1) -> str:
    r"""Write a share (0-1) in per cent.

    >>> percent(0.0688, "en"), percent(0.5, "en"), percent(0.0909, "fr", places=2)
    ('6.9%', '50%', '9,09\u202f%')
    """
    number = grouped(round(100 * share, places), french=language == "fr")
    return f"{number}\u202f%" if language == "fr" else f"{number}%"


def number(value: float, language: Language, places: int = 3) -> str:
    """Write a number with so many decimals at most.

    >>> number(0.76239, "fr"), number(12000, "en")
    ('0,762', '12,000')
    """
    return grouped(round(value, places), french=language == "fr")


def form_of_ids(identity: Identity, language: Language) -> str:
    """Say what a client's number or text id looks like.

    >>> form_of_ids(Identity(name="id", digits=6), "fr")
    "6 chiffres, sans rien d'autre"
    """
    said = words(language)
    if identity.kind == "text":
        return said["form_text"]
    if identity.digits:
        return said["form_digits"].format(n=identity.digits)
    return said["form_number"].format(n=18)
