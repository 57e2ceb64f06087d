"""Regions that the reference has not seen: of clients there, nothing is known."""

from collections.abc import Sequence

import numpy as np
from sklearn.tree import DecisionTreeClassifier

from scoring.model.calibration import Bools, Floats
from scoring.model.schema import Frozen
from scoring.monitoring.estimation.shared_cells import Cells, are_unseen

_LEAF = 50  # clients of a leaf at least
_EXPECTED = 40  # reference clients that a leaf would have at least, were the two populations alike
_LEAVES = 32


class Region(Frozen):
    """Current clients unlike the reference.

    Attributes
    ----------
    columns : by which they differ; several for a combination of values, each of which is known.
    clients : how many.
    """

    columns: tuple[str, ...]
    clients: int


def find_unseen(
    columns: Sequence[Cells], names: Sequence[str], reference: Floats, current: Floats
) -> tuple[Bools, tuple[Region, ...]]:
    """Find current clients with values, or combinations of values, that (nearly) no reference client has.

    Parameters
    ----------
    columns : cells of all columns that the model reads.
    names : of the model-ready columns.
    reference, current : model-ready rows, shapes (n, d) and (m, d); combinations are leaves of a decision tree that
        tells the two populations apart.

    Returns
    -------
    Which current clients, shape (m,), and the regions, the largest first.
    """
    found = np.zeros(len(current), dtype=bool)
    regions = []
    for cells in columns:
        unseen = cells.unseen()
        if unseen.any():
            regions.append(Region(columns=(cells.column,), clients=int(unseen.sum())))
            found |= unseen
    rest = np.flatnonzero(~found)
    if len(rest):
        for members, path in _unseen_leaves(reference, current[rest], names):
            regions.append(Region(columns=path, clients=int(members.sum())))
            found[rest[members]] = True
    return found, tuple(sorted(regions, key=lambda one: -one.clients))


def _unseen_leaves(reference: Floats, current: Floats, names: Sequence[str]) -> list[tuple[Bools, tuple[str, ...]]]:
    rows = np.concatenate([reference, current])
    is_current = np.r_[np.zeros(len(reference)), np.ones(len(current))]
    least = max(_LEAF, int(_EXPECTED * (len(current) / len(reference) + 1)))
    if len(rows) < 2 * least:
        return []
    tree = DecisionTreeClassifier(
        max_leaf_nodes=_LEAVES, min_samples_leaf=least, class_weight="balanced", random_state=0
    )
    tree.fit(rows, is_current)
    leaf = tree.apply(rows)
    here, there = (np.bincount(leaf[is_current == one], minlength=tree.tree_.node_count) for one in (0, 1))
    own = leaf[len(reference) :]
    return [
        (own == number, _columns_of(tree, int(number), names)) for number in np.flatnonzero(are_unseen(here, there))
    ]


def _columns_of(tree: DecisionTreeClassifier, leaf: int, names: Sequence[str]) -> tuple[str, ...]:
    """Names of the columns that lead to a leaf."""
    left, right, feature = (getattr(tree.tree_, name) for name in ("children_left", "children_right", "feature"))
    path: list[str] = []
    while leaf:
        leaf = int(np.flatnonzero((left == leaf) | (right == leaf))[0])
        path.insert(0, names[feature[leaf]])
    return tuple(dict.fromkeys(path))
