"""``GET /decisions/<decision_id>`` in a browser: what the page of a recorded decision says, and who finds it."""

import html
import re
from typing import get_args

import pytest

from scoring.access.key_file import change_key_file, new_key
from scoring.decisions import reviews
from scoring.record.entries import make_id
from scoring.record.personal_data import erase_client
from scoring.settings import Settings
from scoring.web.pages.words import load_texts
from tests.decisions.conftest import locked, serving
from tests.decisions.test_history import change, with_other_threshold

PAGE = {"Accept": "text/html"}
REFUSED = 500145


def words(answer):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


@pytest.fixture
def decided(recorded):
    """Decide on a client who is refused; returns the decision's address."""
    answer = recorded.get(f"/predict/{REFUSED}").json
    assert answer["decision"] == "REFUSED"
    return f"/decisions/{answer['decision_id']}"


def override(decision="ACCEPTED", reason="income_documented", text="Three pay slips.\nAll are checked."):
    return {"decision": decision, "reason": reason, "text": text}


def test_every_reason_and_every_step_has_a_text():
    texts = load_texts("fr")
    assert {f"reason_{code}" for code in get_args(reviews.ReasonCode)} <= set(texts)
    assert {f"step_{kind}" for kind in ("review_request", "override", "outcome", "erasure")} <= set(texts)


def test_a_program_still_gets_json_and_so_does_a_browser_that_asks_for_it(recorded, decided):
    assert recorded.get(decided).json["replay"]["same"] is True
    assert recorded.get(f"{decided}?format=json", headers=PAGE).mimetype == "application/json"


def test_the_page_says_what_was_decided_when_by_which_version_and_links_to_the_letters(recorded, decided):
    shown = recorded.get(decided).json["decision"]
    page = recorded.get(f"{decided}?lang=en", headers=PAGE)
    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert page.headers["Cache-Control"] == "no-store"
    said = words(page)
    for expected in (
        f"Recorded decision · Client {REFUSED}",
        "What holds now: the automated decision Application refused",
        shown["content"]["model_version"],
        shown["content"]["request_id"],
        f"{shown['time'][11:19]} UTC",
        "Key of the caller none",
        "Scored again with the model version of that time, the decision is the same.",
        "Automated decision: refused",
    ):
        assert expected in said, expected
    for lang in ("fr", "en"):
        assert recorded.get(f"{decided}/letter?lang={lang}", headers=PAGE).headers["Content-Language"] == lang
        assert f'href="{decided}/letter?lang={lang}"' in page.text


def test_the_history_has_each_step_in_order_with_what_people_wrote_as_text(recorded, decided):
    recorded.post(f"{decided}/review-request", json={"statement": "I <b>work</b> again.", "received_by": "Lyon"})
    waiting = words(recorded.get(f"{decided}?lang=en", headers=PAGE))
    assert "A loan officer still has to review this decision." in waiting
    recorded.post(f"{decided}/override", json=override())
    page = recorded.get(f"{decided}?lang=en", headers=PAGE)
    said = words(page)
    assert "What holds now: the decision after a review by a loan officer Application accepted" in said
    assert "still has to" not in said
    steps = re.findall(r"<h3>(.*?)</h3>", page.text)
    assert steps == [
        "Automated decision: refused",
        "The applicant asks for a review",
        "Loan officer&#39;s decision: accepted",
    ]
    assert "I &lt;b&gt;work&lt;/b&gt; again." in page.text
    assert "<p>Three pay slips.</p><p>All are checked.</p>" in page.text
    assert "received by: Lyon" in said
    assert "Income or employment has been proved" in said


def test_an_erased_decision_names_nobody_and_has_no_letter(recorded, record, decided):
    recorded.post(f"{decided}/review-request", json={"statement": "I work again.", "received_by": None})
    erase_client(record, str(REFUSED))
    page = recorded.get(f"{decided}?lang=en", headers=PAGE)
    said = words(page)
    assert str(REFUSED) not in page.text
    assert "I work again." not in said
    assert "The personal data of this decision was erased." in said
    assert "text erased" in said
    assert "can no longer be scored again: its data was erased" in said
    assert "/letter" not in page.text


