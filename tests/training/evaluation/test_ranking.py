import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

from scoring.training.evaluation.ranking import Ranking, auc

CLIENTS = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 6).map(lambda n: n / 6), st.integers(0, 3)), min_size=2, max_size=30
).filter(lambda rows: {target for target, _, weight in rows if weight} == {0, 1})


@given(CLIENTS)
def test_a_weight_counts_as_so_many_clients(rows):
    target, chance, weight = (np.array(column) for column in zip(*rows, strict=True))
    repeated, score = np.repeat(target, weight), np.repeat(chance, weight)
    figures = Ranking(target, chance).measure(weight.astype(float))
    refused_good, refused_bad, _ = roc_curve(repeated, score, drop_intermediate=False)
    assert figures["auc"] == pytest.approx(roc_auc_score(repeated, score))
    assert figures["gini"] == pytest.approx(2 * figures["auc"] - 1)
    assert figures["pr_auc"] == pytest.approx(average_precision_score(repeated, score))
    assert figures["ks"] == pytest.approx(max((refused_bad - refused_good).max(), 0.0))


@given(CLIENTS)
def test_the_area_is_scikit_learns(rows):
    target, score, _ = (np.array(column) for column in zip(*rows, strict=True))
    assert auc(target, score) == pytest.approx(roc_auc_score(target, score))


def test_ties_count_half():
    assert auc(np.array([0, 1]), np.array([0.3, 0.3])) == 0.5
