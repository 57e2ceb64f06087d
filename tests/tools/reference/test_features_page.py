"""The page of the history features: docs/features.md."""

import re
from collections import Counter

from scoring.home_credit.history.registry import list_features
from tools.reference import features_page

NAME = re.compile(
    r"(bureau|bureau_balance|previous|pos|instalments|card|cards)(_[a-z0-9]+)*"
    r"_(count|share|sum|mean|max|min|part|to_(all|before|asked|amount|debt|limit|drawn|minimum)(_(count|amount))?)"
)


def test_the_page_names_every_feature_and_no_other(project):
    written = re.findall(
        r"^\| `(\w+)` \|", (project / "docs" / "features.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert written == [feature.name for feature in list_features()]


def test_there_are_at_least_400_features_each_with_its_own_name_by_one_rule():
    names = Counter(feature.name for feature in list_features())
    assert len(names) >= 400
    assert names.most_common(1)[0][1] == 1
    assert [name for name in names if not NAME.fullmatch(name)] == []


def test_every_feature_asks_its_own_question_and_has_a_unit():
    questions = Counter(features_page.write_question(feature) for feature in list_features())
    assert [question for question, times in questions.items() if times > 1] == []
    assert {feature.unit for feature in list_features()} == {
        "currency",
        "days",
        "months",
        "number",
        "ratio",
        "share (0-1)",
    }