def test_a_decision_that_is_scored_with_another_result_is_marked(recorded, path, decided):
    change(path, "UPDATE record_bodies SET content = json_set(content, '$.row[0]', 99)")
    page = recorded.get(f"{decided}?lang=en", headers=PAGE)
    assert "Attention: scored again with the model version of that time, the decision is different" in words(page)
    assert 'class="card doubts"' in page.text


def test_a_version_that_is_lost_is_told(recorded, path, folder, decided):
    change(path, "DELETE FROM record_files")
    now = serving(Settings(artefacts=with_other_threshold(folder, 0.01), open=True, decisions=str(path)))
    said = words(now.test_client().get(f"{decided}?lang=en", headers=PAGE))
    assert "The decision cannot be scored again: the model version cannot be loaded." in said
    now.extensions["decisions"].close()


@pytest.mark.parametrize(
    ("lang", "message"), [("fr", "Aucune décision n'est enregistrée"), ("en", "No decision is recorded")]
)
def test_an_unknown_decision_is_a_page_that_says_so(recorded, lang, message):
    for name in (make_id(), "x"):
        page = recorded.get(f"/decisions/{name}?lang={lang}", headers=PAGE)
        assert (page.status_code, page.mimetype) == (404, "text/html")
        assert message in words(page)


def test_a_service_that_records_nothing_says_so_on_its_page(client):
    page = client.get(f"/decisions/{make_id()}?lang=en", headers=PAGE)
    assert "This service does not record decisions." in words(page)


def test_a_record_that_does_not_answer_is_a_page_to_try_again(recorded, path, decided):
    path.unlink()
    page = recorded.get(f"{decided}?lang=en", headers=PAGE)
    assert page.status_code == 503
    assert "The decision record does not answer now." in words(page)
    assert page.headers["Retry-After"]


def test_a_decision_that_cannot_be_recorded_is_still_a_page_that_says_so(recorded, path):
    recorded.get(f"/predict/{REFUSED}")
    with locked(path):
        page = recorded.get(f"/predict/{REFUSED}?lang=en", headers=PAGE)
    assert "The decision cannot be recorded now: nothing was decided." in words(page)


@pytest.fixture
def guarded(path, tmp_path):
    """Serve with keys; gives a client of the service, and what sends a key with scopes."""
    file = tmp_path / "keys.json"

    def add(*scopes):
        key, stored = new_key("a test", scopes)
        change_key_file(file, lambda keys: keys.replacing(None, stored))
        return key.key_id, {"Authorization": f"Bearer {key.reveal()}", **PAGE}

    reader, auditor, officer = add("read"), add("read", "audit"), add("read", "decide")
    app = serving(Settings(api_keys=file, decisions=str(path)))
    yield app.test_client(), reader, auditor, officer
    app.extensions["decisions"].close()


def test_the_page_of_a_client_links_to_the_history_for_those_who_may_read_it(guarded):
    service, (_, reader), (key_id, auditor), (_, officer) = guarded
    assert "/decisions/" not in service.get(f"/predict/{REFUSED}", headers=reader).text
    for allowed in (auditor, officer):
        page = service.get(f"/predict/{REFUSED}?lang=en", headers=allowed).text
        assert "History of this decision" in page
    (address,) = set(re.findall(r'"(/decisions/[0-9a-f-]{36})\?lang=en"', page))
    assert service.get(address, headers=reader).status_code == 403
    assert service.get(address, headers=officer).status_code == 200
    (address,) = set(re.findall(r"/decisions/[0-9a-f-]{36}", service.get(f"/predict/{REFUSED}", headers=auditor).text))
    assert f"clé {key_id}" in words(service.get(address, headers=auditor))
