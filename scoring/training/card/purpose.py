"""What the model is for, what it predicts, what it was made from and why it was chosen."""

from scoring.model.manifest import Manifest
from scoring.training.card.markdown import Lines, percent, points, section, signed, table, text

_CANDIDATES_TOLD = 15


def use(manifest: Manifest) -> Lines:
    """Tell the intended use, and what it is not for."""
    costs = manifest.costs
    return section(
        "Intended use",
        text(
            "Supports a lender's decision on applications for consumer credit: a probability of default, a decision",
            f"at least cost ({costs.false_negative:g} for a credit that defaults, {costs.false_positive:g} for a good",
            "client refused) and the reasons. Loan officers see it beside the application; whoever is refused can ask",
            "for a person to look again, and cases near the threshold are marked for one.",
        ),
        text(
            "Not for: pricing, collection, marketing, capital or provisions; other products or countries than those",
            "of the data; deciding without a person who can overrule it.",
        ),
    )


def outcome(manifest: Manifest, note: str) -> Lines:
    """Tell what the target means."""
    return section(
        "What is predicted",
        text(
            f"`{manifest.input_schema.target}` is 1 for a client in payment difficulty as the lender's table records",
            "it.",
            note,
            "It is not a regulatory default (90 days past due on a material amount, or unlikely to pay: CRR article",
            '178), whatever it is called elsewhere in these pages; "default" is short for it.',
        ),
    )


def data(manifest: Manifest) -> Lines:
    """Tell where the model comes from."""
    training, schema = manifest.training, manifest.input_schema
    kind = "made-up" if training.synthetic else "real"
    rows, tested = training.rows, training.test_rows
    clients = f"{rows + tested:,} {kind} clients, one row each; {percent(training.default_rate)} of those trained on "
    apart = f"{tested:,} kept apart and used once, for the last measurement"
    return section(
        "Data",
        points(
            [
                f"{clients}defaulted",
                f"{rows:,} for training, in {training.folds} folds; {apart}; dealt by client, stratified by outcome",
                f"{len(schema.fields)} fields in, {len(manifest.features)} model-ready columns out",
                f"seed {training.seed}; fingerprint of the data `{training.data_sha256[:16]}`",
            ]
        ),
    )


def choice(manifest: Manifest) -> Lines:
    """List the candidates, and why this one was taken."""
    chosen = manifest.choice
    if chosen is None:
        return []
    rows = [
        [
            f"**{one.name}**" if one.name == chosen.champion else one.name,
            one.balancing,
            f"{one.auc:.4f}",
            f"{one.log_loss:.5f}",
            f"{one.cost_per_client:.4f}",
            f"{one.gap:.4f}",
            "" if one.name == chosen.champion else signed(one.log_loss_difference, 5),
        ]
        for one in chosen.candidates[:_CANDIDATES_TOLD]
    ]
    header = ["candidate", "balancing", "AUC", "log loss", "cost per client", "gap", "log loss against the champion"]
    more = len(chosen.candidates) - len(rows)
    return section(
        "Choice",
        text(f"Taken: **{chosen.champion}**; {chosen.reason}.", _overruled(overridden=chosen.overridden)),
        text(
            "All candidates were compared on the same folds, ranked by log loss, then cost. The gap is AUC on the",
            f"clients of a fit less AUC out of fold; up to {chosen.max_gap:g} is allowed.",
        ),
        table(header, rows),
        text(f"{more} more candidates are in the manifest." if more else ""),
    )


def _overruled(*, overridden: bool) -> str:
    return "The usual rule was overruled on request." if overridden else ""
