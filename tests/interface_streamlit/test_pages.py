"""The other pages about a client, and what happens without an API, walked through as an officer would."""

import json

import pytest

from tests.interface_streamlit.conftest import number_of


@pytest.fixture(scope="module")
def explanations(sample_service):
    """Explanations of some bundled clients, by number."""
    numbers = json.loads(sample_service.get("/clients?limit=300")[1])["clients"]
    return {str(number): json.loads(sample_service.get(f"/explain/{number}")[1]) for number in numbers}


def refused(explanations):
    return next(number for number, one in explanations.items() if one["decision"] == "REFUSED")


def refused_with_an_offer(explanations):
    return next(number for number, one in explanations.items() if one["counterfactual"])


def test_the_waterfall_of_a_refused_client_adds_up_to_the_risk_shown(officer, explanations):
    walk = officer()
    page = walk.open(f"/why?client={refused(explanations)}")
    for how_many in (8, 3):
        if how_many == 3:
            page.get_by_role("slider").press("Home")
            page.get_by_text("autres thèmes ensemble").first.wait_for(state="attached")
            walk.settled()
        page.get_by_text("Chiffres du graphique").click()
        rows = page.get_by_test_id("stTable").first.get_by_role("row").all_inner_texts()[1:]
        figures = [number_of(row.rsplit("\t", 1)[1]) for row in rows]
        assert len(figures) >= how_many + 3  # the starting point, the rest together, the risk
        assert max(map(abs, figures[1:-2])) >= abs(figures[-2])  # the rest together is not the largest bar
        assert sum(figures[:-1]) == pytest.approx(figures[-1], abs=0.005 * len(figures))
        assert round(figures[-1], 1) == pytest.approx(number_of(walk.risk()), abs=0.051)
        page.get_by_text("Chiffres du graphique").click()
    for reason in explanations[refused(explanations)]["reasons"]:
        assert reason["text"]["fr"].replace("\u00a0", " ") in walk.text()


def test_every_page_shows_which_data_is_synthetic(officer):
    walk = officer()
    walk.open("/")
    for page in ("Client", "Pourquoi", "Comparer", "Simuler", "Nouvelle demande"):
        walk.go(page)
        assert (
            "Clients fictifs : aucune personne réelle n'est concernée. Modèle entraîné sur des clients fictifs"
            in walk.text()
        )


def test_a_client_is_compared_with_all_and_with_similar_clients(officer, explanations):
    walk = officer()
    page = walk.open(f"/compare?client={refused(explanations)}")
    assert "1\u202f000 clients sur 1\u202f000" in walk.text()
    page.get_by_role("combobox", name="Donnée à comparer").click()
    page.keyboard.type("Âge")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Répartition : Âge").wait_for()
    page.get_by_role("combobox", name="Clients semblables par").click()
    page.keyboard.type("Revenu total")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    page.get_by_text("clients sur 1\u202f000").filter(has_not_text="1\u202f000 clients").wait_for()
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
    walk.go("Pourquoi")
    walk.go("Simuler")  # what was tried is still there
    page.get_by_text("Le crédit serait accepté").wait_for()
    page.get_by_role("button", name="Revenir au dossier").click()
    page.get_by_text("Rien n'est changé").wait_for()
    # The same by hand: less income raises the risk at once, and the decision stays.
    page.get_by_role("slider", name="Revenu total").press("Home")
    page.get_by_text("La décision reste la même").wait_for()


def test_the_api_stops_and_comes_back(officer, fronting, tmp_path, explanations):
    from tests.conftest import start_gunicorn

    running = start_gunicorn(tmp_path)
    port = running.port
    walk = officer(fronting(f"http://127.0.0.1:{port}").url)
    number, other = list(explanations)[:2]
    walk.open(f"/?client={number}")
    assert walk.decision()
    running.stop()
    walk.type_number(other)
    walk.page.get_by_text("Le service de décision ne répond pas").wait_for()
    walk.page.get_by_role("button", name="Réessayer").click()
    walk.page.get_by_text("Le service de décision ne répond pas").wait_for()
    running = start_gunicorn(tmp_path, port=port)
    try:
        walk.page.get_by_role("heading", name=f"Client {other}").wait_for()  # by itself
        walk.settled()
        assert walk.decision()
    finally:
        running.stop()


def test_no_rerun_asks_the_api_for_what_is_known(officer, fronting, tmp_path, explanations):
    from tests.conftest import start_gunicorn

    log = tmp_path / "access.log"
    running = start_gunicorn(tmp_path, GUNICORN_CMD_ARGS=f"--access-logfile {log}")
    asked = []

    def new_calls():
        lines = [line.split('"')[1].rsplit(" ", 1)[0] for line in log.read_text().splitlines()]
        lines = [line for line in lines if "/health" not in line]
        new = lines[len(asked) :]
        asked.extend(new)
        return sorted(new)

    try:
        walk = officer(fronting(f"http://127.0.0.1:{running.port}").url)
        number = refused(explanations)
        walk.open(f"/?client={number}")
        assert new_calls() == [
            "GET /clients",
            "GET /clients/<client_id>",
            "GET /explain/<client_id>",
            "GET /model",
            "GET /predict/<client_id>",
        ]
        walk.go("Pourquoi")
        assert new_calls() == []
        slider = walk.page.get_by_role("slider")
        for _ in range(3):  # reruns
            slider.press("ArrowRight")
            walk.settled()
        walk.go("Client")
        walk.page.reload()
        walk.settled()
        assert new_calls() == []
        walk.go("Simuler")
        assert new_calls() == []
        walk.page.get_by_role("slider", name="Revenu total").press("ArrowRight")
        walk.page.get_by_text("Risque : ").wait_for()
        walk.settled()
        assert new_calls() == ["POST /predict"]
    finally:
        running.stop()
