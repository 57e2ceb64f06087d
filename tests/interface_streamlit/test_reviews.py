"""Officers review decisions: the queue, the form, two officers for a large credit, the history, and the letter."""

import json
import os
import urllib.request
from pathlib import Path
from typing import get_args

import pytest
import streamlit
from officer import decisions
from officer.answers import receive_decision
from officer.history import _quote as quote
from officer.pages import new_application
from officer.recorded import ReasonCode
from officer.texts import load_texts

from scoring.decisions import reviews
from tests.conftest import start_gunicorn
from tests.interface_streamlit.conftest import shown
from tests.interface_streamlit.test_accessibility import violations
from tests.interface_streamlit.test_new_application import send_application
from tests.interface_streamlit.test_sign_in import look_up, sign_in
from tests.interface_streamlit.test_wrong_answers import fill_in_a_form
from tests.pdf_text import read_pages, without_blanks
from tests.web.gate.conftest import Keys

REFUSED = 500145  # a clear refusal
LETTERS = {"Courrier en français", "Courrier en anglais"}
WORDS = "J'ai un *nouvel* emploi\ndepuis octobre."


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    return Keys(tmp_path_factory.mktemp("keys") / "keys.json")


@pytest.fixture(scope="module")
def officers(keys):
    """Make keys of two officers who may decide, one of whom may read the record, and of others who may not decide."""
    scopes = {
        "first": ("read", "score", "decide", "audit"),
        "second": ("read", "score", "decide"),
        "reader": ("read", "score"),
        "auditor": ("audit",),
    }
    return {name: keys.make(*rights) for name, rights in scopes.items()}


@pytest.fixture(scope="module")
def guarded(officers, keys, tmp_path_factory):
    """Serve the bundled sample with a record, and two officers for every acceptance of a refused application."""
    folder = tmp_path_factory.mktemp("service")
    running = start_gunicorn(
        folder,
        SCORING_API_KEYS=keys.path,
        SCORING_DECISIONS=folder / "decisions.db",
        SCORING_SECOND_OFFICER_ABOVE="1000",
    )
    yield f"http://127.0.0.1:{running.port}"
    running.stop()


@pytest.fixture
def signed_in(apptest, guarded, officers):
    """Open the front-end as an officer."""
    return lambda name: sign_in(apptest(SCORING_API_URL=guarded), officers[name].reveal())


@pytest.fixture
def reviewing(apptest, guarded, officers):
    """Open the page of reviews as an officer."""

    def opening(name):
        script = (
            "from officer import session\nfrom officer.pages import reviews\nfrom officer.settings import Secret\n"
            f"session.sign_in(Secret({officers[name].reveal()!r}))\nreviews.show(lambda: None)\n"
        )
        return apptest(script, SCORING_API_URL=guarded)

    return opening


def texts(page):
    parts = (page.markdown, page.success, page.info, page.warning, page.error, page.header)
    return shown(" ".join(one.value for part in parts for one in part))


def choose(page, label, place):
    (choice,) = (one for one in page.selectbox if one.label.startswith(label))
    return choice.select_index(place).run()


def case_of(page, mark):
    """Place in the queue of the latest case with a mark; None if there is none."""
    options = [shown(one) for field in page.selectbox if field.label == "Décision à examiner" for one in field.options]
    return next((place for place in reversed(range(len(options))) if mark in options[place]), None)


def write(page, words):
    (field,) = page.text_area
    field.input(words)


def decide(page, outcome):
    (choice,) = (one for one in page.radio if one.label == "Décision")
    choice.set_value(next(one for one in ("ACCEPTED", "REFUSED") if (one == "ACCEPTED") == outcome.startswith("Acc")))
    (reason,) = (one for one in page.selectbox if one.label == "Motif")
    reason.set_value("income_documented")
    write(page, "Trois bulletins de salaire vérifiés.")
    press(page, "Enregistrer la décision")


def press(page, label):
    return next(one for one in page.button if one.label == label).click().run()


def test_the_codes_of_reasons_are_the_apis_and_each_has_a_text():
    assert get_args(ReasonCode) == get_args(reviews.ReasonCode)
    assert {f"reason.{code}" for code in get_args(ReasonCode)} <= set(load_texts())


def test_what_people_write_is_shown_as_text_with_its_lines():
    assert quote("a\n# b <b>") == "> a\n>\n> \\# b <\u2060b>"


