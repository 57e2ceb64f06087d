"""DuckDB's SQL, written ahead of time from the definitions."""

from importlib.resources import files

from scoring.home_credit.history import compiled
from scoring.home_credit.history.registry import HISTORIES


def test_the_file_says_what_the_definitions_say():
    text = (files("scoring.home_credit.history") / compiled.FILE).read_text(encoding="utf-8")
    assert text == compiled.written(), "write it again: python -m scoring.home_credit.history.compiled"


def test_every_part_of_the_result_is_checked_and_what_is_only_on_the_way_is_not():
    steps = compiled.steps()
    assert list(steps) == [*HISTORIES, compiled.WHOLE]
    checked = {step.name for found in steps.values() for step in found if step.check}
    on_the_way = {step.name for found in steps.values() for step in found} - checked - {compiled.WHOLE}
    assert on_the_way == {"bureau_balance_periods", "pos_periods", "instalments_periods", "card_periods"}
    assert len(checked) == 10
