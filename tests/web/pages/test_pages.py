"""What a browser is shown where a program gets JSON."""

import re

import pytest

from fonction_api_prediction import create_app
from scoring.settings import Settings
from tests.web.pages.conftest import BROWSER, ENGLISH, seen, spaced

PATHS = ("/", "/model", "/application", "/predict/{number}", "/predict/999999", "/predict/12a", "/nowhere")


def decided(client, numbers, decision, review=False):
    for number in numbers:
        answer = client.get(f"/predict/{number}").json
        if answer["decision"] == decision and answer["review"] is review:
            return number, answer
    raise AssertionError("no such client")


@pytest.fixture(scope="module")
def unverified_client(tmp_path_factory, project):
    folder = tmp_path_factory.mktemp("unverified")
    for name in ("df_sample.csv", "modele_retenu.pkl", "scaler.pkl"):
        (folder / name).write_bytes((project / "tests" / "fixtures" / "older_scikit_learn" / name).read_bytes())
    return create_app(Settings(artefacts=folder, threshold=0.5, open=True)).test_client()


@pytest.mark.parametrize(
    "accept",
    [
        None, "*/*", "application/json", "text/html;q=0, */*", "application/json, text/html",
        "text/html;q=0.5, application/json",
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/", "/model", "/predict/{number}", "/predict/999999", "/nowhere"])
def test_programs_get_json(client, numbers, path, accept):
    headers = {} if accept is None else {"Accept": accept}
    answer = client.get(path.format(number=numbers[0]), headers=headers)
    assert answer.content_type in {"application/json", "application/problem+json"}
    assert "Accept" in answer.headers["Vary"]


def test_the_client_s_page_shows_the_score_of_a_scorecard_only(client, numbers, unverified_client):
    score = client.get(f"/explain/{numbers[0]}").json["points"]
    assert f"Score : {score} points, la somme" in seen(client.get(f"/predict/{numbers[0]}", headers=BROWSER))
    page = seen(client.get(f"/predict/{numbers[0]}", headers=ENGLISH))
    assert f"Score: {score} points, the sum of the points of each factor" in page
    assert page.count("score points: ") > 10
    other = client_of(unverified_client)
    assert "score" not in seen(unverified_client.get(f"/predict/{other}", headers=ENGLISH)).lower()


def client_of(client):
    return client.get("/clients?limit=1").json["clients"][0]


@pytest.mark.parametrize("path", PATHS)
def test_browsers_get_pages_that_load_and_run_nothing_else(client, numbers, path):
    answer = client.get(path.format(number=numbers[0]), headers=BROWSER)
    page = answer.get_data(as_text=True)
    assert answer.content_type == "text/html; charset=utf-8"
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    own = {"/application": "form.js", "/predict/{number}": "print.js"}.get(path)
    scripts = re.findall(r"<script.*?</script>", page)
    assert scripts == ([f'<script src="/docs/static/{own}" defer></script>'] if own else [])
    assert policy.count("script-src") == policy.count("script-src 'self'") == len(scripts)
    assert "unsafe" not in policy
    assert answer.headers["Referrer-Policy"] == "same-origin"  # forms keep their origin, which the gate compares
    assert answer.headers["Cache-Control"] == "no-store"
    assert set(", ".join(answer.headers.get_all("Vary")).split(", ")) == {"Accept", "Accept-Language"}
    assert not re.findall(r"(?:src|href|action)=\"(?!/|#)", page)
    assert not re.search(r"<style| style=|\son\w+=", page)


@pytest.mark.parametrize("path", PATHS)
def test_every_page_says_that_the_data_is_made_up(client, numbers, path):
    page = client.get(path.format(number=numbers[0]), headers=BROWSER)
    assert "Données fictives" in seen(page)
    assert "Made-up data" in seen(client.get(path.format(number=numbers[0]), headers=ENGLISH))


def test_the_model_and_the_docs_say_so_too(client):
    model = client.get("/model").json
    assert model["training"]["synthetic"] is True
    assert model["synthetic_clients"] is True
    assert "the model was trained on made-up clients" in client.get("/openapi.json").json["info"]["description"]
    assert "the model was trained on made-up clients" in seen(client.get("/docs"))


@pytest.mark.parametrize(
    ("asked", "query", "language"),
    [
        (None, "", "fr"), ("fr-CA", "", "fr"), ("en-US,en;q=0.9", "", "en"), ("de,en;q=0.5", "", "en"),
        ("en", "?lang=fr", "fr"), ("fr", "?lang=en", "en"), ("%", "", "fr"),
    ],
)  # fmt: skip
def test_pages_are_french_or_english_where_the_browser_asks(client, asked, query, language):
    headers = BROWSER if asked is None else {**BROWSER, "Accept-Language": asked}
    answer = client.get(f"/{query}", headers=headers)
    assert answer.headers["Content-Language"] == language
    page = answer.get_data(as_text=True)
    assert f'<html lang="{language}">' in page
    assert {"fr": "Rechercher un client", "en": "Find a client"}[language] in page


def test_a_chosen_language_stays_in_every_link(client, numbers):
    page = client.get(f"/predict/{numbers[0]}?lang=en", headers=BROWSER).get_data(as_text=True)
    links = re.findall(r'(?:href|action)="((?:/|/model|/application)(?:\?[^"]*)?)"', page)
    assert len(links) >= 4
    assert [link for link in links if "lang=en" not in link] == ["/"]  # the search's, which sends it with the number
    assert '<input type="hidden" name="lang" value="en">' in page
    assert f'href="/predict/{numbers[0]}?lang=fr"' in page


@pytest.mark.parametrize(("decision", "words"), [("ACCEPTED", "Demande acceptée"), ("REFUSED", "Demande refusée")])
def test_a_known_clients_page_says_the_decision_and_the_risk(client, numbers, decision, words):
    number, answer = decided(client, numbers, decision)
    page = client.get(f"/predict/{number}", headers=BROWSER)
    assert page.status_code == 200
    text = seen(page)
    assert words in text
    assert f"Client {number}" in text
    assert f"{100 * answer['calibrated_probability']:.1f}".replace(".", ",") in text
    of_100 = round(100 * answer["calibrated_probability"])
    assert ("environ un aurait" if of_100 == 1 else f"environ {of_100} auraient") in text
    assert "Seuil : 9,1" in text
    assert "Aucun examen complémentaire" in text
    assert "À examiner par un conseiller" not in text


def test_a_case_near_the_threshold_is_marked_for_review(client, numbers):
    number, _ = decided(client, numbers, "ACCEPTED", review=True)
    assert "To be reviewed by a loan officer." in seen(client.get(f"/predict/{number}", headers=ENGLISH))


@pytest.mark.parametrize(("headers", "language"), [(BROWSER, "fr"), (ENGLISH, "en")])
def test_reasons_and_what_would_change_are_those_of_explain(client, numbers, headers, language):
    checked = 0
    for number in numbers[:150]:
        explained = client.get(f"/explain/{number}").json
        if not explained["counterfactual"]:
            continue
        text = seen(client.get(f"/predict/{number}", headers=headers))
        for reason in explained["reasons"]:
            assert spaced(reason["text"][language]) in text
        assert spaced(explained["counterfactual"]["text"][language]) in text
        for move in explained["concepts"][:8]:
            assert spaced(move["concept"][language]) in text
        for move in explained["contributions"]:
            assert spaced(move["label"][language]) in text
        checked += 1
    assert checked


def test_an_accepted_client_has_no_reasons_and_no_change(client, numbers):
    number, _ = decided(client, numbers, "ACCEPTED")
    text = seen(client.get(f"/predict/{number}", headers=BROWSER))
    assert "Motifs du refus" not in text
    assert "Ce qui changerait la décision" not in text
    assert "Ce qui explique ce risque" in text


def test_facts_are_shown_with_readable_names_and_units(client, numbers):
    facts = {fact["name"]: fact["value"] for fact in client.get(f"/clients/{numbers[0]}").json["facts"]}
    text = seen(client.get(f"/predict/{numbers[0]}", headers=ENGLISH))
    assert f"Credit amount {facts['AMT_CREDIT']:,.0f}" in text
    assert f"Age {round(-facts['DAYS_BIRTH'] / 365.25)} years" in text
    assert "AMT_CREDIT" not in text
    assert "Not used by this model" in text  # gender among them


def test_the_page_links_to_its_json(client, numbers):
    page = client.get(f"/predict/{numbers[0]}", headers=BROWSER).get_data(as_text=True)
    assert f'href="/predict/{numbers[0]}?format=json"' in page
    answer = client.get(f"/predict/{numbers[0]}?format=json", headers=BROWSER)
    assert answer.json["client_id"] == numbers[0]
    assert client.get("/model?format=json", headers=BROWSER).json["verified"] is True


@pytest.mark.parametrize(
    ("client_id", "status", "words"),
    [
        ("999999", 404, "Aucun client ne porte le numéro 999999."),
        ("12a", 400, "« 12a » n'est pas un numéro de client. Attendu : 6 chiffres, sans autre caractère."),
        ("1" * 60, 400, f"« {'1' * 39}… » n'est pas un numéro de client."),
    ],
)
def test_an_invalid_or_unknown_number_gets_the_search_form_again(client, client_id, status, words):
    answer = client.get(f"/predict/{client_id}", headers=BROWSER)
    assert answer.status_code == status
    assert words in seen(answer)
    page = answer.get_data(as_text=True)
    assert f'value="{client_id[:40]}"' in page
    assert 'aria-invalid="true"' in page
    assert "<title>Erreur\u00a0: Rechercher un client" in page


def test_the_link_to_the_other_language_leads_to_the_same_address(client):
    page = client.get("/predict/a%3Fb%23%25?lang=en", headers={"Accept": "text/html"})
    assert page.status_code == 400
    assert 'href="/predict/a%3Fb%23%25?lang=fr"' in page.text


def test_what_was_typed_is_escaped(client):
    for path in ("/predict/%3Cscript%3Ealert(1)%3C%2Fscript%3E", "/?client_id=%22%3E%3Cscript%3Ealert(1)"):
        page = client.get(path, headers=BROWSER).get_data(as_text=True)
        assert "<script" not in page
        assert "&lt;script&gt;" in page or "%3Cscript%3E" in page


def test_searching_leads_to_the_client(client, numbers):
    number = str(numbers[0])
    for typed in (number, f" {number} ", f"{number[:3]} {number[3:]}"):
        answer = client.get("/", query_string={"client_id": typed, "lang": "en"}, headers=BROWSER)
        assert answer.status_code == 303
        assert answer.headers["Location"] == f"/predict/{number}?lang=en"


@pytest.mark.parametrize(
    ("typed", "status", "words"),
    [
        ("", 400, "Enter a client number: 6 digits"), ("12", 400, "“12” is not a client number"),
        ("999999", 404, "No client has"),
    ],
)  # fmt: skip
def test_an_invalid_search_shows_the_error_next_to_the_field(client, typed, status, words):
    answer = client.get("/", query_string={"client_id": typed}, headers=ENGLISH)
    assert answer.status_code == status
    assert words in seen(answer)


def test_other_problems_are_pages_too(client, numbers):
    gone = client.get("/nowhere", headers=ENGLISH)
    assert gone.status_code == 404
    assert "This page does not exist." in seen(gone)
    refused = client.put(f"/predict/{numbers[0]}", headers=ENGLISH)
    assert refused.status_code == 405
    assert "GET" in refused.headers["Allow"]
    wrong = client.get("/population?features=x", headers=ENGLISH)
    assert wrong.status_code == 400
    assert "1 unknown names" in seen(wrong)
    assert client.get("/predict//1", headers=ENGLISH).status_code == 308


def test_a_browser_that_posts_sees_every_error_with_what_is_expected(client):
    shown = seen(client.post("/predict", json={"AMT_CREDIT": -1, "FLAG_MOBIL": True, "NOPE": "<b>"}, headers=ENGLISH))
    assert "AMT_CREDIT: -1; expected a number above 0" in shown
    assert "FLAG_MOBIL: true; expected" in shown
    assert "DAYS_BIRTH: expected a whole number" in shown
    assert "NOPE: <b>; expected" in shown
    assert "None" not in shown


def test_what_a_browser_posts_wrongly_is_not_called_a_form(client):
    shown = seen(client.post("/predict", data={"AMT_CREDIT": "5"}, headers=ENGLISH))
    assert "The data that was sent cannot be read." in shown
    assert "expected 'application/json'" in shown


def test_a_failure_is_a_page_without_details():
    app = create_app(Settings())

    @app.get("/broken")
    def broken():
        raise RuntimeError("a secret detail")

    answer = app.test_client().get("/broken", headers=ENGLISH)
    assert answer.status_code == 500
    assert answer.headers["X-Request-ID"] in seen(answer)
    assert "secret" not in seen(answer)


@pytest.mark.parametrize(("headers", "words"), [(BROWSER, "clients inventés"), (ENGLISH, "made-up clients")])
def test_the_model_card_tells_what_the_manifest_does(client, headers, words):
    model = client.get("/model").json
    text = seen(client.get("/model", headers=headers))
    mark, between = (",", "(de {} à {})") if headers is BROWSER else (".", "({} to {})")
    assert words in text
    value, low, high = (f"{model['metrics']['test']['auc'][end]:.3f}" for end in ("value", "low", "high"))
    assert f"{value} {between.format(low, high)}".replace(".", mark) in text
    assert f"{model['threshold']:.4f}".replace(".", mark) in text
    band = model["review_band"]
    assert f"{100 * band['low']:.1f}".replace(".", mark) in text
    first = max(model["importances"], key=model["importances"].get)
    labels = {field["name"]: field["label"] for field in model["input_schema"]["fields"]}
    assert labels[first]["fr" if headers is BROWSER else "en"] in text
    for part in model["report"]["fairness"]:
        for group in part["groups"]:
            assert f"{group['clients']:,}".replace(",", " " if headers is BROWSER else ",") in text


@pytest.mark.parametrize(
    ("headers", "groups"),
    [
        (BROWSER, ("Femme", "Célibataire", "moins de 25 ans", "35 à 44 ans", "65 ans et plus")),
        (ENGLISH, ("Woman", "Single", "under 25", "35 to 44", "65 and over")),
    ],
)
def test_groups_of_people_are_named_in_the_readers_language(client, headers, groups):
    text = seen(client.get("/model", headers=headers))
    assert [one for one in groups if one not in text] == []


def test_a_model_without_a_manifest_has_pages_with_what_is_known(unverified_client):
    number = unverified_client.get("/clients?limit=1").json["clients"][0]
    probability = unverified_client.get(f"/predict/{number}").json["probability"]
    text = seen(unverified_client.get(f"/predict/{number}", headers=ENGLISH))
    assert f"{100 * probability:.1f}%" in text
    assert "not calibrated" in text
    assert "the configured threshold" in text
    assert "The data of the application are not available" in text
    assert "Reasons for the refusal" not in text
    numbers = unverified_client.get("/clients").json["clients"]
    explained = (unverified_client.get(f"/explain/{one}").json for one in numbers)
    refused = next(one for one in explained if one["decision"] == "REFUSED")
    assert "the change that would be accepted cannot be computed" in refused["notes"][0]["en"]
    model = seen(unverified_client.get("/model", headers=ENGLISH))
    assert "This model came without a manifest" in model
    assert "Refused from a probability of 0.5000 on" in model
    assert "/application" not in unverified_client.get("/", headers=ENGLISH).get_data(as_text=True)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_model_without_a_manifest_has_no_form(unverified_client, method):
    answer = unverified_client.open(
        "/application", method=method, data={"a": "1"} if method == "POST" else None, headers=ENGLISH
    )
    assert answer.status_code == 409
    assert "it cannot read new applications" in seen(answer)