def test_a_review_from_the_applicants_request_to_the_letter(signed_in, reviewing, officers):
    page = look_up(signed_in("first"), REFUSED)
    choose(page, "Consulter une décision", 0)
    assert "Recalculée avec la version du modèle de l'époque, la décision est la même." in texts(page)
    press(page, "Enregistrer la demande")
    assert "Notez le point de vue du client." in texts(page)
    write(page, WORDS)
    press(page, "Enregistrer la demande")
    assert "La demande est enregistrée" in texts(page)

    first = reviewing("first")
    choose(first, "Décision à examiner", case_of(first, "à la demande du client"))
    assert "J'ai un *nouvel* emploi" in texts(first)
    press(first, "Enregistrer la décision")
    assert "Il manque : - Décision - Motif - Explication :" in " ".join(texts(first).split())
    decide(first, "Accorder le crédit")
    assert "dès qu'un second conseiller l'aura confirmée" in texts(first)
    choose(first, "Décision à examiner", case_of(first, "la confirmation d'un second conseiller"))
    assert not first.text_area  # the first officer cannot confirm the own decision

    second = reviewing("second")
    choose(second, "Décision à examiner", case_of(second, "la confirmation d'un second conseiller"))
    assert "à confirmer par un second conseiller" in texts(second)
    decide(second, "Accorder le crédit")
    assert "Votre décision est enregistrée (crédit accepté)." in texts(second)
    assert {one.label for one in second.get("download_button")} == LETTERS
    assert case_of(second, f"{REFUSED}") is None

    page = look_up(signed_in("first"), REFUSED)
    table = next(one.value for one in page.table if "Examen" in one.value)
    assert "conseiller : crédit accepté" in [shown(one) for one in table["Examen"]]
    (choice,) = (one for one in page.selectbox if one.label.startswith("Consulter"))
    choose(page, "Consulter une décision", len(choice.options) - 1)
    said = texts(page)
    assert said.count("décision du conseiller : crédit accepté · Les revenus ou l'emploi ont été justifiés") == 2
    assert all(officers[name].key_id in said for name in ("first", "second"))


def test_of_very_many_decisions_on_a_client_the_newest_are_listed(apptest, guarded, officers, monkeypatch):
    monkeypatch.setattr(decisions, "_PAGES", 2)
    monkeypatch.setattr(decisions, "_ON_PAGE", 2)
    ids = [ask(guarded, f"/predict/{REFUSED}", officers["first"])["decision_id"] for _ in range(6)]
    script = (
        "import streamlit as st\nfrom officer import decisions, session\nfrom officer.settings import Secret\n"
        f"session.sign_in(Secret({officers['first'].reveal()!r}))\n"
        f"st.text(' '.join(one.id for one in decisions.list_decisions('{REFUSED}')))\n"
    )
    (listed,) = apptest(script, SCORING_API_URL=guarded).text
    assert listed.value.split() == ids[:1:-1]


def test_the_letter_is_one_file_with_its_style_sheet(apptest, guarded, officers):
    script = (
        "import streamlit as st\nfrom officer import decisions, session\nfrom officer.answers import get_decision\n"
        f"from officer.settings import Secret\nsession.sign_in(Secret({officers['first'].reveal()!r}))\n"
        f"get_decision('{REFUSED}')\n"
        f"(newest, *_) = decisions.list_decisions('{REFUSED}')\n"
        "for language in ('fr', 'en'):\n    st.text(decisions.get_letter(newest.id, language))\n"
    )
    french, english = (one.value for one in apptest(script, SCORING_API_URL=guarded).text)
    for letter in (french, english):
        assert "<style>" in letter
        assert "<link" not in letter
    assert 'lang="fr"' in french
    assert 'lang="en"' in english


@pytest.fixture
def applying(apptest, guarded, officers):
    """Open the page of new applications as an officer."""

    def opening(name):
        script = (
            "from officer import session\nfrom officer.pages import new_application as page\n"
            "from officer.settings import Secret\n"
            f"session.sign_in(Secret({officers[name].reveal()!r}))\npage.show()\n"
        )
        return apptest(script, SCORING_API_URL=guarded)

    return opening


@pytest.fixture
def list_recorded(guarded, officers):
    """List the recorded decisions, the newest first."""
    return lambda: ask(guarded, "/decisions?limit=1000&order=newest", officers["first"])["decisions"]


CHANGED = "Le formulaire a changé depuis l'envoi."


