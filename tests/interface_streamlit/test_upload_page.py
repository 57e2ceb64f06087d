"""The upload of a file as an officer meets it: what was read, what is refused, what has to be chosen."""

import csv
import io

import openpyxl
import pandas as pd
import pytest
from officer import api as api_module

from tests.conftest import HEADER, READ_ROW, ROW
from tests.interface_streamlit.conftest import shown
from tests.interface_streamlit.test_accessibility import violations
from tests.workbooks import workbook

PAGE = "from officer.pages import new_application\nnew_application.show()\n"
AMBIGUOUS = HEADER + "500024;Cash loans;500.000;150.000;25000;-15000;\n"
OTHERS = {"classeur.xls": b"\xd0\xcf\x11\xe0", "demandes.csv.gz": b"\x1f\x8b\x08\x00", "demandes.pdf": b"%PDF-1.7"}
CERTAIN = HEADER + "500024;Cash loans;500000,0;150000;25000;-15000;\n"


@pytest.fixture
def open_page(apptest, sample_service):
    """Open the page in a language."""

    def opening(language="fr", url=None):
        page = apptest(PAGE, SCORING_API_URL=url or f"http://127.0.0.1:{sample_service.port}")
        page.session_state["language"] = language
        return page.run()

    return opening


def upload(page, content, name="a.csv"):
    content = content if isinstance(content, bytes) else content.encode()
    page.file_uploader(key="upload").set_value((name, content, "")).run()
    assert not page.exception
    return page


def plain(text):
    return shown(text).replace("\u202f", " ")


def button(page):
    return next((one for one in page.button if one.key == "score file"), None)


def notes(page):
    """Small texts in the line under the file."""
    small = [one.value for one in page.markdown if one.value.startswith(":small[")]
    written = [value for value in small if "&nbsp;" not in value]  # of the form, for lines of one height
    return [shown(line.removeprefix(":small[").removesuffix("]")) for one in written for line in one.split("  \n")]


def results(page):
    return page.dataframe[0].value if page.dataframe else None


def test_how_a_file_was_read_stands_under_it_in_the_language_of_the_page(open_page):
    content = f"Demandes\n{HEADER}{ROW}"
    french = notes(upload(open_page(), content))
    english = notes(upload(open_page("en"), content))
    assert french == [
        "Lu en UTF-8, cellules séparées par des points-virgules, décimales : virgule",
        "Lignes au-dessus de l’en-tête, non lues : 1",
    ]
    assert english == [
        "Read as UTF-8, cells separated by semicolons, decimal comma",
        "Lines above the header that are left out: 1",
    ]


def test_of_many_notes_some_are_visible_and_the_others_one_click_away(open_page):
    header = HEADER[:-1] + ";AMT_GOODS_PRICE;EXT_SOURCE_1;EXT_SOURCE_3\n"
    row = "500024;Cash loans;$500,000.50;$150,000;$25,000;-15000;?;$400,000;?;?\n"
    page = upload(open_page(), header + row)
    assert [one.label for one in page.expander] == ["Autres remarques sur le fichier (3)", "Colonnes lues (10)"]
    hidden = page.expander[0].markdown[0].value.split("  \n")
    assert len(hidden) == 3
    assert shown(hidden[-1]) == ":small[Colonne EXT_SOURCE_3, lu comme valeur manquante : ?]"
    assert len(notes(page)) == 8


RENAMED = "Numéro de client;montant du crédit;amt_income_total;Mensualité [AMT_ANNUITY];Âge (ans);EXT_SOURCE_3\n"
READ_AS = {
    "fr": [
        ["Colonne du fichier", "Lue comme", "Nature des valeurs"],
        ["Numéro de client", "Numéro de client (SK_ID_CURR)", "identifiant"],
        ["montant du crédit", "Montant du crédit (AMT_CREDIT)", "montant"],
        ["amt_income_total", "Revenu total (AMT_INCOME_TOTAL)", "montant"],
        ["Mensualité [AMT_ANNUITY]", "Mensualité (AMT_ANNUITY)", "montant"],
        ["Âge (ans)", "Âge (DAYS_BIRTH)", "années, converties en jours avant la demande"],
        ["EXT_SOURCE_3", "Score externe 3 (fournisseur extérieur) (EXT_SOURCE_3)", "nombre"],
    ],
    "en": [
        ["Column of the file", "Read as", "Kind of values"],
        ["Numéro de client", "Client number (SK_ID_CURR)", "identifier"],
        ["montant du crédit", "Credit amount (AMT_CREDIT)", "amount"],
        ["amt_income_total", "Total income (AMT_INCOME_TOTAL)", "amount"],
        ["Mensualité [AMT_ANNUITY]", "Credit instalment (AMT_ANNUITY)", "amount"],
        ["Âge (ans)", "Age (DAYS_BIRTH)", "years, turned into days before the application"],
        ["EXT_SOURCE_3", "External score 3 (outside provider) (EXT_SOURCE_3)", "number"],
    ],
}


