"""What the model is for, what it predicts, what it was made from, why it was chosen, and what it looks at."""

from collections.abc import Sequence

from scoring.model.manifest import CandidateFacts, ChoiceFacts, Manifest
from scoring.model.report import Metric
from scoring.model.scorer import ProbabilityOfDefault
from scoring.model_card.card_texts import CardTexts, Part, Section
from scoring.model_card.plots import draw_shapes
from scoring.readable.points import points_table
from scoring.readable.terms import group_into_terms

_MOST_CANDIDATES = 15
_MOST_TERMS = 15


def use(manifest: Manifest, texts: CardTexts) -> Section:
    """State the intended use, and what the model must not be used for."""
    costs = manifest.costs
    use_for = texts.say("use_for", fn=texts.number(costs.false_negative), fp=texts.number(costs.false_positive))
    return texts.section("use", Part(text=(use_for, texts.say("use_not_for"))))


def outcome(manifest: Manifest, texts: CardTexts) -> Section:
    """State what the target means."""
    schema = manifest.input_schema
    value = schema.outcomes[1] if schema.outcomes else "1"
    return texts.section("outcome", Part(text=(texts.say("outcome_is", target=schema.target, value=value),)))


def data(manifest: Manifest, texts: CardTexts) -> Section:
    """Describe the data: numbers of clients, origin, split, fingerprint."""
    training = manifest.training
    rows, tested, both = map(texts.count, (training.rows, training.test_rows, training.rows + training.test_rows))
    kind = texts.say("data_synthetic" if training.synthetic else "data_real")
    over_time = manifest.report.over_time if manifest.report else None
    later = {"first": over_time.first, "column": over_time.column} if over_time else None
    points = [
        texts.say("data_clients", n=both, kind=kind, rate=texts.percent(training.default_rate)),
        texts.say("data_split", rows=rows, folds=training.folds, tested=tested)
        if later is None
        else texts.say("data_split_time", rows=rows, folds=training.folds, tested=tested, **later),
        texts.say("data_columns", fields=len(manifest.input_schema.fields), columns=len(manifest.features)),
        texts.say("data_seed", seed=training.seed, sha256=training.data_sha256[:16]),
    ]
    if training.refitted:
        points.insert(2, texts.say("data_refitted", n=both, tested=tested))
    if found := training.inferred:
        rate, factor = texts.percent(found.assumed_rate), texts.number(found.factor)
        points.insert(2, texts.say("data_inferred", n=texts.count(found.applicants), factor=factor, rate=rate))
    return texts.section("data", Part(points=tuple(points)))


def choice(manifest: Manifest, texts: CardTexts) -> Section:
    """List the candidates, and why the champion was chosen."""
    chosen = manifest.choice
    if chosen is None:
        return texts.section("choice")
    shown = chosen.candidates[:_MOST_CANDIDATES]
    more = len(chosen.candidates) - len(shown)
    table = texts.table(
        "",
        shown,
        "balancing:name auc:fixed4 log_loss:fixed5 cost_per_client:fixed4 gap:fixed4 log_loss_difference:difference5",
        first=("candidate", [texts.candidate(one.name) for one in shown]),
        text=(_reason(chosen, texts), _gap(chosen, texts)),
        note=texts.say("choice_more", n=more) if more else "",
        folded=False,
    )
    return texts.section("choice", table, _settings(shown, texts))


def _settings(candidates: Sequence[CandidateFacts], texts: CardTexts) -> Part:
    """State with which settings the candidates were compared: not with the defaults of their libraries."""
    chosen = {
        one.name: ", ".join(f"{name} {value}" for name, value in (one.settings or {}).items()) for one in candidates
    }
    points = tuple(f"{texts.candidate(name)}{texts.say('colon')}{values}" for name, values in chosen.items() if values)
    return Part(texts.say("settings"), (texts.say("settings_how"),), points, folded=True) if points else Part()


def _gap(chosen: ChoiceFacts, texts: CardTexts) -> str:
    """State how candidates were compared, and the champion's gap if the manifest has its interval."""
    limit = texts.number(chosen.max_gap)
    for one in chosen.candidates:
        if one.name == chosen.champion and one.gap_interval:
            low, high = one.gap_interval
            return texts.say("choice_gap", gap=limit, own=texts.metric(Metric(value=one.gap, low=low, high=high), 4))
    return texts.say("choice_how", gap=limit)


