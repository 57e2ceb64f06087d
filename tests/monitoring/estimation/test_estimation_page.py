import re
from dataclasses import replace

import pytest

from scoring.monitoring.estimation.estimate import Estimate
from scoring.monitoring.estimation.estimation import estimate
from scoring.monitoring.estimation.estimation_page import estimation_texts, write_page
from scoring.monitoring.estimation.scored_clients import ClientsNote
from scoring.tables.text.table_errors import Note
from tests.reports import check_report


@pytest.fixture(scope="module")
def found(lender):
    current, _ = lender.current(1000, seed=2, age=-0.5)
    return estimate(lender.manifest, current, lender.apply(4000, seed=1), resamples=100)


def test_both_languages_have_every_text_with_the_same_places_to_fill():
    french, english = estimation_texts("fr"), estimation_texts("en")
    assert [*french] == [*english]
    for name, text in french.items():
        assert text, name
        assert set(re.findall(r"{(\w+)}", text)) == set(re.findall(r"{(\w+)}", english[name])), name


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_page_stands_alone_and_has_every_figure(found, language):
    page = write_page(found, language)
    assert page.startswith(Estimate.page_beginning)
    assert f'<html lang="{language}">' in page
    assert not re.search(r'(src|href)="(?!data:|#)', page)
    rate = f"{100 * found.figures['default_rate'].value:.2f}"
    assert (rate.replace(".", ",") if language == "fr" else rate) in page
    assert ("Ce que cette estimation ne peut pas voir" if language == "fr" else "What this estimate cannot see") in page


def test_a_page_without_a_figure_asks_for_attention_and_has_no_plot(lender, found):
    current, _ = lender.current(500, seed=4, debt=9.0)
    page = write_page(estimate(lender.manifest, current, lender.apply(4000, seed=1), resamples=100), "en")
    assert "No figure can be given: 100.0% of the current clients are unlike the reference." in page
    assert 'class="verdict alarm"' in page
    assert "<img" not in page
    assert "The table says what the figures would be" not in page
    without = write_page(estimate(lender.manifest, current, resamples=100), "fr")
    assert "Sans référence, rien ne montre" in without


def test_warnings_are_english_in_the_json_and_in_the_language_of_the_page(lender):
    current, _ = lender.current(500, seed=2)
    unknown = ClientsNote("of_table", {"name": "may.csv", "note": Note("note_unknown_columns", {"columns": ["{a}"]})})
    current = replace(current, warnings=(ClientsNote("erased", {"count": 1, "total": 6}), unknown, unknown))
    found = estimate(lender.manifest, current, resamples=100)
    assert found.warnings == (
        "1 of 6 decisions whose bodies were erased are left out",
        "may.csv: unknown columns are ignored: {a}",
    )
    assert Estimate.model_validate_json(found.model_dump_json()) == found
    french = write_page(found, "fr")
    assert "Décisions laissées de côté car leurs données ont été effacées\u00a0: 1 sur 6" in french
    assert "may.csv\u00a0: Colonnes inconnues, ignorées\u00a0: {a}" in french
    assert not any(warning in french for warning in found.warnings)
    assert all(warning in write_page(found, "en") for warning in found.warnings)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_page_has_no_accessibility_errors_and_fits_a_narrow_window(found, language, tmp_path, browser):
    check_report(browser, write_page(found, language), tmp_path)
