import numpy as np
import pytest

from scoring.model.plan import BinnedColumn, GroupedColumn, NumberColumn, Plan
from scoring.training.evaluation.stability import count_by_bin

PLAN = Plan(
    missing_values={"score": (-1,)},
    derived=(),
    columns=(
        BinnedColumn(name="score", source="score", edges=(0.5,), values=(0.8, -1.1), missing=0.1),
        GroupedColumn(
            name="trade", source="trade", values={"baker": -0.2, "mason": 0.4, "miller": -0.2}, missing=0.0, unseen=0.0
        ),
        NumberColumn(name="plain", source="score", fill=0.0),
    ),
)
RAW = {
    "score": np.array([0.1, 0.2, 0.9, -1.0, np.nan, 0.5]),
    "trade": np.array(["baker", "miller", "mason", None, "smith", "mason"], dtype=object),
}
TARGET = np.array([1, 0, 0, 1, 0, 0])


def test_clients_and_defaults_are_counted_bin_by_bin():
    counted = count_by_bin(PLAN, RAW, TARGET)
    assert set(counted) == {"score", "trade"}
    assert (counted["score"].clients, counted["score"].defaults) == ((2, 2, 2), (1, 0, 1))
    assert (counted["trade"].clients, counted["trade"].defaults) == ((2, 2, 1, 1), (1, 0, 1, 0))
    assert counted["trade"].aucs == ()


def test_a_column_alone_is_measured_in_each_fold_that_has_both_outcomes():
    counted = count_by_bin(PLAN, RAW, TARGET, np.array([0, 0, 0, 1, 1, 2]))
    # fold 0: weights .8 (default), .8, -1.1: one tie, one right; fold 1: .1 (default), .1: a tie; fold 2: no default
    assert counted["score"].aucs == (pytest.approx(0.75), 0.5, None)
