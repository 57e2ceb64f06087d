"""The same front-end against another lender's model, and against a model that came without a manifest."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from scoring.tables.flat.column_options import ColumnOptions
from scoring.tables.flat.flat_table import inputs, read_flat
from scoring.training.options import Options
from scoring.training.train import train
from tests.conftest import start_gunicorn
from tests.few_resamples import few_resamples
from tests.interface_streamlit.conftest import number_of, shown

JOB = "Type d'emploi (é)"


def running(folder, logs, **environment):
    service = start_gunicorn(logs, SCORING_ARTEFACTS=folder, SCORING_OPEN="1", **environment)
    return service, f"http://127.0.0.1:{service.port}"


@pytest.fixture
def lender(tmp_path):
    """Train on a synthetic table whose clients have text IDs, and serve it."""
    draws = np.random.default_rng(3)
    risk = draws.normal(size=900)
    frame = pd.DataFrame(
        {
            "Dossier": [f"B-{i}" for i in range(900)],
            "revenu_annuel": np.exp(10 - risk / 3 + draws.normal(size=900) / 3).round(2),
            "retards": draws.poisson(np.exp(risk / 2)),
            JOB: np.where(risk + draws.normal(size=900) > 0.5, "ouvrier d'été", "cadre"),
            "défaut": (risk + draws.logistic(size=900) > 1.5).astype(int),
        }
    )
    frame.to_csv(tmp_path / "credit.csv", index=False)
    schema, table, *_ = read_flat(tmp_path / "credit.csv", ColumnOptions("défaut", "Dossier"))
    out = tmp_path / "artefacts"
    options = Options(sample=60, folds=3, seed=0, refits=2, candidates=("logistic regression",))
    with few_resamples():
        train(table, schema, inputs(schema, table), out, synthetic=True, options=options)
    service, url = running(out, tmp_path)
    yield service, url
    service.stop()


PAGE = "from officer.pages import {0}\n{0}.show()\n"


def written(page):
    kinds = (page.title, page.header, page.markdown, page.info, page.warning, page.error)
    return shown("\n".join(one.value for elements in kinds for one in elements)).replace("\u202f", " ")


def threshold(page):
    return re.search("threshold-name[^>]*>[^:<]*:([^<]*)<", written(page))[1].strip()


def test_another_lenders_clients_are_shown_explained_compared_and_scored(apptest, lender):
    service, url = lender
    number = json.loads(service.get("/clients")[1])["clients"][0]

    def opened(name, client=number):
        page = apptest(PAGE.format(name), client=client, SCORING_API_URL=url)
        assert not page.exception
        return page

    page = opened("client")
    chosen = json.loads(service.get("/model")[1])["threshold_choice"]["calibrated"]
    assert number_of(threshold(page)) == pytest.approx(100 * chosen, abs=0.051)
    assert any("evenu" in str(table.value) for table in page.table)
    app = apptest(client="B 7", SCORING_API_URL=url)
    assert "n'a pas la forme d'un identifiant" in written(app)
    assert "Modèle entraîné sur des clients fictifs" in written(apptest(client=number, SCORING_API_URL=url))
    figures = [number_of(text) for text in opened("why").table[0].value.iloc[:, -1]]
    assert sum(figures[:-1]) == pytest.approx(figures[-1], abs=0.005 * len(figures))
    assert "acceptés" in written(opened("compare"))
    assert "aucune donnée que le client pourrait changer" in written(opened("what_if"))
    page = opened("new_application")
    page.text_input(key="new revenu_annuel").set_value("30000")
    next(one for one in page.button if "valuer la demande" in one.label).click().run()
    assert "Décision sur cette demande" in written(page)
    assert re.search("Demande (acceptée|refusée)", written(page))


def test_a_model_without_a_manifest_says_what_is_not_available_and_its_new_threshold(apptest, unverified, tmp_path):
    service, url = running(unverified, tmp_path, SCORING_THRESHOLD="0.37")
    try:
        first, second = json.loads(service.get("/clients?limit=2")[1])["clients"]

        def opened(name, client=first):
            page = apptest(PAGE.format(name), client=client, SCORING_API_URL=url)
            assert not page.exception
            return page

        page = opened("client")
        assert threshold(page) == "37,0 %"
        assert "n'est pas calibré" in written(page)
        assert "fictif" not in written(apptest(client=first, SCORING_API_URL=url))  # nothing says that they are
        assert "ne sont pas disponibles" in written(page)
        assert "Ce ne sont pas des points de pourcentage" in written(opened("why"))
        assert "la comparaison porte sur les variables du modèle" in written(opened("compare"))
        for name in ("what_if", "new_application"):
            assert "n'a pas de description des demandes" in written(opened(name))
        service.stop()
        service, _ = running(unverified, tmp_path, port=service.port, SCORING_THRESHOLD="0.6")
        for number in (second, first):  # the first one's decision was known from before
            assert threshold(opened("client", number)) == "60,0 %"
    finally:
        service.stop()
