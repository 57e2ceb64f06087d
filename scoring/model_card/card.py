"""The model card as data: one context for the Markdown file and for the page."""

from scoring.model.manifest import Manifest
from scoring.model.scorer import ProbabilityOfDefault
from scoring.model_card import card_terms, limits, people, purpose, quality
from scoring.model_card.card_texts import CardTexts
from scoring.model_card.sections import Card
from scoring.readable.numbers import Language


def build_card(manifest: Manifest, language: Language, probability: ProbabilityOfDefault | None = None) -> Card:
    """Describe a model in one language; what the manifest does not hold is left out.

    Parameters
    ----------
    probability : the scorer's, for the points of a scorecard; None leaves them out.
    """
    texts = CardTexts(language, manifest.input_schema)
    sections = (
        purpose.use(manifest, texts),
        purpose.outcome(manifest, texts),
        purpose.data(manifest, texts),
        purpose.choice(manifest, texts),
        quality.performance(manifest, texts),
        quality.calibration(manifest, texts),
        quality.decisions(manifest, texts),
        card_terms.importances(manifest, texts),
        card_terms.points(manifest, probability, texts),
        people.fields(manifest, texts),
        people.fairness(manifest, texts),
        limits.limits(manifest, texts),
        limits.versions(manifest, texts),
    )
    return Card(
        title=texts.say("title", family=texts.name(manifest.model.family)),
        warning=texts.say("synthetic") if manifest.training.synthetic else "",
        sections=tuple(section for section in sections if section.parts),
    )
