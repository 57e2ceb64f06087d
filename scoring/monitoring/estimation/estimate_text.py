"""An estimate as text, for a terminal."""

from collections.abc import Iterator

from scoring.monitoring.estimation.estimate import Estimate, Estimated, Reason

_NAMES = {
    "default_rate": "default rate of all",
    "default_rate_accepted": "default rate of the accepted",
    "default_rate_refused": "default rate of the refused",
    "cost_per_client": "cost per client",
    "auc": "AUC",
}
_SHARES = ("default_rate", "default_rate_accepted", "default_rate_refused")
_REASONS: dict[Reason, str] = {
    "some_unseen": "some clients are unlike all of the reference; intervals include the worst and the best case",
    "many_unseen": "too many clients are unlike all of the reference: no figure is given",
    "few_defaults": "the reference has too few clients like the current ones: no figure is given",
    "not_reweighted": "without a reference, nothing shows whether the calibration still holds for these clients",
}
CANNOT_SEE = (
    "A change of the relation itself cannot be seen without outcomes: the same facts, but another risk. "
    "If the odds of default were"
)


def write_text(found: Estimate) -> str:
    """Write an estimate as text for a person."""
    return "\n".join(_lines(found))


def _lines(found: Estimate) -> Iterator[str]:
    yield from (f"warning: {warning}" for warning in found.warnings)
    current, reference = found.current, found.reference
    yield f"{current.name}: {current.clients} clients, {current.refused} of them refused; their outcomes are not used"
    if reference:
        yield f"{reference.name}: {reference.clients} clients with known outcomes, {reference.defaults} defaults"
    yield from (f"limited: {_REASONS[reason]}" for reason in found.reasons)
    yield f"\n{'':<30} {'estimate':>9}   {'95 % interval':<20} {'reference':>9} {'unweighted':>11}"
    for name, figure in found.figures.items():
        measured, unweighted = found.measured.get(name), found.unweighted.get(name)
        yield (
            f"{_NAMES[name]:<30} {_one(name, figure.value):>9}   {_interval(name, figure):<20} "
            f"{_one(name, measured):>9} {_one(name, unweighted):>11}"
        )
    support = found.support
    if support:
        yield (
            f"\nclients unlike the reference: {support.unseen_share:.1%}; the weighted reference tells as much as "
            f"{support.effective_clients:.0f} clients with {support.effective_defaults:.0f} defaults".replace("%", " %")
        )
        yield from (f"  {one.clients} by {' and '.join(one.columns)}" for one in support.regions)
        if support.balanced:
            yield f"columns whose change was taken into account: {', '.join(support.balanced)}"
    if found.what_if:
        yield f"\n{CANNOT_SEE}"
        for row in found.what_if:
            accepted = (
                "" if row.default_rate_accepted is None else f" ({_percent(row.default_rate_accepted)} of the accepted)"
            )
            yield (
                f"  {row.odds_factor:g} times as high: default rate {_percent(row.default_rate)}{accepted}, "
                f"cost per client {row.cost_per_client:.3f}"
            )
    if found.synthetic:
        yield "\nThe model was trained on synthetic clients."


def _one(name: str, value: float | None) -> str:
    if value is None:
        return "–"
    return _percent(value) if name in _SHARES else f"{value:.3f}"


def _interval(name: str, figure: Estimated) -> str:
    return "–" if figure.low is None else f"{_one(name, figure.low)} to {_one(name, figure.high)}"


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"
