"""An outcome of a credit stands in the history of its decision, in words."""

import pytest

from scoring.decisions.history import RecordedEntry
from scoring.web.pages.recorded_page import _count_places, _describe_later
from scoring.web.pages.words import load_texts


@pytest.mark.parametrize(
    ("defaulted", "language", "said"),
    [
        (True, "en", "Outcome of the credit: default"),
        (False, "en", "Outcome of the credit: no default seen"),
        (True, "fr", "Issue du crédit\u00a0: défaut de paiement"),
    ],
)
def test_the_history_says_what_became_of_the_credit(defaulted, language, said):
    content = {"defaulted": defaulted, "observed_at": None, "months_observed": 12, "corrects": True, "number": 1}
    place = {"chain": "c", "position": 1, "hash": "00", "about": "d", "erased": False}
    entry = RecordedEntry(
        id="e", kind="repayment", time="2026-11-27T10:00:00.000000Z", content=content, body=None, **place
    )
    step = _describe_later(entry, load_texts(language), language)
    assert (step.title, step.mark) == (said, "other")
    assert step.details == (load_texts(language)["step_corrects"],)


def test_a_recorded_probability_never_reads_like_the_threshold():
    assert [_count_places(one, 0.52564) for one in (0.3, 0.52561, 0.52564)] == [4, 5, 4]
