"""The texts of the validator's document, in both languages."""

import re
from functools import cache, partial

from scoring.model_card.card_texts import CardTexts
from scoring.readable.texts import read_texts

_FORMS = {"n": r"\d+", "rows": r"\d+"}  # of values in a sentence; others are any text


document_texts = partial(read_texts, __package__, "document_texts.csv")


class DocumentTexts(CardTexts):
    """Writes one language: the document's own texts, and those of the model card."""

    own = staticmethod(document_texts)

    def tell(self, english: str) -> str:
        """Say in the document's language what reading a table told in English; other sentences stay as they are.

        The sentences are the texts whose names begin with ``told_``.
        """
        for name, pattern in _told():
            if found := pattern.fullmatch(english):
                values = {place: self.tell(value) for place, value in found.groupdict().items()}
                return self.say(name, **values)
        return english


@cache
def _told() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """List the English sentences about tables, by name; a pattern has a group for each place to fill."""
    told = {name: text for name, text in document_texts("en").items() if name.startswith("told_")}
    return tuple(
        (
            name,
            re.compile(
                re.sub(r"\\{(\w+)\\}", lambda place: f"(?P<{place[1]}>{_FORMS.get(place[1], '.+')})", re.escape(text))
            ),
        )
        for name, text in told.items()
    )
