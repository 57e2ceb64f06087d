"""Columns are not parsed again where that cannot find anything else."""

import pytest

from scoring.tables.text.lines import Lines
from scoring.tables.text.text_reader import read_text


@pytest.mark.parametrize(("published", "times"), [(True, 1), (False, 2)])
def test_a_column_with_a_text_among_numbers_is_parsed_again_only_if_there_are_other_markers(
    monkeypatch, published, times
):
    parsed = []
    parse = Lines.parse
    monkeypatch.setattr(Lines, "parse", lambda lines, *given: parsed.append(given) or parse(lines, *given))
    text = "id,amount\n" + "".join(f"{i},{i}.5\n" for i in range(300)) + "300,x\n,7.5\n"
    frame = read_text(text.encode(), numbers=("amount",), published=published).frame
    assert len(parsed) == times
    assert frame["amount"].tolist()[-2:] == ["x", 7.5]
