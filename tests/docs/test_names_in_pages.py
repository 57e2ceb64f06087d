"""Each block of a page has a language and is run or says why not; each name in a page is one that the project has."""

from collections import Counter

import pytest

from tests.conftest import PROJECT
from tests.docs import names
from tests.docs.blocks import READ_LANGUAGES, REASONS, RUN_LANGUAGES, blocks_of, pages
from tests.docs.statements import commands

PAGES = pages(PROJECT)
BLOCKS = [block for page in PAGES for block in blocks_of(PROJECT, page)]
by_page = pytest.mark.parametrize("page", PAGES)
OTHER_SERVICES = "docs/coming_from.md"  # names routes that we do not have; test_other_clients.py tries each
MOST_NOT_RUN = 30  # of all pages


def text_of(page):
    return (PROJECT / page).read_text(encoding="utf-8")


def inline_code(page):
    outside = text_of(page)
    for block in blocks_of(PROJECT, page):
        outside = outside.replace(block.text, "", 1)
    return names.INLINE.findall(outside)


def shell_statements(page):
    return [(block, command) for block in blocks_of(PROJECT, page) for command in commands(block.language, block.text)]


def test_the_pages_have_blocks_of_many_kinds():
    assert {"README.md", "docs/api.md", "interface_streamlit/README.md"} <= set(PAGES)
    assert {"sh", "json", "python", "sql"} <= {block.language for block in BLOCKS}
    assert len(BLOCKS) > 50


def test_each_fence_of_a_page_belongs_to_a_block():
    for page in PAGES:
        fences = [line for line in text_of(page).splitlines() if line.lstrip().startswith("```")]
        assert len(fences) == 2 * len(blocks_of(PROJECT, page)), page


def test_each_block_has_a_language_that_is_run_or_read():
    others = [f"{block.place} {block.language}" for block in BLOCKS]
    assert [one for one in others if one.split(" ")[1] not in RUN_LANGUAGES | READ_LANGUAGES] == []


def test_a_block_is_left_out_only_for_a_known_reason_and_few_are():
    reasons = Counter(block.not_run for block in BLOCKS if block.not_run is not None)
    assert set(reasons) <= REASONS
    assert sum(reasons.values()) <= MOST_NOT_RUN


def test_a_block_that_is_only_read_follows_what_prints_it_or_says_who_reads_it():
    silent = [
        block.place
        for block in BLOCKS
        if block.language in READ_LANGUAGES - {"nginx", "toml", "yaml"} and not block.said and not block.is_output()
    ]
    assert silent == []


@by_page
def test_each_command_in_a_block_has_arguments_that_the_command_takes(page):
    faults = [
        f"{block.place}: {fault}"
        for block, statement in shell_statements(page)
        for call in names.calls_of(statement)
        for fault in names.faults_of_call(call, is_whole=True)
    ]
    assert faults == []


@by_page
def test_each_command_that_a_page_names_exists_with_its_options(page):
    faults = [
        f"{code}: {fault}"
        for code in inline_code(page)
        for call in names.calls_of(code)
        for fault in names.faults_of_call(call, is_whole=False)
    ]
    assert faults == []


@by_page
def test_each_target_of_make_in_a_page_exists(page):
    named = {target for _, statement in shell_statements(page) for target in names.made(statement)}
    named |= {target for code in inline_code(page) for target in names.made(code)}
    assert named - names.make_targets(PROJECT) == set()


@by_page
def test_each_request_in_a_page_has_a_route(page, app):
    asked = [one for _, statement in shell_statements(page) for one in names.requests_of(statement)]
    if page != OTHER_SERVICES:
        asked += [one for code in inline_code(page) for one in names.routes_named(code)]
    asked += [one for block in blocks_of(PROJECT, page) for one in names.routes_named(block.said.get("posted to", ""))]
    assert [f"{method} {path}" for method, path in asked if not names.is_route(app.url_map, method, path)] == []


@by_page
def test_each_setting_and_file_in_a_page_exists(page):
    assert names.unknown_settings(text_of(page)) == []
    code = [block.text for block in blocks_of(PROJECT, page)] + inline_code(page)
    assert names.missing_files(PROJECT, "\n".join(code)) == []
