"""How good the model is: metrics, calibration, decisions."""

from scoring.model.manifest import Manifest
from scoring.model.report import CalibrationComparison, NestedThreshold, Optimum, Report, SwapSet
from scoring.training.card.markdown import Lines, percent, points, section, signed, table, text, with_interval

_NAMES = {
    "auc": "AUC",
    "gini": "Gini",
    "ks": "KS",
    "pr_auc": "PR-AUC",
    "log_loss": "log loss",
    "brier": "Brier score",
    "calibration_slope": "calibration slope (1 is right)",
    "calibration_mean": "predicted over observed defaults (1 is right)",
    "refusal_rate": "refusal rate",
    "recall": "recall: share of defaults refused",
    "precision": "precision: share of defaults among the refused",
    "cost_per_client": "cost per client",
    "cost_accept_all": "cost of accepting everybody",
    "cost_refuse_all": "cost of refusing everybody",
}
_PARTS = {"test": "test part", "out_of_fold": "out of fold"}


def performance(manifest: Manifest) -> Lines:
    """Metrics by part, gains, rating bands, approval rates."""
    parts = [part for part in _PARTS if part in manifest.metrics]
    parts += [part for part in manifest.metrics if part not in parts]
    names = dict.fromkeys(name for part in parts for name in manifest.metrics[part])
    rows = [
        [_NAMES.get(name, name.replace("_", " ")), *(with_interval(manifest.metrics[part].get(name)) for part in parts)]
        for name in names
    ]
    report = manifest.report or Report()
    return section(
        "Performance",
        text("95 % intervals by resampling clients stand in brackets."),
        table(["", *(_PARTS.get(part, part) for part in parts)], rows),
        _gains(report),
        _bands(report),
        _approval(report),
        _swap(report.swap),
    )


def _gains(report: Report) -> Lines:
    rows = [
        [
            str(row.tenth),
            f"{row.clients:,}",
            percent(row.default_rate),
            percent(row.predicted),
            percent(row.captured),
            f"{row.lift:.2f}",
        ]
        for row in report.gains
    ]
    header = ["tenth (1 = riskiest)", "clients", "default rate", "predicted", "share of all defaults so far", "lift"]
    return section("Gains, out of fold", table(header, rows), level=3)


def _bands(report: Report) -> Lines:
    rows = [
        [
            f"{band.letter}: {percent(band.low)} to {percent(band.high)}",
            f"{band.clients:,}",
            percent(band.share),
            percent(band.default_rate),
            percent(band.predicted),
        ]
        for band in report.bands
    ]
    note = "Odds of default double from band to band; the limits are the same for every model and population."
    return section(
        "Rating bands, out of fold",
        text(note if rows else ""),
        table(["band, calibrated probability", "clients", "share", "default rate", "predicted"], rows),
        level=3,
    )


def _approval(report: Report) -> Lines:
    rows = [
        [
            f"**{percent(row.approval_rate)}, served**" if row.served else percent(row.approval_rate),
            percent(row.threshold),
            f"{percent(row.bad_rate)} ({percent(row.low)} to {percent(row.high)})",
        ]
        for row in report.approval
    ]
    return section(
        "Approval against bad rate, out of fold",
        table(["clients accepted", "threshold", "default rate of the accepted"], rows),
        level=3,
    )


def _swap(swap: SwapSet | None) -> Lines:
    if swap is None:
        return []
    cells = {
        "accepted by both": swap.both_accepted,
        f"refused by {swap.before}, accepted by {swap.after}": swap.swapped_in,
        f"accepted by {swap.before}, refused by {swap.after}": swap.swapped_out,
        "refused by both": swap.both_refused,
    }
    rows = [[name, f"{c.clients:,}", percent(c.share), percent(c.default_rate)] for name, c in cells.items()]
    return section("Swap set", table(["clients", "number", "share", "default rate"], rows), level=3)


