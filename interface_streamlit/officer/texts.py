"""All texts of the pages, in French and in English, from ``texts.toml``."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

Language = Literal["fr", "en"]


@cache
def load_texts() -> Mapping[str, Mapping[Language, str]]:
    """Load all texts, once."""
    return tomllib.loads((Path(__file__).parent / "texts.toml").read_text(encoding="utf-8"))


def text(key: str, language: Language, **values: object) -> str:
    """Text in a language, with its values filled in; raises KeyError for an unknown key.

    >>> text("yes", "fr"), text("client.title", "en", number=500000)
    ('oui', 'Client 500000')
    """
    return load_texts()[key][language].format(**values)
