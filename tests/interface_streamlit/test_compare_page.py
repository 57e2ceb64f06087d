"""Comparing by every kind of field, and by what a client has no value for."""

import json

import pytest
from streamlit import cache_resource

PAGE = "from officer.pages import compare\ncompare.show()\n"
KINDS = {  # field: how many plots it is shown with
    "Montant du crédit": 4,
    "Âge": 4,
    "Nombre d'enfants": 4,
    "Adresse électronique fournie": 4,
    "Âge de la voiture": 4,
    "Niveau d'études": 2,
}

AMOUNTS = {"Montant du crédit", "Âge"}  # their axes have ticks between whole numbers, too


@pytest.mark.parametrize("client", [500024, 500145])
def test_each_kind_of_field_is_shown_for_a_client(apptest, sample_service, client):
    page = apptest(PAGE, client=client, SCORING_API_URL=f"http://127.0.0.1:{sample_service.port}")
    for label, plots in KINDS.items():
        page.selectbox(key="feature fr").select(label).run()
        assert not page.exception, label
        charts = page.get("vega_lite_chart")
        assert len(charts) == plots, label
        last = json.loads(charts[-2].proto.spec)  # the boxes, or a count of categories
        assert ("tickMinStep" in str(last)) is (label not in AMOUNTS), label
    words = [one.value for one in page.markdown]
    assert any("**1\u202f000** sur 1\u202f000" in said for said in words)


def test_a_group_of_similar_clients_is_asked_for(apptest, sample_service):
    page = apptest(PAGE, client=500145, SCORING_API_URL=f"http://127.0.0.1:{sample_service.port}")
    group = page.multiselect(key="group fr")
    group.set_value([one for one in group.options if one.startswith(("Niveau d'études", "Revenu total"))]).run()
    page.slider(key="tolerance").set_value(10).run()
    assert not page.exception
    said = next(one.value for one in page.markdown if "Clients comparés" in one.value)
    assert 0 < int(said.split("**")[1].replace("\u202f", "")) < 1000


def test_a_group_in_which_nobody_has_the_value_is_said_to_have_none(apptest, sample_service):
    page = apptest(PAGE, client=500024, SCORING_API_URL=f"http://127.0.0.1:{sample_service.port}")
    group = page.multiselect(key="group fr")
    group.set_value([one for one in group.options if one.startswith("Possède une voiture (non)")]).run()
    page.selectbox(key="feature fr").select("Âge de la voiture").run()
    assert not page.exception
    assert len(page.get("vega_lite_chart")) == 0
    assert any("Clients sans valeur" in one.value for one in page.markdown)
    page.selectbox(key="feature fr").select("Âge").run()
    page.selectbox(key="second fr").select("Âge de la voiture").run()
    assert not page.exception
    assert len(page.get("vega_lite_chart")) == 3  # nobody can be placed in the scatter


def tables(page):
    return [one.value for one in page.table]


def test_clients_are_compared_by_what_happened_as_well_as_by_the_decision(apptest, sample_service):
    page = apptest(PAGE, client=500145, SCORING_API_URL=f"http://127.0.0.1:{sample_service.port}")
    assert any(
        "Difficultés de paiement : 68 sur 1\u202f000 dont on connaît la suite (6,8" in one.value.replace("\u00a0", " ")
        for one in page.markdown
    )
    assert tables(page)[0].columns[1:].tolist() == ["Acceptés", "Refusés"]
    page.radio(key="groups fr").set_value(("REPAID", "DEFAULTED")).run()
    assert not page.exception
    assert len(page.get("vega_lite_chart")) == 4
    assert tables(page)[0].columns[1:].tolist() == ["Ont remboursé", "Difficultés de paiement"]
    assert sum(map(int, tables(page)[0]["Difficultés de paiement"])) <= 68


def test_every_plot_has_help(apptest, sample_service):
    for name, plots in (("compare", 3), ("why", 1)):
        script = f"from officer.pages import {name} as page\npage.show()\n"
        page = apptest(script, client=500145, SCORING_API_URL=f"http://127.0.0.1:{sample_service.port}")
        assert len([one for one in page.subheader if one.help]) == plots


def test_a_page_about_a_sample_says_of_how_many_clients_it_was_drawn(apptest, sample_service, fake_api):
    cache_resource.clear()
    for_all = texts(apptest(PAGE, client=500145, SCORING_API_URL=f"http://127.0.0.1:{sample_service.port}"))
    assert "tous les chiffres de cette page" not in for_all
    cache_resource.clear()
    fake_api.route, fake_api.path, fake_api.value = "GET /population", ("coverage", "known"), 10_000_000
    for_some = texts(apptest(PAGE, client=500145, SCORING_API_URL=fake_api.url))
    assert "Il y a 10 000 000 clients : tous les chiffres de cette page portent sur 1 000 d'entre eux" in for_some
    cache_resource.clear()


def texts(page):
    assert not page.exception
    shown = " ".join(one.value for one in (*page.caption, *page.markdown))
    return shown.replace("\u202f", " ").replace("\u00a0", " ")
