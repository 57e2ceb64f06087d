from tools.reference import tables_page


def test_the_page_shows_how_numbers_are_read():
    page = tables_page.write_page()
    assert "| `39.000` | 39 | 39000 |" in page
    assert "| `1.234,50` | not a number | 1234.5 |" in page