def columns_read(page, place=-1):
    """The table of the columns, with its header; and whether it is unfolded."""
    folded = page.expander[place]
    table = folded.table[0].value
    return [[shown(cell) for cell in line] for line in ([*table], *table.to_numpy().tolist())], folded.proto.expanded


@pytest.mark.parametrize("language", ["fr", "en"])
def test_how_columns_were_read_stands_in_a_table(open_page, language):
    page = upload(open_page(language), RENAMED + "500024;500000,5;150000;25000;41;0,5\n")
    assert columns_read(page) == (READ_AS[language], True)
    assert not any("→" in note for note in notes(page))


def test_a_table_of_columns_that_have_the_names_of_their_fields_is_folded(open_page):
    lines, is_unfolded = columns_read(upload(open_page(), HEADER + ROW))
    names = HEADER.strip().strip(";").split(";")
    assert ([line[0] for line in lines[1:]], is_unfolded) == (names, False)
    assert all(line[1].endswith(f" ({line[0]})") for line in lines[1:])
    assert {line[2] for line in lines[1:]} >= {"identifiant", "catégorie", "montant", "jours avant la demande"}


def test_a_parquet_file_and_an_empty_column_are_in_the_table_too(open_page):
    content = io.BytesIO()
    pd.DataFrame([READ_ROW]).to_parquet(content)
    page = upload(open_page("en"), content.getvalue(), "a.parquet")
    assert [line[0] for line in columns_read(page)[0][1:]] == [*READ_ROW]
    page = upload(open_page("en"), "Montant du crédit;AMT_INCOME_TOTAL\n;150000\n")
    assert ["Montant du crédit", "Credit amount (AMT_CREDIT)", "amount"] in columns_read(page)[0]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fr", "Ligne 3, colonne AMT_CREDIT : 1.5 a un point décimal ; ligne 2, colonne AMT_CREDIT : 500000,5 a une"),
        ("en", "Line 3, column AMT_CREDIT: 1.5 has a decimal point, and line 2, column AMT_CREDIT: 500000,5 has a"),
    ],
)
def test_a_refusal_is_in_the_language_of_the_page_and_nothing_can_be_scored(open_page, language, said):
    page = upload(open_page(language), HEADER + ROW + ROW.replace("500000,5", "1.5"))
    assert [shown(error.value).startswith(said) for error in page.error] == [True]
    assert button(page) is None


def test_a_refusal_shows_the_texts_of_the_file_as_text(open_page):
    page = upload(open_page(), "**b** ![x](http://a.invalid/x.png);**b** ![x](http://a.invalid/x.png)\n1;2\n")
    assert "\\*\\*b\\*\\* !\\[x\\]" in page.error[0].value
    assert "**b** ![x](http://a.invalid/x.png)" in shown(page.error[0].value)


def test_a_number_that_can_mean_two_is_read_as_the_officer_chooses(open_page):
    page = upload(open_page(), AMBIGUOUS)
    assert "500.000 peut signifier 500 ou 500000" in shown(page.warning[0].value)
    choice = next(one for one in page.radio if one.key.startswith("decimal"))
    assert choice.value is None
    assert [plain(one) for one in choice.options] == [
        "le point : 500.000 vaut 500",
        "la virgule : 500.000 vaut 500 000",
    ]
    assert button(page) is None
    risks = []
    for mark in ("comma", "point"):
        next(one for one in page.radio if one.key.startswith("decimal")).set_value(mark).run()
        assert results(page) is None  # those of the other mark are not shown
        button(page).click().run()
        risks.append(results(page)["Risque de défaut"].tolist())
    certain = upload(open_page(), CERTAIN)
    button(certain).click().run()
    assert risks[0] == results(certain)["Risque de défaut"].tolist()
    assert risks[1] != risks[0]


def test_another_file_with_two_readings_is_asked_about_again(open_page):
    page = upload(open_page("en"), AMBIGUOUS)
    next(one for one in page.radio if one.key.startswith("decimal")).set_value("comma").run()
    assert button(page)
    upload(page, AMBIGUOUS.replace("500.000", "600.000"))
    choice = next(one for one in page.radio if one.key.startswith("decimal"))
    assert (choice.value, button(page)) == (None, None)
    assert [shown(one) for one in choice.options] == ["a point: 600.000 is 600", "a comma: 600.000 is 600,000"]


