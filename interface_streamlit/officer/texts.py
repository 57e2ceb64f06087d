"""All that the pages say, in French and in English: ``texts.toml``."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

Language = Literal["fr", "en"]


@cache
def catalogue() -> Mapping[str, Mapping[Language, str]]:
    """Read the catalogue, once."""
    return tomllib.loads((Path(__file__).parent / "texts.toml").read_text(encoding="utf-8"))


def text(key: str, language: Language, **values: object) -> str:
    """Say something; raises KeyError where the catalogue lacks it.

    >>> text("yes", "fr"), text("unit.years", "en", value=40)
    ('oui', '40 years')
    """
    return catalogue()[key][language].format(**values)
