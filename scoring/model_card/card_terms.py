"""The terms of the model: what matters most, and the points of a scorecard."""

from scoring.model.manifest import Manifest
from scoring.model.scorer import ProbabilityOfDefault
from scoring.model_card.card_texts import CardTexts
from scoring.model_card.sections import Part, Section
from scoring.readable.points import STANDARD, points_table
from scoring.readable.terms import group_into_terms

_MOST_TERMS = 15


def importances(manifest: Manifest, texts: CardTexts) -> Section:
    """Weigh each term by its columns together, as a share of the heaviest one."""
    weights = [manifest.importances.get(column.name, 0.0) for column in manifest.plan.columns]
    terms = group_into_terms(manifest.plan, manifest.input_schema, manifest.readable)
    weighed = sorted(((sum(weights[i] for i in term.columns), term) for term in terms), key=lambda pair: -pair[0])
    shares = [(weight / weighed[0][0], texts.label(term.label)) for weight, term in weighed if weight > 0][:_MOST_TERMS]
    part = Part(
        text=(texts.say("importances_how"),) if shares else (),
        header=(texts.say("term"), texts.say("effect")),
        rows=tuple((label, texts.percent(share, 0)) for share, label in shares),
        bars=tuple(round(100 * share, 1) for share, _ in shares),
    )
    return texts.section("importances", part)


def points(manifest: Manifest, probability: ProbabilityOfDefault | None, texts: CardTexts) -> Section:
    """List the points of every bin of a scorecard; an empty section for any other model."""
    terms = group_into_terms(manifest.plan, manifest.input_schema, manifest.readable)
    rows = points_table(manifest.plan, terms, probability, manifest.calibration) if probability else ()
    double, base, odds = map(texts.number, (STANDARD.double_odds, STANDARD.base_score, STANDARD.base_odds))
    how = Part(text=(texts.say("points_how", double=double, base=base, odds=odds),)) if rows else Part()
    table = texts.table(texts.say("points_table"), rows, "term:label bin:label points:fixed0")
    return texts.section("points", how, table)
