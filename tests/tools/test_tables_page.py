from tools import tables_page


def test_the_page_agrees_with_the_reader(project):
    written = (project / "docs" / "tables.md").read_text(encoding="utf-8")
    assert written == tables_page.format_page(), "write it again: python -m tools.tables_page docs/tables.md"


def test_the_page_shows_how_numbers_are_read():
    page = tables_page.format_page()
    assert "| `39.000` | 39 | 39000 |" in page
    assert "| `1.234,50` | not a number | 1234.5 |" in page
