"""New applications by form and by file, entered as an officer would."""

import csv
import io
import json
import re

import pytest

from tests.interface_streamlit.conftest import number_of


def test_all_errors_of_a_form_stand_next_to_their_fields_and_go_when_corrected(officer, sample_service):
    walk = officer()
    page = walk.open("/new")
    page.get_by_role("textbox", name="Montant du crédit").fill("-5")
    page.get_by_role("textbox", name="Score externe 2").fill("1.5")
    page.get_by_role("button", name="Évaluer la demande").click()
    page.get_by_test_id("stToast").get_by_text(
        "Erreurs à corriger : 6"
    ).wait_for()  # for ten seconds, wherever the page is scrolled to
    page.get_by_text("La demande ne peut pas être évaluée").wait_for()
    walk.settled()
    # Five are required: four are empty, the amount is out of range; and a score is.
    assert "À corriger : 6" in walk.text()
    assert "**" not in walk.text()
    for label in (
        "Type de crédit",
        "Revenu total",
        "Montant du crédit",
        "Mensualité",
        "Âge",
        "Score externe 2",
    ):
        column = (
            page.get_by_test_id("stColumn").filter(has_text=label).filter(has_text=re.compile("à renseigner|attendu"))
        )
        assert column.count() == 1, label
    page.get_by_text("English", exact=True).click()
    page.get_by_text("The application cannot be scored").wait_for()
    walk.settled()
    assert "attendu" not in walk.text()
    assert "à renseigner" not in walk.text()
    page.get_by_text("Français", exact=True).click()
    page.get_by_text("La demande ne peut pas être évaluée").wait_for()
    page.get_by_role("textbox", name="Score externe 2").fill("0.5")
    send_application(walk)
    body = {
        "NAME_CONTRACT_TYPE": "Cash loans",
        "AMT_CREDIT": 500000,
        "AMT_INCOME_TOTAL": 150000,
        "AMT_ANNUITY": 25000,
        "DAYS_BIRTH": -round(41 * 365.25),
        "EXT_SOURCE_2": 0.5,
    }
    made = post(sample_service, "/predict", body)
    assert walk.decision() == ("Demande refusée" if made["decision"] == "REFUSED" else "Demande acceptée")
    assert number_of(walk.risk()) == pytest.approx(100 * made["calibrated_probability"], abs=0.051)
    assert "Décision enregistrée" not in walk.text()  # this service records nothing
    risk = walk.risk()
    page.get_by_role("textbox", name="Mensualité").fill("60000")
    page.keyboard.press("Tab")
    page.get_by_text("Le formulaire a changé depuis l'envoi").wait_for()
    walk.settled()
    assert walk.risk() == risk  # of what was sent
    walk.go("Examens")
    page.get_by_text("English", exact=True).click()
    walk.go("New application")
    page.get_by_text("The form has changed since it was sent").wait_for()
    assert page.get_by_role("textbox", name="Instalment").input_value() == "60000"
    assert page.get_by_role("combobox", name="Type of credit").input_value() == "Cash loan"
    assert number_of(walk.risk()) == number_of(risk)


def send_application(walk):
    """Fill in what the form requires, and send it."""
    page = walk.page
    page.get_by_role("combobox", name="Type de crédit").click()
    page.keyboard.type("Prêt personnel")
    page.keyboard.press("Enter")
    for label, value in {
        "Montant du crédit": "500000",
        "Revenu total": "150000",
        "Mensualité": "25000",
        "Âge": "41",
    }.items():
        page.get_by_role("textbox", name=label).fill(value)
    page.get_by_role("button", name="Évaluer la demande").click()
    page.get_by_text("Décision sur cette demande").wait_for()
    walk.settled()


def post(service, path, body):
    import urllib.request

    request = urllib.request.Request(
        f"http://127.0.0.1:{service.port}{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read())


def spaced(number):
    return f"{number:,}".replace(",", "\u202f")


# More than one request takes, and as many as a file may have. Every day test_whole_files reads files without a browser.
@pytest.mark.drill
@pytest.mark.parametrize("count", [1_200, 10_000])
def test_of_a_large_file_the_invalid_row_is_listed_and_all_others_are_scored(officer, project, tmp_path, count):
    rows = (project / "applications_sample.csv").read_text(encoding="utf-8").splitlines()
    amount = rows[0].split(",").index("AMT_CREDIT")
    lines = [rows[1 + i % 1000].split(",") for i in range(count)]
    lines[1_110][amount] = "a lot"
    path = tmp_path / "applications.csv"
    path.write_text("\n".join([rows[0], *(",".join(line) for line in lines)]) + "\n", encoding="utf-8")
    walk = officer()
    page = walk.open("/new")
    page.get_by_role("tab", name="Un fichier").click()
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name=f"Évaluer les demandes ({spaced(count)})").click()
    page.get_by_text(f"{spaced(count - 1)} sur {spaced(count)}").wait_for(timeout=120_000)
    walk.settled()
    named = page.get_by_test_id("stTable").get_by_role("row").all_inner_texts()[1:]
    assert len(named) == 1
    said = " ".join(named[0].split())
    assert said.startswith("Montant du crédit texte à la place d'un nombre 1 ligne 1112 : a lot Attendu : un nombre")
    with page.expect_download() as download:
        page.get_by_role("button", name="Télécharger les résultats (CSV)").click()
    written = download.value.path().read_text(encoding="utf-8-sig")
    results = list(csv.DictReader(io.StringIO(written), delimiter=";"))
    assert len(results) == count
    assert [row["Ligne"] for row in results if row["Décision"] == "Non évaluée"] == ["1112"]
    assert results[0]["Numéro de client"] == lines[0][rows[0].split(",").index("SK_ID_CURR")]
