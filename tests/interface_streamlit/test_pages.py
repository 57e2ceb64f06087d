"""The other pages about a client, and what happens without an API, walked through as an officer would."""

import json

import pytest

from tests.interface_streamlit.conftest import number_of
from tests.interface_streamlit.fake_api import FakeApi


@pytest.fixture(scope="module")
def explanations(sample_service):
    """Explanations of some bundled clients, by number."""
    numbers = json.loads(sample_service.get("/clients?limit=300")[1])["clients"]
    return {str(number): json.loads(sample_service.get(f"/explain/{number}")[1]) for number in numbers}


def refused(explanations):
    return next(number for number, one in explanations.items() if one["decision"] == "REFUSED")


def refused_with_an_offer(explanations, outcome="accepted"):
    return next(
        number
        for number, one in explanations.items()
        if one["counterfactual"] and one["counterfactual"]["outcome"] == outcome
    )


def contract_rows(page):
    """Read the table of the contract: name, before, after."""
    table = page.get_by_test_id("stTable").filter(has_text="Mensualité")
    rows = [row.get_by_role("cell").all_inner_texts() for row in table.get_by_role("row").all()[1:]]
    return {name.strip(): (number_of(before), number_of(after)) for name, before, after in rows}


def test_the_waterfall_of_a_refused_client_adds_up_to_the_risk_shown(officer, explanations):
    walk = officer()
    page = walk.open(f"/why?client={refused(explanations)}")
    for how_many in (8, 3):
        if how_many == 3:
            page.get_by_role("slider").press("Home")
            page.get_by_text("autres thèmes ensemble").first.wait_for(state="attached")
            walk.settled()
        page.get_by_text("Chiffres du graphique").click()
        rows = walk.chart_rows()
        figures = [number_of(row.rsplit("\t", 1)[1]) for row in rows]
        assert len(figures) >= how_many + 3  # the starting point, the rest together, the risk
        assert max(map(abs, figures[1:-2])) >= abs(figures[-2])  # the rest together is not the largest bar
        assert sum(figures[:-1]) == pytest.approx(figures[-1], abs=0.005 * len(figures))
        assert round(figures[-1], 1) == pytest.approx(number_of(walk.risk()), abs=0.051)
        page.get_by_text("Chiffres du graphique").click()
    for reason in explanations[refused(explanations)]["reasons"]:
        assert reason["text"]["fr"].replace("\u00a0", " ") in walk.text()


def test_a_client_is_compared_with_all_and_with_similar_clients(officer, explanations):
    walk = officer()
    page = walk.open(f"/compare?client={refused(explanations)}")
    assert "Clients comparés : 1\u202f000 sur 1\u202f000" in walk.text()
    page.get_by_role("combobox", name="Donnée à comparer").click()
    page.keyboard.type("Âge")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Répartition : Âge").wait_for()
    page.get_by_role("combobox", name="Clients semblables par").click()
    page.keyboard.type("Revenu total")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    page.get_by_text("Clients comparés").filter(has_not_text="1\u202f000 sur").wait_for()
    walk.settled()
    page.get_by_test_id("stVegaLiteChart").nth(3).wait_for()  # two histograms, box plots, scatter


def test_moving_an_amount_takes_a_client_across_the_threshold(officer, explanations):
    number = refused_with_an_offer(explanations)
    walk = officer()
    page = walk.open(f"/what-if?client={number}")
    page.get_by_role("button", name="Essayer").click()
    page.get_by_text("Le crédit serait accepté").wait_for()
    walk.settled()
    offer = explanations[number]["counterfactual"]
    assert [walk.decision(i) for i in range(2)] == ["Demande refusée", "Demande acceptée"]
    assert number_of(walk.risk(1)) == pytest.approx(100 * offer["calibrated_probability"], abs=0.051)
    rows, after = contract_rows(page), offer["contract"]
    assert rows["Montant du crédit"] == (explanations[number]["contract"]["credit"], after["credit"])
    assert rows["Mensualité"][1] == after["instalment"]
    price, deposit, fees = (rows[name][1] for name in ("Prix de l'achat", "Apport", "Frais et assurance, empruntés"))
    assert price - deposit + fees == pytest.approx(after["credit"], abs=0.011)
    walk.go("Pourquoi")
    assert contract_rows(page) == rows
    walk.go("Simuler")  # what was tried is still there
    page.get_by_text("Le crédit serait accepté").wait_for()
    page.get_by_role("button", name="Revenir au dossier").click()
    page.get_by_text("Rien n'est changé").wait_for()