def test_unknown_columns_are_left_out_only_where_the_officer_says_so_for_this_file(open_page):
    page = upload(open_page(), HEADER[:-1] + ";AMT_CREDITS;\n" + ROW[:-1] + ";1;2\n")
    assert "(2) : AMT_CREDITS, (sans nom). Une faute de frappe" in shown(page.warning[0].value)
    assert button(page) is None
    page.checkbox[0].check().run()
    assert button(page).label == "Évaluer les demandes (1)"
    upload(page, HEADER[:-1] + ";EXT_SOURCES_3\n" + ROW[:-1] + ";1\n")
    assert button(page) is None
    said = shown(page.warning[0].value)
    assert "La colonne « EXT_SOURCES_3 » est-elle le champ « Score externe 3 (fournisseur extérieur) »" in said


def test_fields_that_the_file_lacks_are_named_and_the_outcome_is_no_typing_error(open_page):
    page = upload(open_page("en"), HEADER[:-1] + ";TARGET\n" + ROW[:-1] + ";1\n")
    assert [shown(one.value) for one in page.caption if "TARGET" in one.value] == [
        "Columns that this model does not use, left out: TARGET"
    ]
    assert (list(page.warning), button(page).label) == ([], "Score the applications (1)")
    lacking = next(shown(one.value) for one in page.info if "the file lacks" in one.value)
    assert "External score 3" in lacking
    assert "Credit amount" not in lacking
    parquet = io.BytesIO()
    pd.DataFrame([READ_ROW | {"TARGET": 1}]).to_parquet(parquet)
    page = upload(open_page("en"), parquet.getvalue(), "a.parquet")
    assert (list(page.warning), [shown(one.value) for one in page.info]) == ([], [lacking])


def test_an_invalid_client_number_is_listed_in_french_however_long_it_is(open_page):
    page = upload(open_page(), HEADER + ROW + ROW.replace("500024", "9" * 30))
    button(page).click().run()
    assert not page.exception
    assert [plain(cell) for cell in page.table[-1].value.iloc[0]] == [
        "Numéro de client",
        "valeur non admise",
        "1",
        f"ligne 3 : {'9' * 30}",
        "Attendu : un nombre entier de 6 chiffres.",
    ]
    said = plain(results(page)["Erreurs"][1])
    assert said == f"Numéro de client : reçu {'9' * 30} ; attendu : un nombre entier de 6 chiffres"
    assert results(page)["Numéro de client"].tolist() == ["500024", "9" * 30]


def test_errors_of_texts_are_in_the_language_of_the_page(open_page):
    buffer = io.BytesIO()
    pd.DataFrame([{**READ_ROW, "NAME_CONTRACT_TYPE": True}]).to_parquet(buffer)
    page = upload(open_page(), buffer.getvalue())
    button(page).click().run()
    assert plain(page.table[-1].value.iloc[0].iloc[4]) == "Attendu : un texte."
    assert plain(results(page)["Erreurs"][0]) == "Type de crédit : reçu True ; attendu : un texte"


@pytest.mark.parametrize(
    ("whole", "said"), [("(all)", "aucune valeur dans les colonnes"), ("(record)", "trop longue pour une requête")]
)
def test_an_error_of_a_whole_row_is_in_the_language_of_the_page(open_page, fake_api, whole, said):
    fake_api.reset()
    fake_api.route, fake_api.path, fake_api.value = "POST /predict", ("errors", 0, "field"), whole
    page = upload(open_page(url=fake_api.url), HEADER + ROW.replace("500000,5", "-1"))
    button(page).click().run()
    fake_api.reset()
    assert page.table[-1].value.iloc[0].iloc[4].startswith(said)


def test_a_file_that_is_read_slowly_does_not_hold_the_page_for_ever(open_page, fake_api, monkeypatch):
    monkeypatch.setattr(api_module, "FILE_SECONDS", 2.0)
    fake_api.reset()
    fake_api.route, fake_api.pace = "POST /table", "drip the body"
    page = upload(open_page(url=fake_api.url), HEADER + ROW)
    assert "n'a pas répondu en 2 secondes" in page.error[0].value
    fake_api.reset()
    next(one for one in page.button if one.key == "retry file").click().run()
    assert button(page)


