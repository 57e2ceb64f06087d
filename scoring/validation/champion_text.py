"""Write a comparison of a champion and a candidate as Markdown."""

from collections.abc import Sequence

from scoring.model.report import SwapSet
from scoring.validation.champion import Comparison

BEGINNING = "## Champion and candidate\n"


def write_comparison(found: Comparison) -> str:
    """Write a comparison as Markdown, for the person who decides whether the candidate goes live."""
    faults, one, other = found.faults(), found.champion, found.candidate
    verdict = "**The candidate is not worse.**" if not faults else "**The candidate is not published:** "
    unseen = (
        "a person stated that neither training has seen them (`--unseen`)"
        if found.share is None
        else f"set aside by both trainings ({100 * found.share:g}% of all clients, by their number)"
    )
    measured = (
        f"Measured on {found.clients:,} clients, {unseen}; {found.default_rate:.2%} of them defaulted. Each model "
        "decides at its own threshold. The differences are of the same clients; a candidate counts as not worse if the "
        "whole 95 % interval is within what is accepted."
    )
    refused = f"| refused | {one.refusal_rate:.2%} | {other.refusal_rate:.2%} |"
    rows = [
        ("AUC", one.auc, other.auc, found.auc, f"at least {-found.tolerance.auc:+.4f}"),
        ("cost per client", one.cost, other.cost, found.cost, f"at most {found.most_cost:+.4f}"),
    ]
    lines = [
        BEGINNING,
        verdict + "; ".join(faults) + ("." if faults else ""),
        "",
        measured,
        "",
        f"| | champion ({one.name}) | candidate ({other.name}) | difference | 95 % interval | accepted |",
        "|---|---|---|---|---|---|",
        *(
            f"| {name} | {first:.4f} | {second:.4f} | {gap.value:+.4f} | {gap.low:+.4f} to {gap.high:+.4f} | {limit} |"
            for name, first, second, gap, limit in rows
        ),
        f"{refused} {other.refusal_rate - one.refusal_rate:+.2%} | | |",
        "",
        *_list_swaps(found.swap),
        *(f"- warning: {warning}" for warning in found.warnings),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _list_swaps(swap: SwapSet) -> Sequence[str]:
    cells = {"newly accepted": swap.swapped_in, "newly refused": swap.swapped_out}
    return [
        f"- {what}: {cell.clients:,} clients" + (f", {cell.default_rate:.2%} of them defaulted" if cell.clients else "")
        for what, cell in cells.items()
    ]