def calibration(manifest: Manifest) -> Lines:
    """How probabilities are calibrated, and how well."""
    report, fitted = manifest.report or Report(), manifest.calibration
    compared = report.calibration
    rows = [
        [
            one.name,
            with_interval(one.slope),
            with_interval(one.mean),
            f"{one.log_loss.value:.5f}",
            f"{one.brier.value:.5f}",
        ]
        for one in (compared.methods if compared else ())
    ]
    header = ["on folds that fitted none of them", "slope", "predicted over observed", "log loss", "Brier score"]
    verdict = _verdict(compared) if compared else ""
    bins = [
        [
            f"{row.clients:,}",
            percent(row.predicted),
            f"{percent(row.observed)} ({percent(row.low)} to {percent(row.high)})",
        ]
        for row in report.around_threshold
    ]
    return section(
        "Calibration",
        text(
            f"Shown log-odds = {fitted.intercept:.4f} + {fitted.slope:.4f} × the model's log-odds, fitted on",
            "out-of-fold predictions; affine, so that reasons add up on the displayed scale.",
        ),
        table(header, rows),
        text(verdict),
        section(
            "Around the threshold, out of fold",
            table(["clients", "mean prediction", "default rate, 95 % bounds"], bins),
            level=3,
        ),
    )


def _verdict(compared: CalibrationComparison) -> str:
    """Say whether prior correction would do, and if not, why; and what balancing cost."""
    if compared.as_good:
        what = "does as well"
    elif compared.difference.low > 0:
        what = "does worse"
    else:
        what = "misses the goals (slope 0.95 to 1.05, predicted within 2 % of observed)"
    said = f"Prior correction {what}: its log loss less the sigmoid's is {signed(compared.difference, 5)}."
    if compared.to_unweighted:
        loss, brier = (signed(compared.to_unweighted[metric], 5) for metric in ("log_loss", "brier"))
        said += f" The sigmoid's log loss less that of the fit without weights is {loss}, its Brier score {brier}."
    return said


def decisions(manifest: Manifest) -> Lines:
    """Threshold, what a tuned one would be worth, review band."""
    report, threshold, costs = manifest.report or Report(), manifest.threshold, manifest.costs
    band = manifest.review_band
    ratio = f"{costs.false_positive:g} / ({costs.false_positive:g} + {costs.false_negative:g})"
    workload = "" if report.review_share is None else f": {percent(report.review_share)} of the clients"
    served = (
        f"refused from a calibrated probability of {percent(threshold.calibrated, 2)} on, which follows from the costs "
        f"({ratio}); {threshold.value:.4f} on the model's own scale"
    )
    facts = (
        served,
        *_optimum(report.optimum),
        *_nested(report.nested),
        f"review band, where refits disagree about the decision: {percent(band.low)} to {percent(band.high)}{workload}",
    )
    return section("Threshold and review", points(facts))


def _optimum(found: Optimum | None) -> Lines:
    if found is None:
        return []
    best = found.threshold
    span = f"{percent(best.low)} to {percent(best.high)}"
    told = (
        f"lowest point of the out-of-fold cost curve: {percent(best.value)} ({span}), "
        f"cost {found.cost:.4f} against {found.served_cost:.4f} as served; within {100 * found.tolerance:g} % of the "
        f"lowest anywhere from {percent(found.flat_low)} to {percent(found.flat_high)}"
    )
    return [told]


def _nested(found: NestedThreshold | None) -> Lines:
    if found is None:
        return []
    verdict = "a tuned threshold gains" if found.gains else "no gain is shown"
    told = (
        f"tuned on all folds but one and measured on that one, a threshold costs {found.tuned_cost:.4f}, the one from "
        f"the costs {found.theoretical_cost:.4f} (difference {signed(found.difference)}): {verdict}; "
        f"the one from the costs is {percent(found.excess_in_hindsight, 2)} above the best in hindsight"
    )
    return [told]
