"""Texts in both languages from a CSV file of a package: columns ``name``, ``fr`` and ``en``."""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from scoring.model.schema import Text
from scoring.readable.numbers import Language


@cache
def read_both(package: str, file: str) -> Mapping[str, Text]:
    """Read all texts of a file, by name.

    >>> read_both("scoring.model_card", "texts.csv")["limits"]
    Text(en='Limits', fr='Limites')
    """
    lines = csv.DictReader(files(package).joinpath(file).read_text(encoding="utf-8").splitlines())
    return {line["name"]: Text(en=line["en"], fr=line["fr"]) for line in lines}


@cache
def read_texts(package: str, file: str, language: Language) -> Mapping[str, str]:
    """Read all texts of a file in one language, by name.

    >>> read_texts("scoring.model_card", "texts.csv", "fr")["limits"]
    'Limites'
    """
    return {name: getattr(both, language) for name, both in read_both(package, file).items()}
