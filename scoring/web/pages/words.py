"""Every text of the pages, in French and in English."""

from collections.abc import Mapping
from functools import cache

from scoring.model.schema import Identity
from scoring.readable.numbers import Language
from scoring.readable.texts import read_texts


@cache
def load_texts(language: Language) -> Mapping[str, str]:
    """Load all texts in one language, by name, from ``words.csv`` and ``verdict.csv`` (the front-end has a copy).

    >>> load_texts("fr")["accepted"]
    'Demande acceptée'
    """
    words, verdict = (read_texts(__package__, name, language) for name in ("words.csv", "verdict.csv"))
    return {**words, **verdict}


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
