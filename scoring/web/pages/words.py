"""Every text of the pages, in French and in English, and how figures are written there."""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from scoring.model.schema import Identity
from scoring.readable.wording import grouped
from scoring.web.negotiation import Language

_MOST_PLACES = 10


@cache
def load_texts(language: Language) -> Mapping[str, str]:
    """All texts in one language, by name, from ``words.csv``.

    >>> load_texts("fr")["accepted"]
    'Demande acceptée'
    """
    table = files(__package__).joinpath("words.csv").read_text(encoding="utf-8")
    return {line["name"]: line[language] for line in csv.DictReader(table.splitlines())}


def percent(share: float, language: Language, places: int = 1) -> str:
    r"""Write a share (0-1) in per cent.

    >>> percent(0.0688, "en"), percent(0.5, "en", places=0), percent(0.09, "fr")
    ('6.9%', '50%', '9,0\u202f%')
    """
    written = fixed(100 * share, language, places)
    return f"{written}\u202f%" if language == "fr" else f"{written}%"


def places_to_tell(risk: float, threshold: float) -> int:
    """Count the decimals in per cent that tell a risk (0-1) from the threshold: one, or more where it lies close.

    >>> places_to_tell(0.12, 1 / 11), places_to_tell(0.0906, 1 / 11), places_to_tell(1 / 11, 1 / 11)
    (1, 2, 1)
    """
    apart = (n for n in range(1, _MOST_PLACES) if f"{100 * risk:.{n}f}" != f"{100 * threshold:.{n}f}")
    return next(apart, 1)


def fixed(value: float, language: Language, places: int = 3) -> str:
    """Write a number with so many decimals.

    >>> fixed(0.77, "fr"), fixed(-2.4014, "en"), fixed(1, "en", places=0)
    ('0,770', '−2.401', '1')
    """
    written = f"{value:.{places}f}".replace("-", "−")
    return written.replace(".", ",") if language == "fr" else written


def counted(value: float, language: Language) -> str:
    r"""Write a whole number.

    >>> counted(12000, "fr"), counted(12000, "en")
    ('12\u202f000', '12,000')
    """
    return grouped(float(value), french=language == "fr")


def describe_id_form(identity: Identity, language: Language) -> str:
    """Describe the form of a client number or text ID.

    >>> describe_id_form(Identity(name="id", digits=6), "en")
    '6 digits, nothing else'
    """
    texts = load_texts(language)
    if identity.kind == "text":
        return texts["form_text"]
    if identity.digits:
        return texts["form_digits"].format(n=identity.digits)
    return texts["form_number"].format(n=18)
