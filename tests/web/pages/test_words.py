import re

import pytest

from scoring.model_card.card_texts import card_texts
from scoring.web.pages.words import load_texts


@pytest.fixture(scope="module")
def sources(project):
    pages = project / "scoring" / "web"
    files = [*pages.glob("pages/**/*.py"), *pages.glob("templates/pages/*.html")]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def test_both_languages_have_every_text_with_the_same_places_to_fill():
    assert set(load_texts("fr")) == set(load_texts("en"))
    for name, text in load_texts("fr").items():
        assert text, name
        assert load_texts("en")[name], name
        assert set(re.findall(r"{(\w+)}", text)) == set(re.findall(r"{(\w+)}", load_texts("en")[name])), name


def test_every_text_that_a_template_asks_for_is_there(sources):
    asked = set(re.findall(r"\bt\.(\w+)", sources))
    assert len(asked) > 50
    assert asked <= set(load_texts("fr"))


def test_every_text_is_used(sources):
    made_from_parts = (
        *("unit_", "form_", "contract_", "outcome_", "reason_", "step_", "waits_"),
        *("age_", "attention_", "period_", "report_", "state_", "verdict_"),
        *("rule_", "why_", "proposed_"),
    )
    for name in load_texts("fr"):
        used = re.search(rf"""(?:\bt\.|["']){name}\b""", sources)
        assert used or name.startswith(made_from_parts), name


def test_french_texts_have_no_break_spaces_before_their_signs():
    for name, text in [*load_texts("fr").items(), *card_texts("fr").items()]:
        assert not re.search(r" [:;?!»]|« ", text), name
