"""Runs: how many months in a row something went on."""

from collections.abc import Sequence

import ibis
from ibis.expr.types import Table


def longest_run(months: Table, keys: Sequence[str]) -> Table:
    """Find the longest run of consecutive months of each key.

    Parameters
    ----------
    months : one row a month in which it was so; a month may be there more than once.
    keys : columns that tell the credits apart; the month is MONTHS_BALANCE.

    Returns
    -------
    The keys and ``run``, in months.

    Notes
    -----
    Within a run the month minus its rank is constant: 3, 4, 5, 9 less 0, 1, 2, 3 is 3, 3, 3, 6.
    """
    once = months.select(*keys, month=months.MONTHS_BALANCE).distinct()
    rank = ibis.row_number().over(group_by=[once[key] for key in keys], order_by=once.month)
    marked = once.mutate(start=once.month - rank)
    runs = marked.group_by([*keys, "start"]).agg(run=marked.count())
    return runs.group_by(list(keys)).agg(run=runs.run.max().cast("float64"))


def with_longest_run(loans: Table, months: Table, keys: Sequence[str]) -> Table:
    """Give each credit the column ``run``: zero where it never was so."""
    joined = loans.left_join(longest_run(months, keys), list(keys), rname="run_{name}")
    run = joined["run_run" if "run_run" in joined.columns else "run"].fill_null(0.0)
    return joined.select(*loans.columns, run=run)