def test_after_a_file_of_another_type_one_with_capitals_is_read_chosen_and_downloaded_without_formulas(
    officer, tmp_path
):
    path = tmp_path / "DEMANDES.CSV"
    formula = '"=HYPERLINK(""http://a.invalid"")"'
    path.write_text(AMBIGUOUS + AMBIGUOUS.splitlines()[1].replace("500024", formula), encoding="cp1252")
    walk = officer()
    walk.page.emulate_media(color_scheme="dark")
    page = walk.open("/new")
    page.get_by_role("tab", name="Un fichier").click()
    (name, content), *_ = OTHERS.items()  # the browser lets an officer send a file of another type
    sent = {"name": name, "mimeType": "application/octet-stream", "buffer": content + bytes(range(200))}
    page.locator("input[type=file]").set_input_files(sent)
    page.get_by_test_id("stAlert").get_by_text("Le fichier").wait_for()
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_text("la virgule : 500.000 vaut").click()
    page.get_by_role("button", name="Évaluer les demandes (2)").click()
    page.get_by_text("1 sur 2, dont refusées").wait_for()
    walk.settled()
    assert violations(page) == []
    with page.expect_download() as download:
        page.get_by_role("button", name="Télécharger les résultats (CSV)").click()
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text(encoding="utf-8-sig")), delimiter=";"))
    assert [row["Numéro de client"] for row in rows] == [
        str(READ_ROW["SK_ID_CURR"]),
        '\'=HYPERLINK("http://a.invalid")',
    ]


@pytest.mark.parametrize("name", OTHERS)
def test_a_file_of_another_type_is_refused_in_french(open_page, name):
    page = upload(open_page(), OTHERS[name] + bytes(range(200)), name)
    assert ["Le fichier" in shown(error.value) for error in page.error] == [True]


def history(page):
    return [plain(one.value) for one in page.markdown if "istorique enregistré :" in plain(one.value)]


def test_known_clients_have_their_stored_history_unless_the_officer_chooses_otherwise(open_page):
    unknown = ROW.replace("500024", "999999")
    page = upload(open_page(), HEADER + ROW + unknown + ROW.replace("500024", ""))
    switch = next(one for one in page.toggle if one.key == "stored history")
    assert switch.value
    button(page).click().run()
    assert history(page) == [
        "Historique enregistré : **1** demandes. Historique manquant, remplacé par le modèle : **2**."
    ]
    assert results(page)["Historique"].tolist() == ["enregistré", "manquant, remplacé", "manquant, remplacé"]
    with_history = results(page)["Risque de défaut"].tolist()
    assert with_history[1] == pytest.approx(with_history[2], abs=1e-12)
    assert with_history[0] != pytest.approx(with_history[1], abs=1e-3)
    next(one for one in page.toggle if one.key == "stored history").set_value(False).run()
    assert results(page) is None
    button(page).click().run()
    assert results(page)["Historique"].tolist() == ["manquant, remplacé"] * 3
    assert results(page)["Risque de défaut"].tolist() == pytest.approx(with_history[1:2] * 3, abs=1e-12)


def test_without_client_numbers_there_is_no_history_to_choose(open_page):
    page = upload(open_page(), "AMT_CREDIT;AMT_INCOME_TOTAL\n1;2\n")
    assert [one for one in page.toggle if one.key == "stored history"] == []


def test_five_hundred_errors_of_one_kind_are_one_line(open_page):
    page = upload(open_page("en"), HEADER + ROW + ROW.replace("150000", "beaucoup") * 500)
    button(page).click().run()
    assert [plain(cell) for cell in page.table[-1].value.iloc[0]] == [
        "Total income",
        "text in place of a number",
        "500",
        "line 3: beaucoup",
        "Expected: a number above 0.",
    ]
    assert len(page.table[-1].value) == 1


def test_a_workbook_is_uploaded_scored_and_its_results_downloaded_as_a_workbook(officer, tmp_path):
    path = tmp_path / "demandes.xlsx"
    invalid = {**READ_ROW, "AMT_CREDIT": -1}
    path.write_bytes(workbook([[*READ_ROW], [*READ_ROW.values()], [*invalid.values()]]))
    walk = officer()
    page = walk.open("/new")
    page.get_by_role("tab", name="Un fichier").click()
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_text("Lu comme classeur Excel, feuille «\u00a0Sheet1\u00a0»").wait_for()
    page.get_by_role("button", name="Évaluer les demandes (2)").click()
    page.get_by_text("1 sur 2, dont refusées").wait_for()
    walk.settled()
    with page.expect_download() as download:
        page.get_by_role("button", name="Télécharger les résultats (Excel)").click()
    book = openpyxl.load_workbook(io.BytesIO(download.value.path().read_bytes()))
    header, scored, not_scored = book["Résultats"].iter_rows(values_only=True)
    first = dict(zip(header, scored, strict=True))
    assert (first["Ligne"], first["Numéro de client"], first["Historique"]) == (2, "500024", "enregistré")
    assert 0 < first["Risque de défaut"] < 1
    assert dict(zip(header, not_scored, strict=True))["Décision"] == "Non évaluée"
    assert [row[:4] for row in book["Erreurs"].iter_rows(min_row=2, values_only=True)] == [
        (3, "Montant du crédit", "AMT_CREDIT", -1)
    ]
