"""The tables of a model, as the sheets of a workbook."""

from collections.abc import Iterator, Sequence
from math import inf

from scipy.special import logit

from scoring.model.calibration import Scaling
from scoring.model.manifest import Manifest
from scoring.model.report import Report
from scoring.validation.excel import Cell, Column, Sheet
from scoring.validation.figures import CutOff, Figures, Model, list_cut_offs, list_missing
from scoring.validation.term_rows import BinRow, ColumnRow, list_columns

_SIGN = (
    "Weight of evidence: ln(share of all defaults / share of all repaid credits). Higher is riskier; many books have "
    "the opposite sign. With a positive coefficient a higher weight raises the risk."
)
_ROUNDED = (
    "Points are rounded to the nearest whole number, a half to the even one. The sum of a client's exact points is the "
    "calibrated log-odds of repayment, scaled; no decision is made from points."
)


def make_sheets(model: Model, figures: Figures, scaling: Scaling) -> tuple[Sheet, ...]:
    """Make all sheets; one for which there is no figure is left out, and the first sheet says so."""
    columns = list_columns(model.manifest, model.probability, figures.report.bins, scaling)
    report = figures.report
    sheets = (
        Sheet("About", (Column("What"), Column("Value")), tuple(_about(model, figures, scaling))),
        _terms(columns, model.manifest),
        _bins(columns),
        _gains(report),
        _bands(report, scaling),
        _strategy(list_cut_offs(figures, model.manifest), scaling),
        _costs(figures, scaling),
        _swap(report),
        _folds(report),
    )
    return tuple(sheet for sheet in sheets if sheet.rows)


def _about(model: Model, figures: Figures, scaling: Scaling) -> Iterator[tuple[Cell, Cell]]:
    manifest = model.manifest
    yield "Model", manifest.model.family
    yield "Model version", manifest.version()
    yield "Made on", manifest.created_at.date().isoformat()
    if manifest.training.synthetic:
        yield "Synthetic data", "The model was trained on made-up clients. Its figures are no evidence about people."
    yield "Training clients", manifest.training.rows
    yield "Default rate of the training clients", manifest.training.default_rate
    yield "Figures are of", figures.file or "the training clients, out of fold"
    yield "Clients measured", figures.clients
    yield "Default rate of these clients", figures.default_rate
    yield "Threshold: refused from a risk of", manifest.threshold.calibrated
    yield "Cost of a credit that defaults", manifest.costs.false_negative
    yield "Cost of refusing a good client", manifest.costs.false_positive
    yield "Points at the base odds", scaling.base_score
    yield "Base odds: repayments to one default", scaling.base_odds
    yield "Points that double the odds of repayment", scaling.double_odds
    yield "Source of the scaling", "Siddiqi (2006), Credit Risk Scorecards, chapter 6"
    yield "Rounding of points", _ROUNDED
    yield "Sign of the weight of evidence", _SIGN
    for line in list_missing(model, figures):
        yield "Not in this workbook", line
    for warning in figures.warnings:
        yield "Warning", str(warning)


def _terms(columns: Sequence[ColumnRow], manifest: Manifest) -> Sheet:
    header = (
        *(Column("Term"), Column("Terme (français)"), Column("Column")),
        *(Column("Bins", "count"), Column("Information value", "number"), Column("Coefficient", "weight")),
        *(Column("Lowest points", "points"), Column("Highest points", "points"), Column("Mean effect", "number")),
        *(Column("AUC alone, worst fold", "number"), Column("AUC alone, best fold", "number")),
    )
    rows = []
    for one in columns:
        points = [row.exact for row in one.bins if row.exact is not None]
        aucs = [auc for auc in one.aucs if auc is not None]
        rows.append(
            (
                *(one.term.label.en, one.term.label.fr, one.name),
                *(len(one.bins) or None, one.information, one.coefficient),
                *(round(min(points)) if points else None, round(max(points)) if points else None),
                manifest.importances.get(one.name),
                *(min(aucs, default=None), max(aucs, default=None)),
            )
        )
    return Sheet("Terms", header, rows)


def _bins(columns: Sequence[ColumnRow]) -> Sheet:
    header = (
        *(Column("Term"), Column("Column"), Column("Bin"), Column("Classe (français)")),
        *(Column("From", "edge"), Column("To (excluded)", "edge"), Column("Clients", "count")),
        *(Column("Share of clients", "share"), Column("Defaults", "count"), Column("Default rate", "share")),
        *(Column("Weight of evidence, observed", "weight"), Column("Weight of evidence, in the model", "weight")),
        *(Column("Information value", "number"), Column("Coefficient", "weight")),
        *(Column("Points, exact", "number"), Column("Points", "points")),
    )
    return Sheet("Bins", header, [_bin(one, row) for one in columns for row in one.bins])


