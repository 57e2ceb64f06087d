"""Columns of results: the same numbers and reasons as single answers, whatever the rows they stand among."""

import pickle

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from scoring.batch.scored import RowScorer, make_row_scorer
from scoring.errors import ArtefactError
from scoring.explanation.bulk_reasons import LabelledReasons, TabulatedReasons
from scoring.explanation.explainer import Explainer
from scoring.explanation.reasons import MOST
from scoring.model.scorer import Scorer, ThroughObjects
from scoring.service import Service
from scoring.storage.artefacts import load_bundle


@pytest.fixture(scope="module")
def bundle(project):
    return load_bundle(project)


@pytest.fixture(scope="module")
def service(bundle):
    return Service(bundle)


def test_each_client_has_the_numbers_of_a_lookup_to_the_last_bit(bundle, service):
    clients = bundle.clients.table
    found = make_row_scorer(bundle).score_rows(clients.client_ids, clients.rows).to_pylist()
    for one in found:
        alone = service.decide_client(str(one["client_id"]))
        assert {name: alone[name] for name in one} == one


def test_a_row_scores_the_same_alone_among_others_and_in_either_memory_order(bundle):
    rows = np.tile(bundle.clients.table.rows, (20, 1))
    rows = rows + np.random.default_rng(0).normal(size=rows.shape)
    model = bundle.scorer
    many = model.score(rows)
    columns = model.score(np.asfortranarray(rows))
    few = model.score(rows[9_001:9_004])
    for i in (0, 8_191, 8_192, 9_001, len(rows) - 1):
        assert model.score_one(rows[i].tolist()) == many.pick(i) == columns.pick(i)
    assert [few.pick(i) for i in range(3)] == [many.pick(9_001 + i) for i in range(3)]


def reasons_of(row):
    names = [f"reason_{rank}" for rank in range(1, MOST + 1)]
    return [(row[name], row[f"{name}_text_en"], row[f"{name}_text_fr"]) for name in names if row[name] is not None]


def test_reasons_are_those_of_the_explanation_of_the_row(bundle, service):
    rows = bundle.clients.table.rows
    scored = make_row_scorer(bundle, reasons=True)
    assert isinstance(scored._bulk, TabulatedReasons)
    prepared = service.prepare_rows(rows.tolist())
    explained = service.explain(prepared)
    found = scored.score_rows(bundle.clients.table.client_ids, rows).to_pylist()
    refused = 0
    for one, explanation in zip(found, explained, strict=True):
        expected = [(reason.name, reason.text.en, reason.text.fr) for reason in explanation["reasons"]]
        assert reasons_of(one) == expected
        refused += bool(expected)
    assert refused > 200


def test_a_value_that_is_of_no_bin_has_the_reasons_of_its_explanation(bundle, service):
    refused = np.flatnonzero(service.bundle.scorer.score(service.bundle.clients.table.rows).refused)[:40]
    rows = bundle.clients.table.rows[refused] + 1e-7
    explained = service.explain(service.prepare_rows(rows.tolist()))
    found = make_row_scorer(bundle, reasons=True).score_rows([*range(len(rows))], rows).to_pylist()
    for one, explanation in zip(found, explained, strict=True):
        assert [code for code, *_ in reasons_of(one)] == [reason.name for reason in explanation["reasons"]]


def test_the_reasons_in_numbers_agree_with_the_heaviest_concepts_of_the_record(bundle, service):
    rows = bundle.clients.table.rows[bundle.scorer.score(bundle.clients.table.rows).refused]
    explainer = Explainer(bundle.scorer, bundle.manifest)
    labelled = LabelledReasons(explainer._terms, explainer._contribute)
    for places, weights in zip(labelled.find(rows), explainer.weigh_concepts(rows), strict=True):
        assert [labelled.known[place].code for place in places if place >= 0] == [one.term for one in weights]


def test_it_scores_the_same_after_pickling(bundle):
    scored = make_row_scorer(bundle, reasons=True)
    sent = pickle.loads(pickle.dumps(scored))
    rows = bundle.clients.table.rows[:50]
    ids = bundle.clients.table.client_ids[:50]
    assert sent.score_rows(ids, rows).equals(scored.score_rows(ids, rows))


def test_plain_columns_have_the_same_values(bundle):
    scored = make_row_scorer(bundle, reasons=True)
    batch = scored.score_rows(bundle.clients.table.client_ids, bundle.clients.table.rows)
    plain = batch.cast(scored.plain_schema)
    assert not any("dictionary" in str(one.type) for one in plain.schema)
    assert plain.to_pylist() == batch.to_pylist()


def test_reasons_without_a_manifest_are_refused(bundle):
    with pytest.raises(ArtefactError, match="no manifest"):
        RowScorer(bundle.scorer, None, bundle.identity, "v", reasons=True)


def test_any_classifier_scores_without_reasons(bundle):
    draws = np.random.default_rng(0)
    rows, target = draws.normal(size=(60, 3)), draws.integers(0, 2, 60)
    model = type("Own", (LogisticRegression,), {})().fit(rows, target)
    own = Scorer(ThroughObjects(StandardScaler().fit(rows), model), list("abc"), bundle.scorer.policy)
    found = RowScorer(own, None, bundle.identity, "v").score_rows([*range(60)], rows)
    np.testing.assert_array_equal(found["probability"].to_numpy(), own.probability_of_default(rows))
