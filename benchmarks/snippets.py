"""Run every block of every page, as its reader would: ``python -m benchmarks.snippets [--page docs/api.md]``.

A page's blocks are run in order in a fresh copy of the project, with a service of its own (tests/docs/reader.py).
"""

import argparse
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

from benchmarks.machine import write_result
from tests.conftest import PROJECT
from tests.docs.blocks import Block, blocks_of, pages
from tests.docs.reader import Reader


def follow(page: str) -> tuple[list[Block], list[Block], dict[str, str]]:
    """Run a page; returns the blocks that were run, those that say why they are not, and the faults by place."""
    blocks = blocks_of(PROJECT, page)
    left_out = [block for block in blocks if block.not_run is not None]
    if len(left_out) == len(blocks):
        return [], left_out, {}
    run, faults = [], {}
    with tempfile.TemporaryDirectory(prefix="page-") as folder, Reader(Path(folder) / "copy") as reader:
        for block in blocks:
            if block.not_run is None:
                run.append(block)
                try:
                    reader.follow(block)
                except Exception as error:  # noqa: BLE001 (whatever goes wrong is the block's fault)
                    faults[block.place] = "".join(traceback.format_exception_only(error)).strip()
    return run, left_out, faults


def main() -> None:
    """Run the pages, print the faults, and write the table when all pages were run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--page", action="append")
    chosen = parser.parse_args().page
    lines = ["| Page | blocks | run | not run | failed |", "|---|---|---|---|---|"]
    counts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for page in chosen or pages(PROJECT):
        begun = time.monotonic()
        run, left_out, faults = follow(page)
        if not run and not left_out:
            continue
        print(f"{page}: {len(run)} run, {len(left_out)} not, {time.monotonic() - begun:.0f} s", flush=True)
        for place, fault in faults.items():
            print(f"  {place}: {fault}", flush=True)
        lines.append(f"| {page} | {len(run) + len(left_out)} | {len(run)} | {len(left_out)} | {len(faults)} |")
        counts.update(blocks=len(run) + len(left_out), run=len(run), left_out=len(left_out), failed=len(faults))
        reasons.update(str(block.not_run) for block in left_out)
    lines.append(f"| all | {counts['blocks']} | {counts['run']} | {counts['left_out']} | {counts['failed']} |")
    body = "\n".join(lines) + "\n\nNot run: " + "; ".join(f"{one} ({many})" for one, many in sorted(reasons.items()))
    if not chosen:
        write_result("snippets", "python -m benchmarks.snippets", f"{body}.\n")
    sys.exit(1 if counts["failed"] else 0)


if __name__ == "__main__":
    main()
