"""The texts of the validator's document, in both languages."""

from functools import partial

from scoring.model_card.card_texts import CardTexts
from scoring.readable.texts import read_texts

document_texts = partial(read_texts, __package__, "document_texts.csv")


class DocumentTexts(CardTexts):
    """Writes one language: the document's own texts, and those of the model card."""

    own = staticmethod(document_texts)