def test_each_press_records_one_decision_and_its_record_is_shown(applying, list_recorded):
    before = len(list_recorded())
    page = fill_in_a_form(applying("first"), "500000")
    newest, *others = list_recorded()
    assert len(others) == before
    assert "verdict" in texts(page)
    assert f"Référence : {newest['id']}" in texts(page)
    assert {one.label for one in page.get("download_button")} >= LETTERS
    press(page.run(), "Enregistrer la demande")
    write(page, WORDS)
    press(page, "Enregistrer la demande")
    assert "le client demande un examen" in texts(page)
    assert CHANGED not in texts(page)

    page.text_input(key="new AMT_CREDIT").set_value("400000").run()
    assert CHANGED in texts(page)
    assert newest["id"] in texts(page)  # the decision on what was sent
    page.text_input(key="new AMT_CREDIT").set_value("-1")
    press(page, "Évaluer la demande")
    assert newest["id"] not in texts(page)
    page.text_input(key="new AMT_CREDIT").set_value("400000")
    assert len(list_recorded()) == before + 1
    press(page, "Évaluer la demande")
    second, *others = list_recorded()
    assert len(others) == before + 1
    assert second["id"] in texts(page)
    assert "le client demande un examen" not in texts(page)
    press(page, "Vider le formulaire")
    assert "verdict" not in texts(page)
    assert {one.value for one in page.text_input} == {""}
    assert {one.value for one in page.selectbox} == {None}
    assert not page.error


def test_a_decision_that_the_officer_did_not_wait_for_is_shown_and_recorded_once(applying, list_recorded, monkeypatch):
    waited = []

    def wait(sent):
        waited.append(sent)
        if len(waited) == 1:
            streamlit.rerun()  # as if the officer had changed something
        return receive_decision(sent)

    monkeypatch.setattr(new_application, "receive_decision", wait)
    before = len(list_recorded())
    page = fill_in_a_form(applying("first"), "500000")
    assert len(waited) == 2
    newest, *others = list_recorded()
    assert len(others) == before
    assert newest["id"] in texts(page)


def test_a_key_that_may_not_read_the_record_gets_the_reference_of_its_decision(applying, list_recorded):
    page = fill_in_a_form(applying("reader"), "500000")
    assert list_recorded()[0]["id"] in texts(page)
    assert "Votre clé d'accès ne permet pas de lire le registre des décisions." in texts(page)
    assert LETTERS.isdisjoint(one.label for one in page.get("download_button"))
    assert not page.error


def find(page, reference):
    page.text_input(key="reference").input(reference)
    return press(page, "Retrouver")


def test_a_decision_is_found_by_its_reference_with_a_key_that_may_read_the_record(reviewing, guarded, officers):
    reference = ask(guarded, f"/predict/{REFUSED}", officers["first"])["decision_id"]
    page = find(reviewing("auditor"), f" {reference.upper()} ")
    assert f"Référence : {reference}" in texts(page)
    assert f"Client {REFUSED}" in texts(page)
    assert "décision automatique : crédit refusé" in texts(page)
    assert "Votre clé d'accès ne permet pas d'enregistrer qu'un client demande un examen." in texts(page)
    assert not page.text_area
    assert {one.label for one in page.get("download_button")} == LETTERS
    assert page.query_params["decision"] == reference
    find(page, "../a*b")
    assert "Aucune décision ne porte la référence « ../a*b »." in texts(page)
    assert not page.error
    press(page, "Effacer")
    assert "decision" not in page.query_params


def test_a_key_that_may_not_send_applications_gets_no_form(applying):
    page = applying("auditor")
    assert [one.value for one in page.error] == [
        "Votre clé d'accès ne donne pas ce droit (HTTP 403, scope=\"score\"). L'administrateur peut le lui ajouter."
    ]
    assert not page.button
    assert not page.text_input


def test_what_a_key_may_not_do_is_said_quietly(signed_in, reviewing):
    page = look_up(signed_in("second"), REFUSED)  # may decide, and not read the record
    assert "Votre clé d'accès ne permet pas de lire le registre des décisions." in texts(page)
    assert not page.error
    page = find(reviewing("reader"), "019ac05f-8c3a-7b21-9d4e-5f60718293a4")
    assert (
        texts(page)
        == ":small[Votre clé d'accès ne permet pas de lire le registre des décisions. Il lui faut le droit « audit ».]"
    )
    press(page, "Effacer")
    assert texts(page) == "Votre clé d'accès ne permet pas d'examiner des décisions. Il lui faut le droit « decide »."
    assert not page.exception


def test_a_service_that_records_nothing_is_named(apptest, sample_service):
    url = f"http://127.0.0.1:{sample_service.port}"
    page = apptest(client=REFUSED, SCORING_API_URL=url)
    assert "Le service n'enregistre pas les décisions." in texts(page)
    assert not page.error
    page = apptest("from officer.pages import new_application\nnew_application.show()\n", SCORING_API_URL=url)
    page = fill_in_a_form(page, "500000")
    assert "verdict" in texts(page)
    assert "Référence" not in texts(page)


