"""A comparison as a short text for a terminal."""

from scoring.replay.replay_figures import Comparison, Estimate, Rate


def write_text(comparison: Comparison) -> str:
    """Write the figures, without groups and months, which JSON and the report have."""
    overall = comparison.overall
    made = "scored by the shadow model" if comparison.shadow else "made again"
    lines = [f"{comparison.decisions} decisions recorded, {overall.decisions} {made}"]
    lines += [f"  {count} not {made}: {reason}" for reason, count in comparison.not_replayable.items()]
    if comparison.differing:
        lines.append(f"  {comparison.differing} no longer have their recorded probability")
    lines += [
        f"accepted             {_rate(overall.accepted_before)} -> {_rate(overall.accepted)}",
        f"accepted -> refused  {_rate(overall.to_refused)}",
        f"refused -> accepted  {_rate(overall.to_accepted)}",
        f"marked for review    {_rate(overall.review_before)} -> {_rate(overall.review)}",
    ]
    if (found := comparison.differences) is not None:
        shown = ", ".join(f"{value:+.2%}" for value in found.quantiles.values())
        shares = ", ".join(f"{share:.0%}" for share in found.quantiles)
        lines += [
            f"probability of default: other model minus recorded {found.mean:+.2%} on average",
            f"  differences that {shares} do not exceed  {shown}",
        ]
    for one in comparison.expected:
        before, after = _percent(one.default_rate_before), _percent(one.default_rate)
        lines += [
            f"by the probabilities of the {'recorded models' if one.judge == 'recorded' else 'other model'}:",
            f"  expected default rate of the accepted  {before} -> {after}",
            f"  expected cost per decision             {one.cost_before:.4f} -> {one.cost:.4f}",
            f"  difference                             {_difference(one.cost_difference)}",
        ]
    return "\n".join(lines)


def _rate(rate: Rate) -> str:
    if rate.share is None or rate.low is None or rate.high is None:
        return "none"
    return f"{rate.count} ({rate.share:.1%}, {rate.low:.1%} to {rate.high:.1%})"


def _percent(estimate: Estimate) -> str:
    return "none" if estimate.value is None else f"{estimate.value:.2%}"


def _difference(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:+.4f}"
    return f"{estimate.value:+.4f} ({estimate.low:+.4f} to {estimate.high:+.4f})"
