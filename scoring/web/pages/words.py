"""Every text of the pages, in French and in English."""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from scoring.model.schema import Identity
from scoring.readable.numbers import Language


@cache
def load_texts(language: Language) -> Mapping[str, str]:
    """Load all texts in one language, by name, from ``words.csv`` and ``verdict.csv`` (the front-end has a copy).

    >>> load_texts("fr")["accepted"]
    'Demande acceptée'
    """
    tables = (files(__package__).joinpath(name).read_text(encoding="utf-8") for name in ("words.csv", "verdict.csv"))
    return {line["name"]: line[language] for table in tables for line in csv.DictReader(table.splitlines())}


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
