"""The use cases, called without HTTP."""

import pytest

from scoring.errors import InvalidApplication, InvalidClientNumber, NoStoredHistory, RowsOnly, UnknownClient
from scoring.service import Service
from scoring.storage.artefacts import load_bundle
from tests.conftest import REQUIRED


@pytest.fixture(scope="module")
def service(project):
    return Service(load_bundle(project))


def record_of(service, client_id):
    record = service.clients.store.find(client_id).record
    return {"SK_ID_CURR": client_id, **{name: value for name, value in record.items() if value is not None}}


def test_a_known_client_is_decided_alike_by_number_by_row_and_by_application_with_stored_history(service):
    for i, client_id in enumerate(service.bundle.clients.table.client_ids.tolist()[:20]):
        known = service.decide_client(str(client_id))
        (by_row,) = service.decide(service.prepare_rows([service.bundle.clients.table.rows[i].tolist()]))
        application = service.read_application(record_of(service, client_id))
        by_application = service.decide_application(application, history="stored")
        assert by_row["probability"] == pytest.approx(known["probability"], abs=1e-12)
        assert by_application["probability"] == pytest.approx(known["probability"], abs=1e-12)
        assert by_application["decision"] == known["decision"]
        assert by_application["client_id"] == client_id


def test_one_application_and_several_are_decided_and_explained_alike(service):
    application = service.read_application(REQUIRED)
    one, (several,) = service.decide_application(application), service.decide(service.prepare_applications([REQUIRED]))
    assert one["probability"] == pytest.approx(several["probability"], abs=1e-12)
    assert one["warnings"] == several["warnings"]
    assert service.probabilities(service.prepare_applications([REQUIRED])) == [several["probability"]]
    explained = service.explain_application(application)
    (first,) = service.explain(service.prepare_applications([REQUIRED]))
    assert explained == first
    assert explained["probability"] == several["probability"]


def test_rows_by_name_and_by_position_give_the_same_decisions(service):
    row = service.bundle.clients.table.rows[0].tolist()
    named = dict(zip(service.bundle.scorer.features, row, strict=True))
    by_name, by_position = service.prepare_rows([named]), service.prepare_rows([row])
    (decision,) = service.decide(by_position)
    assert service.decide(by_name) == [decision]
    assert service.probabilities(by_position) == [decision["probability"]]
    assert service.explain(by_name)[0]["probability"] == decision["probability"]


def test_errors_of_several_records_name_the_record_and_fail_the_whole_call(service):
    with pytest.raises(InvalidApplication, match=r"^2 validation errors, nothing was scored\. See errors\.$") as caught:
        service.decide(service.prepare_applications([REQUIRED, {**REQUIRED, "AMT_CREDIT": 0}, "x"]))
    assert [(error["record"], error["field"]) for error in caught.value.errors] == [(1, "AMT_CREDIT"), (2, "(record)")]


def test_rows_of_another_form_than_the_first_are_errors(service):
    row = service.bundle.clients.table.rows[0].tolist()
    with pytest.raises(InvalidApplication) as caught:
        service.decide(service.prepare_rows([row, {"a": 1}]))
    assert [(error["record"], error["expected"]) for error in caught.value.errors] == [(1, "a list")]
    assert [report["valid"] for report in service.inspect_rows([row, {"a": 1}])] == [True, False]


def test_stored_history_needs_a_known_client(service):
    with pytest.raises(NoStoredHistory):
        service.decide_application(service.read_application(REQUIRED), history="stored")
    with pytest.raises(UnknownClient):
        service.explain_application(service.read_application({**REQUIRED, "SK_ID_CURR": 999999}), history="stored")


def test_client_numbers_are_parsed_or_refused(service):
    with pytest.raises(InvalidClientNumber, match="exactly 6 digits"):
        service.decide_client("12")
    with pytest.raises(UnknownClient, match="000123"):
        service.explain_client("000123")
    first = service.clients.first_id()
    client_id, facts = service.client_facts(str(first))
    assert client_id == first
    assert {fact.name for fact in facts} >= set(REQUIRED)


def test_an_application_is_inspected_as_it_is_decided(service):
    valid, invalid = service.inspect_application(REQUIRED), service.inspect_application({**REQUIRED, "x": 1})
    assert valid["warnings"] == list(service.decide_application(service.read_application(REQUIRED))["warnings"])
    assert invalid["valid"] is False
    with pytest.raises(InvalidApplication) as caught:
        service.read_application({**REQUIRED, "x": 1})
    assert invalid["errors"] == list(caught.value.errors)


def test_a_model_without_a_manifest_reads_rows_only(unverified):
    service = Service(load_bundle(unverified, threshold=0.5))
    for use_case in (service.read_application, service.inspect_application):
        with pytest.raises(RowsOnly, match="no manifest"):
            use_case(REQUIRED)
    assert service.read_usual_application(b"{}") is None
    (decision,) = service.decide(service.prepare_rows([service.bundle.clients.table.rows[0].tolist()]))
    assert decision["calibrated_probability"] is None
