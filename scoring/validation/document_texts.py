"""The texts of the validator's document, in both languages."""

from collections.abc import Mapping

from scoring.model_card.card_texts import CardTexts
from scoring.readable.numbers import Language
from scoring.readable.texts import read_texts


def document_texts(language: Language) -> Mapping[str, str]:
    """Read all texts of the document in one language, by name, from ``document_texts.csv``.

    >>> document_texts("fr")["stability"]
    'Stabilité'
    """
    return read_texts(__package__, "document_texts.csv", language)


class DocumentTexts(CardTexts):
    """Writes one language: the document's own texts, and those of the model card."""

    def say(self, name: str, **values: object) -> str:
        """Fill a text."""
        own = document_texts(self.language)
        return own[name].format(**values) if name in own else super().say(name, **values)
