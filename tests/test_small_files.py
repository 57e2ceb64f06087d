"""Files of people that never end are refused, whatever setting or option names them."""

from pathlib import Path

import pytest

from scoring.errors import DataError, PolicyError, SettingError
from scoring.policy.open_policy import open_policy, read_draw
from scoring.record.kept_record import open_store
from scoring.settings import Settings
from scoring.storage.signature import load_public_key, load_signer
from scoring.training.candidates.bins_file import read_bins

ENDLESS = Path("/dev/zero")


@pytest.mark.parametrize(
    ("read", "error"),
    [
        (lambda: open_policy(ENDLESS, None), PolicyError),
        (lambda: read_draw(ENDLESS), SettingError),
        (lambda: load_signer(ENDLESS), SettingError),
        (lambda: load_public_key(ENDLESS), SettingError),
        (lambda: read_bins(ENDLESS, None), DataError),
    ],
)
def test_a_file_that_never_ends_is_refused(read, error):
    with pytest.raises(error, match=r"/dev/zero: cannot be read \(it has more than 16 MiB\)"):
        read()


@pytest.mark.parametrize("url", ["/", "sqlite:////", "sqlite:///", "."])
def test_a_folder_is_no_decision_record(url):
    with pytest.raises(SettingError, match=r"SCORING_DECISIONS: .* was received, which is a folder\nExpected the path"):
        open_store(url)


def test_a_path_that_is_too_long_is_refused_in_few_words():
    with pytest.raises(SettingError, match=r"SCORING_POLICY=x+…: expected the path of a policy file") as refused:
        Settings.from_environment({"SCORING_POLICY": "x" * 5000})
    assert len(str(refused.value)) < 400
