"""The texts of the validator's document, in both languages."""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from scoring.model_card.card_texts import CardTexts
from scoring.readable.numbers import Language


@cache
def document_texts(language: Language) -> Mapping[str, str]:
    """Read all texts of the document in one language, by name, from ``document_texts.csv``.

    >>> document_texts("fr")["stability"]
    'Stabilité'
    """
    text = files(__package__).joinpath("document_texts.csv").read_text(encoding="utf-8")
    return {line["name"]: line[language] for line in csv.DictReader(text.splitlines())}


class DocumentTexts(CardTexts):
    """Writes one language: the document's own texts, and those of the model card."""

    def say(self, name: str, **values: object) -> str:
        """Fill a text."""
        own = document_texts(self.language)
        return own[name].format(**values) if name in own else super().say(name, **values)
