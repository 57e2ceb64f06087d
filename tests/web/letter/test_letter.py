"""The letter to the applicant: what it says, and what it never says."""

import re
from datetime import date
from pathlib import Path

import pytest

from scoring.errors import SettingError, StartError
from scoring.readable.numbers import format_fixed
from scoring.service import Service
from scoring.storage.artefacts import load_bundle
from scoring.web.letter.letter import Review, make_letter
from scoring.web.letter.rendering import Lender, LetterRenderer

PROJECT = Path(__file__).resolve().parents[3]
REFERENCE = "019ac0de-0000-7000-8000-000000000001"
DECIDED = date(2026, 11, 26)
LENDER = Lender("Prêt à dépenser", ("1, rue de la Gare", "75012 Paris"), "01 00 00 00 00")


@pytest.fixture(scope="module")
def service():
    return Service(load_bundle(PROJECT, None, None, None, ""))


@pytest.fixture(scope="module")
def explanations(service):
    """All refused clients of the first 200, and one that is accepted."""
    ids = [str(one) for one in service.clients.store.page(None, 200).client_ids]
    decisions = {one: service.decide_client(one)["decision"] for one in ids}
    refused = [one for one in ids if decisions[one] == "REFUSED"]
    accepted = next(one for one in ids if decisions[one] == "ACCEPTED")
    return [service.explain_client(one) for one in [*refused, accepted]]


def words_of(html):
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_a_refusal_gives_outcome_reasons_what_would_change_it_rights_and_sources(explanations):
    explanation = explanations[0]
    letter = make_letter(explanation, REFERENCE, DECIDED)
    assert (letter.outcome, letter.automated, letter.day) == ("REFUSED", True, date(2026, 11, 26))
    assert [one.text for one in letter.reasons] == [one.text for one in explanation["reasons"]]
    assert 1 <= len(letter.reasons) <= 4
    html = words_of(LetterRenderer(LENDER).render(letter, "fr"))
    for expected in (
        str(letter.client_id),
        REFERENCE,
        "Nous ne pouvons pas vous accorder",
        "sans intervention d'un conseiller",
        "01 00 00 00 00",
        "75012 Paris",
        "2023/2225",
        letter.sources[0].name.fr,
    ):
        assert expected in html.replace("&#39;", "'"), expected


def test_an_acceptance_has_no_reasons_and_nothing_that_would_change_it(explanations):
    letter = make_letter(explanations[-1], REFERENCE, DECIDED)
    assert (letter.outcome, letter.reasons, letter.change) == ("ACCEPTED", (), None)
    html = words_of(LetterRenderer(LENDER).render(letter, "en"))
    assert "Your application is accepted." in html
    assert "principal reasons" not in html


@pytest.mark.parametrize("language", ["en", "fr"])
def test_no_letter_has_a_score_or_names_a_protected_field(service, explanations, language):
    protected = [one.label for one in service.bundle.manifest.input_schema.fields if one.tier == "protected"]
    for explanation in explanations:
        letter = make_letter(explanation, REFERENCE, DECIDED)
        html = words_of(LetterRenderer(LENDER).render(letter, language))
        for score in (explanation["probability"], explanation["calibrated_probability"], explanation["threshold"]):
            assert repr(score) not in html
            assert format_fixed(100 * score, language, 1) + "%" not in html.replace("\u202f", "")
        for label in protected:
            assert getattr(label, language).lower() not in html.lower()


def test_the_letter_after_a_review_says_who_decided_and_when(explanations):
    letter = make_letter(explanations[0], REFERENCE, DECIDED, review=Review("ACCEPTED", date(2026, 12, 1)))
    assert (letter.outcome, letter.automated, letter.reasons) == ("ACCEPTED", False, ())
    html = words_of(LetterRenderer(LENDER).render(letter, "fr"))
    assert "Le 1er décembre 2026, un conseiller a réexaminé votre demande" in html.replace("\xa0", " ")
    upheld = make_letter(explanations[0], REFERENCE, DECIDED, review=Review("REFUSED", date(2026, 12, 1)))
    assert upheld.reasons
    assert "motifs de la décision automatisée" in words_of(LetterRenderer(LENDER).render(upheld, "fr"))


def test_imputed_history_is_no_source(service):
    application = service.read_application(
        {
            "AMT_CREDIT": 500_000,
            "AMT_INCOME_TOTAL": 60_000,
            "AMT_ANNUITY": 45_000,
            "DAYS_BIRTH": -9000,
            "NAME_CONTRACT_TYPE": "Cash loans",
        }
    )
    explanation = service.explain_application(application)
    names = [one.name.en for one in make_letter(explanation, REFERENCE, DECIDED, history_imputed=True).sources]
    assert names == ["Your application", "Scores that outside providers compute about you"]


def test_texts_of_the_lender_are_escaped(explanations):
    letter = make_letter(explanations[0], REFERENCE, DECIDED)
    html = LetterRenderer(Lender("<script>alert(1)</script>")).render(letter, "en")
    assert "<script>" not in html


def test_a_lender_can_replace_one_template_and_keep_the_other(tmp_path, explanations):
    (tmp_path / "letter.fr.html").write_text("Bonjour {{ letter.client_id }}, {{ day(letter.day) }}", encoding="utf-8")
    renderer = LetterRenderer(LENDER, tmp_path)
    letter = make_letter(explanations[0], REFERENCE, DECIDED)
    assert renderer.render(letter, "fr") == f"Bonjour {letter.client_id}, 26\xa0novembre\xa02026"
    assert "Dear applicant" in renderer.render(letter, "en")


@pytest.mark.parametrize("template", ["{{ letter.score }}", "{% for %}", "{{ letter.reasons[3].text.fr }}"])
def test_a_template_that_cannot_be_rendered_stops_the_start(tmp_path, template):
    (tmp_path / "letter.fr.html").write_text(template, encoding="utf-8")
    with pytest.raises(StartError, match=r"letter\.fr\.html cannot be rendered"):
        LetterRenderer(LENDER, tmp_path)


def test_a_folder_without_a_template_is_refused(tmp_path):
    with pytest.raises(SettingError, match=r"expected a folder with letter\.en\.html or letter\.fr\.html"):
        LetterRenderer(LENDER, tmp_path)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_longest_letter_prints_on_one_page(explanations, browser, language):
    letters = [make_letter(one, REFERENCE, DECIDED) for one in explanations]
    longest = max((LetterRenderer(LENDER).render(one, language) for one in letters), key=len)
    style = (PROJECT / "scoring/web/static/letter.css").read_text(encoding="utf-8")
    page = browser.new_page()
    page.set_content(longest.replace("</head>", f"<style>{style}</style></head>"))
    pdf = page.pdf(prefer_css_page_size=True)
    page.close()
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
