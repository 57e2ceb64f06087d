"""Find values that are probably codes: frequent, and far from all other values of their column."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_CODES = 5  # at each end of a column
_OTHERS = 10  # distinct other values; with fewer, a column may be a scale such as -1, 0, 1
_FREQUENT = 0.01  # of all rows, together
_RARE, _ROWS = 0.001, 20  # the same for values that are farther away
# Distance from the other values, as a share of the range of these.
_FAR, _VERY_FAR, _NINES_FAR = 0.5, 1.0, 0.1  # the last for 99, 999, 9999...


def find_far_off(values: Floats) -> dict[float, int]:
    """Find frequent values far above or below all others, or negative where all others are not, with their counts.

    Parameters
    ----------
    values : shape (n,), finite or NaN.

    >>> months = np.arange(2000) % 80.0
    >>> find_far_off(np.concatenate([months, np.full(50, 9999.0), np.full(30, -9.0), np.full(40, -7.0)]))
    {-9.0: 30, -7.0: 40, 9999.0: 50}
    """
    levels, counts = np.unique(values[~np.isnan(values)], return_counts=True)
    shares = counts / max(len(values), 1)
    highest = _count_codes(-levels[::-1], shares[::-1], counts[::-1], lowest=False)
    last = len(levels) - highest
    lowest = _count_codes(levels[:last], shares[:last], counts[:last], lowest=True)
    return {float(levels[i]): int(counts[i]) for i in [*range(lowest), *range(last, len(levels))]}


def _count_codes(levels: Floats, shares: Floats, counts: NDArray[np.intp], lowest: bool) -> int:
    """Count the first levels that lie far below all others; the upper end is given with reversed signs."""
    for count in range(min(_CODES, len(levels) - _OTHERS - 1), 0, -1):
        codes, others = levels[:count], levels[count:]
        if (codes % 1).any() or counts[:count].sum() < _ROWS:
            continue
        share, gap, width = shares[:count].sum(), others[0] - codes[-1], others[-1] - others[0]
        negative = lowest and codes[-1] < 0 <= others[0]
        if share > _FREQUENT and (negative or gap > (_NINES_FAR if _are_nines(codes) else _FAR) * width):
            return count
        if share > _RARE and gap > _VERY_FAR * width:
            return count
    return 0


def _are_nines(codes: Floats) -> bool:
    return all(abs(code) > 9 and set(f"{abs(code):.0f}") == {"9"} for code in codes.tolist())