@pytest.fixture(scope="module")
def near(sample_service):
    """Find a client whose case is marked for review."""
    numbers = json.loads(sample_service.get("/clients?limit=300")[1])["clients"]
    decided = (json.loads(sample_service.get(f"/predict/{number}")[1]) for number in numbers)
    return next(one for one in decided if one["review"])


def test_the_score_of_a_case_for_review_is_hidden_until_the_officer_has_noted_an_own_view(
    signed_in, reviewing, monkeypatch, near, list_recorded
):
    monkeypatch.setenv("SCORING_OWN_VIEW_FIRST", "1")
    risk = f"{100 * near['calibrated_probability']:.1f}".replace(".", ",") + "\u202f%"
    page = look_up(signed_in("first"), near["client_id"])
    assert "verdict" not in texts(page)
    assert risk not in texts(page)
    assert "Dossier" in [one.value for one in page.subheader]  # the officer reads the application
    press(page, "Noter mon avis et afficher le score")
    assert "Choisissez d'accorder ou de refuser le crédit." in texts(page)
    view(page, "REFUSED")
    assert "verdict" in texts(page)

    queue = find(reviewing("second"), list_recorded()[0]["id"])
    assert "décision automatique" not in texts(queue)
    assert not queue.get("download_button")
    press(queue, "Effacer")
    cells = str(queue.table[0].value.to_dict("records"))
    assert "masqué" in cells
    assert risk not in cells
    choose(queue, "Décision à examiner", case_of(queue, "proche du seuil"))
    assert "décision automatique" not in texts(queue)
    assert not queue.get("download_button")
    view(queue, "ACCEPTED")
    assert "décision automatique" in texts(queue)
    decide(queue, "Refuser")
    page = look_up(signed_in("first"), near["client_id"])
    view(page, "REFUSED")
    (choice,) = (one for one in page.selectbox if one.label.startswith("Consulter"))
    choose(page, "Consulter une décision", len(choice.options) - 1)
    assert "Avis avant d'avoir vu le score : crédit accepté." in texts(page)


def view(page, outcome):
    (choice,) = (one for one in page.radio if one.label == "Votre avis")
    choice.set_value(outcome)
    press(page, "Noter mon avis et afficher le score")


def enter(walk, key, label, path):
    """Sign in in a browser, with the keyboard."""
    page = walk.open(path)
    page.get_by_label(label, exact=True).fill(key.reveal())
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Client", exact=True).or_(
        page.get_by_test_id("stExpandSidebarButton")
    ).first.wait_for()
    walk.settled()
    return page


def pick(page, label, walk):
    """Open a list, and choose its first option with the keyboard."""
    field, options = page.get_by_role("combobox", name=label), page.get_by_role("option")
    field.wait_for()
    walk.settled()
    for _ in range(10):  # a run of the page that ends meanwhile closes the list
        field.focus()
        page.keyboard.press("ArrowDown")
        page.wait_for_timeout(500)
        if options.count():
            break
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    walk.settled()