def _bin(one: ColumnRow, row: BinRow) -> tuple[Cell, ...]:
    return (
        *(one.term.label.en, one.name, row.bin.text.en, row.bin.text.fr, row.bin.low, row.bin.high, row.clients),
        *(row.share, row.defaults, row.default_rate, row.observed, row.bin.weight, row.information),
        *(one.coefficient, row.exact, row.points),
    )


def _gains(report: Report) -> Sheet:
    header = (
        *(Column("Decile (1: riskiest)", "count"), Column("Clients", "count"), Column("Defaults", "count")),
        *(Column("Default rate", "share"), Column("Mean risk shown", "share")),
        *(Column("Cumulative share of defaults", "share"), Column("Lift", "number")),
    )
    rows = [
        (row.tenth, row.clients, row.defaults, row.default_rate, row.predicted, row.captured, row.lift)
        for row in report.gains
    ]
    return Sheet("Gains", header, rows)


def _bands(report: Report, scaling: Scaling) -> Sheet:
    header = (
        *(Column("Band"), Column("Risk from", "share"), Column("Risk to (excluded)", "share")),
        *(Column("Score above", "score"), Column("Score up to", "score"), Column("Clients", "count")),
        *(Column("Share of clients", "share"), Column("Defaults", "count"), Column("Default rate", "share")),
        Column("Mean risk shown", "share"),
    )
    rows = [
        (
            *(row.letter, row.low, row.high, _score(row.high, scaling), _score(row.low, scaling), row.clients),
            *(row.share, row.defaults, row.default_rate, row.predicted),
        )
        for row in report.bands
    ]
    return Sheet("Score bands", header, rows)


def _score(risk: float, scaling: Scaling) -> float | None:
    """Points of a calibrated probability (0-1); None at its ends, which are infinitely many points away."""
    odds = float(logit(risk))
    return None if abs(odds) == inf else scaling.score(odds)


def _strategy(cut_offs: Sequence[CutOff], scaling: Scaling) -> Sheet:
    header = (
        *(Column("Refused from a risk of", "share"), Column("Accepted above a score of", "score")),
        *(Column("Accepted", "share"), Column("Default rate of the accepted", "share")),
        *(Column("95% from", "share"), Column("95% to", "share"), Column("Default rate of the refused", "share")),
        *(Column("Share of defaults refused", "share"), Column("Cost per client", "number"), Column("In use")),
    )
    rows = [
        (
            *(one.approval.threshold, _score(one.approval.threshold, scaling), one.approval.approval_rate),
            *(one.approval.bad_rate, one.approval.low, one.approval.high, one.refused_default_rate, one.caught),
            *(one.cost_per_client, "yes" if one.approval.served else None),
        )
        for one in cut_offs
    ]
    return Sheet("Strategy", header, rows, frozenset(i for i, one in enumerate(cut_offs) if one.approval.served))


def _costs(figures: Figures, scaling: Scaling) -> Sheet:
    header = (
        *(Column("Refused from a risk of", "share"), Column("Accepted above a score of", "score")),
        Column("Cost per client", "number"),
    )
    rows = [(threshold, _score(threshold, scaling), cost) for threshold, cost in figures.curve]
    return Sheet("Costs", header, rows)


_SWAPS = {
    "both_accepted": "accepted by both",
    "swapped_in": "refused by {before}, accepted by {after}",
    "swapped_out": "accepted by {before}, refused by {after}",
    "both_refused": "refused by both",
}


def _swap(report: Report) -> Sheet:
    header = (
        *(Column("Decisions"), Column("Clients", "count"), Column("Share of clients", "share")),
        *(Column("Defaults", "count"), Column("Default rate", "share")),
    )
    if report.swap is None:
        return Sheet("Swap set", header, ())
    rows = []
    for name, text in _SWAPS.items():
        cell = getattr(report.swap, name)
        said = text.format(before=report.swap.before, after=report.swap.after)
        rows.append((said, cell.clients, cell.share, cell.defaults, cell.default_rate))
    return Sheet("Swap set", header, rows)


def _folds(report: Report) -> Sheet:
    header = (
        *(Column("Fold", "count"), Column("Clients", "count"), Column("Default rate", "share")),
        *(Column("AUC", "number"), Column("Log loss", "number"), Column("Predicted over observed", "number")),
        *(Column("Refused", "share"), Column("Cost per client", "number")),
    )
    rows = [
        (
            *(row.fold, row.clients, row.default_rate, row.auc, row.log_loss, row.calibration_mean),
            *(row.refusal_rate, row.cost_per_client),
        )
        for row in report.folds
    ]
    return Sheet("Folds", header, rows)
