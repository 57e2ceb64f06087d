"""Write the lists of the reference pages again: ``make reference``, or ``python -m tools.reference``."""

from collections.abc import Iterator
from pathlib import Path

from scoring.settings import PROJECT
from tools.reference import (
    api_page,
    benchmark_ratios,
    command_lists,
    features_page,
    metric_list,
    problem_list,
    setting_list,
    tables_page,
)
from tools.reference.blocks import fill

DOCS = PROJECT / "docs"


def write_pages() -> Iterator[tuple[Path, str]]:
    """Yield every page that has something written from the code, with its text as it should be."""
    document = api_page.describe()

    def read(name: str) -> str:
        return (DOCS / name).read_text(encoding="utf-8")

    yield DOCS / "api_reference.md", api_page.write_page(document)
    yield DOCS / "api.md", fill(read("api.md"), {"routes": api_page.list_routes(document)})
    yield DOCS / "problems.md", problem_list.write_page(read("problems.md"), document)
    yield DOCS / "commands.md", command_lists.write_page(read("commands.md"))
    yield DOCS / "settings.md", setting_list.write_page(read("settings.md"))
    yield DOCS / "metrics_and_logs.md", metric_list.write_page(read("metrics_and_logs.md"))
    yield DOCS / "benchmarks.md", benchmark_ratios.write_page(read("benchmarks.md"))
    yield DOCS / "features.md", features_page.write_page()
    yield DOCS / "tables.md", tables_page.write_page()


if __name__ == "__main__":
    for path, text in write_pages():
        path.write_text(text, encoding="utf-8")
