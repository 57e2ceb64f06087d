"""What speaks most against clients is found in numbers alone, and agrees with the reasons in words."""

import numpy as np
import pytest

from scoring.explanation.heaviest import HeaviestConcepts
from scoring.explanation.reasons import MOST
from scoring.model.schema import Text
from scoring.readable.terms import Term
from scoring.service import Service
from scoring.storage.artefacts import load_bundle


def term(name, concept, place, never=False):
    return Term(name, Text(en=name, fr=name), None, concept, (place,), frozenset(), never_a_reason=never)


def test_terms_that_must_not_be_a_reason_count_for_nothing():
    terms = [term("age", "age", 0, never=True), term("income", "income", 1)]
    (found,) = HeaviestConcepts(terms).find(np.array([[9.0, 1.0]]))
    assert [one.concept for one in found] == ["income"]


def test_light_and_favourable_concepts_are_left_out_and_four_are_the_most():
    terms = [term(f"t{i}", f"c{i}", i) for i in range(7)]
    several, none = HeaviestConcepts(terms).find(
        np.array([[1.0, 0.9, 0.8, 0.7, 0.6, 0.01, -3.0], [-1.0, -1.0, -1.0, -1.0, -1.0, -1.0, 0.0]])
    )
    assert [one.concept for one in several] == ["c0", "c1", "c2", "c3"]
    assert len(several) == MOST
    assert none == ()


@pytest.fixture(scope="module")
def service(project):
    return Service(load_bundle(project))


def test_reasons_in_words_weigh_no_more_and_are_mostly_the_same_concepts(service):
    same, refused = 0, 0
    for client_id in service.bundle.clients.table.client_ids.tolist()[:200]:
        reasons = {round(one.contribution, 9) for one in service.explain_client(str(client_id))["reasons"]}
        (weights,) = service.weigh_concepts(np.array(service.clients.store.find_rows([client_id])))
        if reasons:
            refused += 1
            assert max(reasons) <= weights[0].contribution + 1e-9
            same += reasons <= {round(one.contribution, 9) for one in weights}
    assert refused > 20
    assert same > refused / 2
