"""The model card as data, the same for the page and for the Markdown file, and as that file."""

from functools import cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined, Template

from scoring.model.manifest import Manifest
from scoring.model.scorer import ProbabilityOfDefault
from scoring.model_card import people, purpose, quality
from scoring.model_card.card_texts import Card, CardTexts
from scoring.readable.numbers import Language

BEGINNING = "# Model card: "  # of the Markdown file


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
        purpose.importances(manifest, texts),
        purpose.points(manifest, probability, texts),
        people.fields(manifest, texts),
        people.fairness(manifest, texts),
        people.limits(manifest, texts),
        people.versions(manifest, texts),
    )
    return Card(
        title=texts.say("title", family=texts.name(manifest.model.family)),
        warning=texts.say("synthetic") if manifest.training.synthetic else "",
        sections=tuple(section for section in sections if section.parts),
    )


def card_as_markdown(manifest: Manifest, probability: ProbabilityOfDefault | None = None) -> str:
    """Write the model card as Markdown, in English; ``probability`` as for ``build_card``."""
    return _template().render(card=build_card(manifest, "en", probability)).rstrip() + "\n"


@cache
def _template() -> Template:
    source = files(__package__).joinpath("card.md.jinja").read_text(encoding="utf-8")
    # Not HTML: nothing is to be escaped but the bars that separate a table's cells.
    environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False)  # noqa: S701
    return environment.from_string(source)
