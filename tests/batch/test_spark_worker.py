"""A worker of Spark scores only as the machine that sent the model."""

import pickle

import numpy as np
import pytest

from scoring.batch.scored import make_row_scorer
from scoring.batch.spark_worker import pack, unpack
from scoring.errors import ArtefactError


@pytest.fixture(scope="module")
def sent(bundle):
    return pack(make_row_scorer(bundle), bundle)


def changed(sent, **what):
    return pickle.dumps(pickle.loads(sent)._replace(**what))


def test_a_worker_scores_as_the_machine_that_sent_the_model(sent, bundle):
    rows = bundle.clients.table.rows
    assert np.array_equal(unpack(sent).scorer.score(rows).probability, bundle.scorer.score(rows).probability)


@pytest.mark.parametrize(
    ("versions", "named"),
    [({"numpy": "1.0"}, "numpy 1.0, installed is"), ({"python": "3.1.4"}, "python 3.1.4, installed is")],
)
def test_a_worker_with_another_package_stops(sent, versions, named):
    with pytest.raises(ArtefactError, match=r"Spark worker on .*: has other packages than .*" + named):
        unpack(changed(sent, versions=versions))


def test_a_worker_without_a_package_stops(sent):
    with pytest.raises(ArtefactError, match=r"Spark worker on .*: lacks packages: nosuchpackage"):
        unpack(changed(sent, versions={"nosuchpackage": "2.0"}))


def test_a_worker_whose_last_bit_differs_stops(sent):
    probabilities = pickle.loads(sent).probabilities
    with pytest.raises(ArtefactError, match=r"Spark worker on .*: gives other probabilities"):
        unpack(changed(sent, probabilities=np.nextafter(probabilities, 1)))
