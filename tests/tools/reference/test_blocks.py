"""Lists in pages: written again from the code, and nothing else is touched."""

import click
import pytest

from tools.reference import command_lists, problem_list
from tools.reference.blocks import fill, read_cells, table

PAGE = "# A\n\nProse | with a bar.\n\n<!-- list: one -->\n\n| a | b |\n\n<!-- end of list -->\n\nMore prose.\n"


def test_only_the_list_is_written_again_and_writing_twice_changes_nothing():
    once = fill(PAGE, {"one": table(("a", "b"), [("1", "2")])})
    assert once.startswith("# A\n\nProse | with a bar.\n\n<!-- list: one -->\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")
    assert once.endswith("<!-- end of list -->\n\nMore prose.\n")
    assert fill(once, {"one": table(("a", "b"), [("1", "2")])}) == once


def test_a_list_without_a_place_and_one_that_the_code_lacks_are_named():
    with pytest.raises(ValueError, match=r"without a place: two \(add .*not in the code: none"):
        fill(PAGE, {"one": "", "two": ""})
    with pytest.raises(ValueError, match="not in the code: one"):
        fill(PAGE, {})


def test_a_bar_within_a_cell_is_escaped_and_read_back():
    written = fill(PAGE, {"one": table(("a", "b"), [("`x`", "p|q")])})
    assert read_cells(written, "one")["`x`"] == [r"p\|q"]


def test_every_option_of_every_command_says_what_it_means():
    silent = [
        f"{name} {option.opts[0]}"
        for name, command in command_lists.list_commands()
        for option in command.params
        if isinstance(option, click.Option) and not option.help
    ]
    assert silent == [], "give each a help text"


def test_a_command_without_a_place_in_the_page_is_named(project, monkeypatch):
    page = (project / "docs" / "commands.md").read_text(encoding="utf-8")
    added = [*command_lists.list_commands(), ("juggle", click.Command("juggle"))]
    monkeypatch.setattr(command_lists, "list_commands", lambda: iter(added))
    with pytest.raises(ValueError, match="without a place: juggle"):
        command_lists.write_page(page)


def test_the_families_that_can_be_asked_for_stand_in_the_page_of_commands(project):
    from scoring.training.candidates.families import FAMILIES

    page = (project / "docs" / "commands.md").read_text(encoding="utf-8")
    listed = page.split("The families that `--candidates`")[1].split("\n\n")[0]
    assert [family for family in FAMILIES if f"`{family}`" not in listed] == []


def test_routes_are_told_in_words_where_nearly_all_have_a_problem():
    every = [f"GET /{one}" for one in "abcde"]
    assert problem_list.name_routes(every[:4], every) == "every route but `GET /e`"
    assert problem_list.name_routes(every[:2], every) == "`GET /a`, `GET /b`"
