"""The model card: what a model is for, how good it is, whom it treats how, and where it ends."""

from scoring.model.manifest import Manifest
from scoring.training.card import figures, limits, people, purpose
from scoring.training.card.markdown import text


def card(manifest: Manifest, target_note: str = "") -> str:
    """Write the model card as Markdown. What the manifest does not tell is left out.

    Parameters
    ----------
    target_note : a sentence on what the table's publisher counts as payment difficulty.
    """
    sections = (
        purpose.use(manifest),
        purpose.outcome(manifest, target_note),
        purpose.data(manifest),
        purpose.choice(manifest),
        figures.performance(manifest),
        figures.calibration(manifest),
        figures.decisions(manifest),
        people.fields(manifest),
        people.fairness(manifest),
        limits.limits(manifest),
        limits.versions(manifest),
    )
    lines = [f"# Model card: {manifest.model.family}", "", *_synthetic(manifest)]
    lines += [line for section in sections for line in section]
    return "\n".join(lines).rstrip() + "\n"


def _synthetic(manifest: Manifest) -> list[str]:
    if not manifest.training.synthetic:
        return []
    return text(
        "> **Made-up clients.** This model was trained and measured on synthetic data. Its figures show that the",
        "machinery works; they are no evidence about people, and no decision about anybody should rest on them.",
    )