def ask(service, path, key):
    request = urllib.request.Request(f"{service}{path}", headers={"Authorization": f"Bearer {key.reveal()}"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


@pytest.fixture
def refused(guarded, officers):
    """Find a refused client on whom nothing has been decided yet."""
    for number in ask(guarded, "/clients?limit=300", officers["first"])["clients"]:
        explained = ask(guarded, f"/explain/{number}", officers["first"])
        if (
            explained["decision"] == "REFUSED"
            and not explained["review"]
            and number != REFUSED
            and explained["reasons"]
        ):
            return number, [reason["text"] for reason in explained["reasons"]]
    raise AssertionError("no client of the sample is refused")


def print_letter(walk, label, path):
    """Download a letter and print it; keep it where a folder for pictures is given. Gives its text."""
    with walk.page.expect_download() as downloading:
        walk.page.get_by_role("button", name=label).click()
    downloading.value.save_as(path)
    sheet = walk.page.context.new_page()
    sheet.goto(path.as_uri())
    printed = sheet.pdf(prefer_css_page_size=True)
    sheet.close()
    if folder := os.environ.get("PAGE_SCREENSHOTS"):
        (Path(folder) / f"{path.stem}.pdf").write_bytes(printed)
    (page,) = read_pages(printed)
    assert page.size == pytest.approx((210, 297), abs=0.5)
    return page.text


def take_decision(walk, choices, written):
    """Decide on the only case of the queue, with the keyboard and clicks."""
    queue, outcome, reason, field, send = choices
    pick(walk.page, queue, walk)
    found = violations(walk.page)
    walk.page.get_by_text(outcome, exact=True).click()
    pick(walk.page, reason, walk)
    walk.page.get_by_role("textbox", name=field).fill(written)
    walk.settled()
    walk.page.get_by_role("button", name=send).click()
    return found


FRENCH = ("Décision à examiner", "Accorder le crédit", "Motif", "Explication", "Enregistrer la décision")
ENGLISH = ("Decision to review", "Accept the application", "Reason", "Explanation", "Record the decision")


@pytest.mark.drill
def test_a_day_of_two_officers_in_two_browsers(officer, fronting, guarded, officers, refused, tmp_path):
    url, (number, reasons) = fronting(guarded).url, refused
    one = officer(url, timezone_id="Europe/Paris")
    page = enter(one, officers["first"], "Clé d'accès", "/")
    found = {}
    one.type_number(str(number))
    assert all(shown(reason["fr"]) in shown(one.text()) for reason in reasons)  # the officer reads why
    pick(page, "Consulter une décision", one)
    for label, language, outcome in (
        ("Courrier en français", "fr", "Nous ne pouvons pas vous accorder le crédit que vous avez demandé."),
        ("Courrier en anglais", "en", "We are unable to grant you the credit that you asked for."),
    ):
        letter = print_letter(one, label, tmp_path / f"refused-{language}.html")
        for expected in (outcome, str(number), *(reason[language] for reason in reasons)):
            assert without_blanks(expected) in letter
    page.get_by_text("Le client demande un examen").click()
    page.get_by_role("textbox", name="Point de vue du client").fill(WORDS)
    one.settled()
    page.get_by_role("button", name="Enregistrer la demande").click()
    page.get_by_text("La demande est enregistrée").first.wait_for()
    one.settled()
    assert page.evaluate("document.activeElement.innerText") == "Enregistrer la demande"  # the keyboard stays there
    found["history"] = violations(page)
    assert "J'ai un *nouvel* emploi" in one.text()

    other = officer(url, locale="en-GB", color_scheme="dark", viewport={"width": 640, "height": 900})  # as at 200 %
    second = other.open("/reviews")
    found["sign in"] = violations(second)
    second = enter(other, officers["second"], "Access key", "/reviews")
    assert f"{number}" in other.text()
    assert officers["first"].key_id not in other.text()
    found["case"] = take_decision(other, ENGLISH, "Three pay slips were checked.")
    assert second.evaluate("document.documentElement.scrollWidth") <= 640
    second.get_by_text("It will apply as soon as a second officer has confirmed it").first.wait_for()

    one.go("Examens")
    found["queue"] = violations(page)
    take_decision(one, FRENCH, "D'accord, les bulletins suffisent.")
    page.get_by_text("Votre décision est enregistrée").first.wait_for()
    one.go("Client")
    one.type_number(str(number))
    pick(page, "Consulter une décision", one)
    said = one.text()
    for expected in (
        "le client demande un examen",
        "J'ai un *nouvel* emploi",
        "Three pay slips were checked.",
        "D'accord, les bulletins suffisent.",
        *(officers[name].key_id for name in ("first", "second")),
    ):
        assert expected in said, expected
    assert said.count("décision du conseiller : crédit accepté") == 2
    for label, language, outcome in (
        ("Courrier en français", "fr", "Votre demande est acceptée."),
        ("Courrier en anglais", "en", "Your application is accepted."),
    ):
        letter = print_letter(one, label, tmp_path / f"accepted-{language}.html")
        assert without_blanks(outcome) in letter
        assert not any(without_blanks(reason[language]) in letter for reason in reasons)
    found["reviewed"] = violations(page)
    assert not any(found.values()), found
    one.go("Nouvelle demande")
    send_application(one)
    found["new application"] = violations(page)
    letter = print_letter(one, "Courrier en français", tmp_path / "new-fr.html")
    newest = ask(guarded, "/decisions?order=newest&limit=1", officers["first"])["decisions"][0]["id"]
    assert newest in one.text()
    assert newest in letter  # the reference
    one.go("Examens")
    page.get_by_role("textbox", name="Référence d'une décision").fill(newest)
    page.keyboard.press("Enter")
    page.get_by_text(f"Référence : {newest}").wait_for()
    one.settled()
    found["decision by reference"] = violations(page)
    assert not any(found.values()), found
    page.get_by_role("button", name="Se déconnecter").click()
    page.get_by_role("heading", level=1, name="Se connecter").wait_for()
    one.settled()
    assert str(number) not in one.text() + page.url
