"""Ratios and their goals, read from the newest dated files."""

import pytest

from tools.reference.benchmark_ratios import find_newest, read_ratios


def test_ratios_are_read_with_their_goals_and_say_how_far_these_are_reached():
    ratios = {one.what: one for one in read_ratios()}
    assert len(ratios) >= 10
    faster = ratios["a posted application, compared with the fitted objects on a frame of one row"]
    assert faster.least
    assert faster.value > 1
    assert (faster.reached >= 1) == (faster.value >= faster.goal)
    start = ratios["start to the first decision, compared with importing flask, pandas and scikit-learn"]
    assert not start.least
    assert (start.reached >= 1) == (start.value <= start.goal)


def test_the_newest_file_of_a_benchmark_is_read(tmp_path):
    for day in ("2026-11-02", "2026-11-25", "2025-12-31"):
        (tmp_path / f"serving-{day}.md").touch()
    (tmp_path / "serving-costs-2026-12-01.md").touch()
    assert find_newest("serving", tmp_path).name == "serving-2026-11-25.md"
    with pytest.raises(LookupError, match=r"benchmarks/other-DATE\.md: no such file"):
        find_newest("other", tmp_path)


def test_a_row_that_a_file_lacks_is_named(tmp_path):
    (tmp_path / "serving-2026-11-25.md").write_text("| a | b |\n|---|---|\n| c | d |\n", encoding="utf-8")
    with pytest.raises(LookupError, match=r"serving-2026-11-25\.md: no table that begins with '`GET /pre' has a row"):
        list(read_ratios(tmp_path))
