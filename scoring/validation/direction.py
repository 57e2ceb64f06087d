"""Why a term's bins are in the order that they have: what is known of the field, and what the clients show."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Literal

from scoring.validation.document_texts import DocumentTexts
from scoring.validation.term_rows import BinRow, ColumnRow

Direction = Literal["higher", "lower", "mixed", "flat"]


def explain_direction(one: ColumnRow, texts: DocumentTexts) -> tuple[str, ...]:
    """Explain in sentences which values are riskier, why, and how far the clients agree."""
    return tuple(_explain(one, texts))


def _explain(one: ColumnRow, texts: DocumentTexts) -> Iterator[str]:
    numbers = [row for row in one.bins if row.bin.low is not None or row.bin.high is not None]
    if one.codes:
        yield texts.say("direction_codes", n=texts.count(one.codes))
    elif not numbers:
        yield texts.say("direction_groups")
    else:
        found = find_direction([row.bin.weight * one.coefficient for row in numbers], one.term.scale < 0)
        yield texts.say(f"direction_{found}")
        stated = one.term.riskier
        if stated is None:
            yield texts.say("direction_learnt")
        elif found in (stated, "flat"):
            yield texts.say(f"stated_{stated}")
        else:
            yield texts.say(f"stated_{stated}_against")
    if reversals := count_reversals(one.bins):
        against, pairs = reversals
        yield texts.say("observed_order", against=against, pairs=pairs)
    aucs = [auc for auc in one.aucs if auc is not None]
    if aucs:
        low, high = (texts.fixed(value, decimals=3) for value in (min(aucs), max(aucs)))
        right = sum(auc > 0.5 for auc in aucs)
        yield texts.say("fold_order", right=right, folds=len(aucs), low=low, high=high)


def find_direction(risks: Sequence[float], counted_back: bool) -> Direction:
    """Find which values are riskier, of bins in ascending order of the stored value.

    Parameters
    ----------
    risks : of each bin, any scale.
    counted_back : the number that is shown is the negative of the stored one, such as an age in days before today.

    >>> find_direction([0.1, 0.2, 0.2], False), find_direction([0.1, 0.2], True), find_direction([0.1, 0.3, 0.2], False)
    ('higher', 'lower', 'mixed')
    """
    steps = [after - before for before, after in pairwise(risks)]
    up, down = any(step > 0 for step in steps), any(step < 0 for step in steps)
    if up and down:
        return "mixed"
    if not up and not down:
        return "flat"
    return "higher" if up != counted_back else "lower"


def count_reversals(bins: Sequence[BinRow]) -> tuple[int, int] | None:
    """Count neighbours, in the order of the model's weights, whose observed default rates are the other way round.

    Returns
    -------
    How many are, and how many neighbours of different weight there are; None where nothing was observed.
    """
    known = sorted(
        ((row.bin.weight, row.default_rate) for row in bins if row.bin.regular and row.default_rate is not None),
        key=lambda pair: pair[0],
    )
    pairs = [(before[1], after[1]) for before, after in pairwise(known) if before[0] < after[0]]
    return (sum(after < before for before, after in pairs), len(pairs)) if pairs else None
