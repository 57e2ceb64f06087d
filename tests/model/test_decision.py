import pytest

from scoring.model.decision import InputWarning, WarningDetail, decide
from scoring.model.schema import Text
from scoring.model.scorer import Score

SCORES = [
    Score(0.25, False, 0.0625, True),
    Score(1.0, True, None, None),
    Score(1e-300, False, 0.1 + 0.2, False),
]


@pytest.mark.parametrize("score", SCORES)
def test_a_decision_holds_the_score_unchanged(score):
    made = decide(score, client_id="B-1", threshold=0.5, version="0a")
    assert (made["probability"], made["calibrated_probability"], made["review"]) == (score.probability, *score[2:])


def test_warnings_are_given_in_words_and_in_detail():
    detail = WarningDetail(field="job", code="unknown_category", text=Text(en="Job: new", fr="Métier : nouveau"))
    made = decide(SCORES[0], client_id=None, threshold=0.5, version="0a", warnings=(InputWarning("job: new", detail),))
    assert made["warnings"] == ("job: new",)
    assert made["warning_details"] == (detail,)


def test_refused_is_a_default():
    refused, accepted = (
        decide(SCORES[1], client_id=1, threshold=0.5, version="0"),
        decide(SCORES[0], client_id=1, threshold=0.5, version="0"),
    )
    assert (refused["prediction"], refused["decision"]) == (1, "REFUSED")
    assert (accepted["prediction"], accepted["decision"]) == (0, "ACCEPTED")
