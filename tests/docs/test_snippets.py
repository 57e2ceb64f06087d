"""The blocks that only ask the service, or are only read, do what their pages say; ``make drill`` runs all blocks."""

import re
from itertools import zip_longest

import pytest

from tests.conftest import PROJECT, start_gunicorn
from tests.docs.blocks import blocks_of, pages, read_blocks
from tests.docs.reader import Fault, Reader
from tests.docs.statements import commands

READ_BY_DAY = {"policy", "part of a policy", "cron", "ini", "json"}


def is_quick(block):
    """Say whether a block needs nothing but the service, or nothing at all."""
    if block.not_run is not None or block.stand_ins:
        return False
    if block.language in {"sh", "console"}:
        found = commands(block.language, block.text)
        return all(re.match(r"curl ", one) and ":8000" in one for one in found)
    if block.language == "python":
        return "127.0.0.1:8000" in block.text
    return "posted to" in block.said or block.said.get("read by") in READ_BY_DAY


def quick_blocks():
    """List the quick blocks, each with the output that a page shows below it."""
    for page in pages(PROJECT):
        blocks = blocks_of(PROJECT, page)
        for block, following in zip_longest(blocks, blocks[1:]):
            if page != "docs/tutorial.md" and is_quick(block):
                yield [block, following] if following and following.is_output() else [block]


QUICK = list(quick_blocks())


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    service = start_gunicorn(folder, SCORING_DECISIONS=folder / "decisions.db", WEB_CONCURRENCY=1)
    with Reader(folder / "copy", service=service.port) as started:
        yield started
    service.stop()


def test_some_blocks_are_quick_and_some_show_what_is_answered():
    assert len(QUICK) >= 10
    assert any(len(blocks) == 2 for blocks in QUICK)


@pytest.mark.parametrize("blocks", QUICK, ids=lambda blocks: blocks[0].place)
def test_a_block_does_what_its_page_says(blocks, reader):
    for block in blocks:
        reader.follow(block)


def test_a_wrong_answer_and_a_wrong_command_are_found(reader):
    asks = "```sh\ncurl -s 127.0.0.1:8000/best_threshold\n```\n"
    page = f'{asks}```json\n{{"best_threshold": 0.5}}\n```\n```sh\nls none\n```\n'
    asked, shown, wrong = read_blocks("a.md", page)
    reader.follow(asked)
    with pytest.raises(Fault, match=r"best_threshold: the page has 0\.5, the answer 0\.52"):
        reader.follow(shown)
    with pytest.raises(Fault, match="exit code 2: ls none"):
        reader.follow(wrong)
