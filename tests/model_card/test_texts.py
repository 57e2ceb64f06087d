import re

import pytest

from scoring.model_card.card_texts import card_texts

COMPOSED = ("name: ", "group: ", "metric_", "part_", "column_", "not_measured_", "edit_")


@pytest.fixture(scope="module")
def source(project):
    return "\n".join(path.read_text(encoding="utf-8") for path in (project / "scoring" / "model_card").glob("*.py"))


def test_both_languages_have_every_text_with_the_same_places_to_fill():
    for name, english in card_texts("en").items():
        french = card_texts("fr")[name]
        assert english.strip(), name
        assert french.strip(), name
        assert set(re.findall(r"{(\w+)}", english)) == set(re.findall(r"{(\w+)}", french)), name


def test_every_text_is_used(source):
    unused = [
        name
        for name in card_texts("en")
        if not name.startswith(COMPOSED) and not re.search(f"""["']{name}["']""", source)
    ]
    assert unused == []
    columns = [name.removeprefix("column_") for name in card_texts("en") if name.startswith("column_")]
    assert [name for name in columns if not re.search(rf'[" ]{name}[:"]', source)] == []