def test_an_instalment_follows_the_amount_the_term_and_the_rate_that_are_typed(officer, explanations):
    number = refused_with_an_offer(explanations)
    contract = explanations[number]["contract"]
    walk = officer()
    page = walk.open(f"/what-if?client={number}")
    field = page.get_by_role("textbox", name="Nombre de mensualités")
    field.fill("10")
    field.press("Enter")
    page.get_by_test_id("stTable").filter(has_text="10").wait_for()
    walk.settled()
    rows = contract_rows(page)
    assert rows["Nombre de mensualités"] == (contract["months"], 10)
    monthly = contract["yearly_rate"] / 12
    credit, instalment = rows["Montant du crédit"][1], rows["Mensualité"][1]
    assert instalment == pytest.approx(credit * monthly / (1 - (1 + monthly) ** -10), abs=0.01)
    assert page.get_by_role("slider", name="Nombre de mensualités").input_value() == "10"
    page.get_by_role("slider", name="Nombre de mensualités").press("ArrowRight")
    page.get_by_test_id("stTable").filter(has_text="11").wait_for()
    walk.settled()
    assert field.input_value() == "11"
    rate = page.get_by_role("textbox", name="Taux annuel")
    rate.fill("0")
    rate.press("Enter")
    page.get_by_test_id("stTable").filter(has_text="0,0").wait_for()
    walk.settled()
    rows = contract_rows(page)
    assert rows["Mensualité"][1] == pytest.approx(rows["Montant du crédit"][1] / 11, abs=0.01)
    rate.fill("12,5")  # a browser's own field for numbers makes 125 of it
    rate.press("Enter")
    page.get_by_test_id("stTable").filter(has_text="12,5").wait_for()
    assert page.get_by_role("slider", name="Taux annuel").input_value() == "12.5"


def test_a_credit_that_would_only_be_reviewed_is_not_called_accepted(officer, explanations, project):
    band = json.loads((project / "modele_retenu.json").read_text(encoding="utf-8"))["review_band"]
    in_band = [  # below it, the credit alone would be accepted, although not surely
        number
        for number, one in explanations.items()
        if (offer := one["counterfactual"])
        and offer["outcome"] == "review"
        and offer["calibrated_probability"] > band["low"]
    ]
    number, walk = in_band[0], officer()
    page = walk.open(f"/what-if?client={number}")
    assert "mais examinée par un conseiller" in walk.text()
    page.get_by_role("button", name="Essayer").click()
    page.get_by_text("mais examiné par un conseiller").wait_for()
    walk.settled()


def test_a_credit_without_a_fixed_term_has_neither_term_nor_rate_and_a_deposit_leaves_something_to_borrow(
    apptest, sample_service, explanations
):
    number = refused_with_an_offer(explanations)
    url = f"http://127.0.0.1:{sample_service.port}"
    page = apptest("from officer.pages import what_if\nwhat_if.show()\n", client=number, SCORING_API_URL=url)

    def levers():
        return {one.key.rsplit(" ", 1)[1] for one in page.slider}

    assert {"price", "deposit", "months", "yearly_rate"} <= levers()
    (product,) = (one for one in page.selectbox if one.key.endswith("NAME_CONTRACT_TYPE fr"))
    product.set_value("Revolving loans").run()
    assert levers() & {"price", "deposit", "months", "yearly_rate"} == {"price", "deposit"}
    assert not page.exception
    price = explanations[number]["contract"]["price"]
    (deposit,) = (one for one in page.text_input if one.key and "deposit" in one.key)
    deposit.set_value(str(round(price))).run()
    assert ["inférieur au prix" in one.value for one in page.error] == [True]


def test_what_time_changes_by_itself_is_told(apptest, fake_api, explanations):
    # A client of the sample may have no such answer: the API says so in the words that the service would use.
    told = {"fr": "D'ici 12 mois, la demande serait acceptée.", "en": "Within 12 months, it would be accepted."}
    fake_api.route, fake_api.path, fake_api.value = "GET /explain/<id>", ("waiting",), {"text": told}
    page = apptest(
        "from officer.pages import why\nwhy.show()\n", client=refused(explanations), SCORING_API_URL=fake_api.url
    )
    assert [one.value for one in page.info if "12 mois" in one.value] == [told["fr"]]


def test_the_api_stops_and_comes_back(officer, fronting, sample_service, explanations):
    running = FakeApi(sample_service)
    walk = officer(fronting(running.url).url)
    number, other = list(explanations)[:2]
    walk.open(f"/?client={number}")
    assert walk.decision()
    running.stop()
    walk.type_number(other)
    walk.page.get_by_text("Le service de décision ne répond pas").wait_for()
    walk.page.get_by_role("button", name="Réessayer").click()
    walk.page.get_by_text("Le service de décision ne répond pas").wait_for()
    running = FakeApi(sample_service, running.port)
    try:
        walk.page.get_by_role("heading", name=f"Client {other}").wait_for()  # by itself
        walk.settled()
        assert walk.decision()
    finally:
        running.stop()


def test_no_rerun_asks_the_api_for_what_is_known(apptest, fake_api, explanations):
    fake_api.reset()
    number = refused(explanations)

    def opened(script=None):
        return apptest(script, client=number, SCORING_API_URL=fake_api.url)

    def new_calls():
        new = sorted(route for route in fake_api.asked if "/health" not in route)
        fake_api.asked.clear()
        return new

    page = opened()
    assert new_calls() == [
        "GET /clients",
        "GET /clients/<id>",
        "GET /decisions",
        "GET /explain/<id>",
        "GET /model",
        "GET /predict/<id>",
    ]
    page.run()
    opened()  # another session
    assert set(new_calls()) == {"GET /decisions"}  # somebody may have decided on the client meanwhile
    why = opened("from officer.pages import why\nwhy.show()\n")
    why.slider[0].set_value(why.slider[0].max).run()
    assert new_calls() == []
    what_if = opened("from officer.pages import what_if\nwhat_if.show()\n")
    assert new_calls() == []
    what_if.slider[0].set_value(what_if.slider[0].min).run()
    assert new_calls() == ["POST /predict"]
