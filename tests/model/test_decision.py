import pytest

from scoring.model.decision import decide, encoded
from scoring.model.scorer import Score

SCORES = [
    Score(0.25, False, 0.0625, True),
    Score(1.0, True, None, None),
    Score(1e-300, False, 0.1 + 0.2, False),
]


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize("client_id", [None, 500000, 'é "B-1"'])
def test_a_decision_is_written_byte_for_byte_as_the_object_would_be(score, client_id):
    more = {"client_id": client_id, "threshold": 0.5, "version": "0a", "warnings": ("x: 'é'", '"')}
    assert encoded(score, **more) == decide(score, **more).model_dump_json().encode()


def test_refused_is_a_default():
    refused, accepted = (
        decide(SCORES[1], client_id=1, threshold=0.5, version="0"),
        decide(SCORES[0], client_id=1, threshold=0.5, version="0"),
    )
    assert (refused.prediction, refused.decision) == (1, "REFUSED")
    assert (accepted.prediction, accepted.decision) == (0, "ACCEPTED")