def _reason(chosen: ChoiceFacts, texts: CardTexts) -> str:
    champion, best = texts.candidate(chosen.champion), chosen.candidates[0]
    if chosen.fairest:
        return texts.say("chosen_fairest", champion=champion)
    if chosen.overridden:
        return texts.say("chosen_asked", champion=champion)
    if best.name == chosen.champion:
        return texts.say("chosen_best", champion=champion)
    difference = texts.metric(best.log_loss_difference, 5, signed=True)
    return texts.say("chosen_readable", champion=champion, best=texts.candidate(best.name), difference=difference)


def importances(manifest: Manifest, texts: CardTexts) -> Section:
    """Weigh each term by its columns together, as a share of the heaviest one; and show how steady codes are."""
    weights = [manifest.importances.get(column.name, 0.0) for column in manifest.plan.columns]
    terms = group_into_terms(manifest.plan, manifest.input_schema, manifest.readable)
    weighed = sorted(((sum(weights[i] for i in term.columns), term) for term in terms), key=lambda pair: -pair[0])
    shares = [(weight / weighed[0][0], texts.label(term.label)) for weight, term in weighed if weight > 0][:_MOST_TERMS]
    part = Part(
        text=(texts.say("importances_how"),) if shares else (),
        header=(texts.say("term"), texts.say("effect")),
        rows=tuple((label, texts.percent(share, decimals=0)) for share, label in shares),
        bars=tuple(round(100 * share, 1) for share, _ in shares),
    )
    labels = {manifest.plan.columns[i].name: texts.label(term.label) for term in terms for i in term.columns}
    found = manifest.report.codes if manifest.report else ()
    codes = texts.table(
        texts.say("codes"),
        found,
        "codes:count known:percent known_default_rate:percent other_default_rate:percent spread:fixed3 error:fixed3",
        first=("term", [labels.get(one.term, one.term) for one in found]),
        text=(texts.say("codes_how"),),
    )
    return texts.section("importances", part, codes)


def points(manifest: Manifest, probability: ProbabilityOfDefault | None, texts: CardTexts) -> Section:
    """List the points of every bin of a scorecard; an empty section for any other model."""
    terms = group_into_terms(manifest.plan, manifest.input_schema, manifest.readable)
    scaling = manifest.scaling
    rows = points_table(manifest.plan, terms, probability, manifest.calibration, scaling) if probability else ()
    double, base, odds = map(texts.number, (scaling.double_odds, scaling.base_score, scaling.base_odds))
    how = texts.say("points_how", double=double, base=base, odds=odds)
    shapes = Part(text=(how,), plots=draw_shapes(rows, texts)) if rows else Part()
    table = texts.table(texts.say("points_table"), rows, "term:label bin:label points:fixed0")
    return texts.section("points", shapes, table, list_edits(manifest, texts))


def list_edits(manifest: Manifest, texts: CardTexts) -> Part:
    """List how the bins that a person gave differ from those that training finds."""
    edits = manifest.training.bin_edits
    if edits is None:
        return Part()
    if not edits:
        return Part(title=texts.say("edits"), text=(texts.say("edits_none"),))
    labels = {field.name: texts.label(field.label) for field in manifest.input_schema.fields}
    labels |= {name: texts.label(one.label) for name, one in manifest.readable.items()}
    rows = tuple(
        (
            labels.get(one.term, one.term),
            texts.say(f"edit_{one.change}"),
            *(_edited(text or "", one.change, texts) for text in (one.before, one.after)),
        )
        for one in edits
    )
    header = tuple(texts.say(f"column_{name}") for name in ("term", "change", "before", "after"))
    return Part(title=texts.say("edits"), text=(texts.say("edits_how"),), header=header, rows=rows)


def _edited(text: str, change: str, texts: CardTexts) -> str:
    """Translate a direction, and a way to treat missing values; edges and categories are the lender's own."""
    return texts.name(text) if change in ("direction", "missing") else text
