"""The model card as a Markdown file."""

from functools import cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined, Template

from scoring.model.manifest import Manifest
from scoring.model.scorer import ProbabilityOfDefault
from scoring.model_card.card import build_card


def card_as_markdown(manifest: Manifest, probability: ProbabilityOfDefault | None = None) -> str:
    """Write the model card in English; ``probability`` as for ``build_card``."""
    return _template().render(card=build_card(manifest, "en", probability)).rstrip() + "\n"


@cache
def _template() -> Template:
    source = files(__package__).joinpath("card.md.jinja").read_text(encoding="utf-8")
    # Not HTML: nothing is to be escaped but the bars that separate a table's cells.
    environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False)  # noqa: S701
    return environment.from_string(source)
