import pytest

from scoring.tables.form.layout import find_layout
from scoring.tables.form.readings import BLANKS, NONE
from scoring.tables.text.table_errors import TableError


def layout(text):
    found = find_layout(text, is_whole=True)
    return found.separator, found.header, found.lines


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a,b\n1,2\n", (",", ("a", "b"), 1)),
        ("a;b\n1,5;2,5\n3,5;4,5\n", (";", ("a", "b"), 1)),  # decimal commas separate as many cells
        ("a\tb\n1,5\t2\n", ("\t", ("a", "b"), 1)),
        ("a|b|c\n1|x, y|3\n", ("|", ("a", "b", "c"), 1)),
        ("a  b c\n1 2   3\n 4 5 6\n", (BLANKS, ("a", "b", "c"), 1)),
        ("amount\n1,5\n2,5\n", (NONE, ("amount",), 1)),
        ("a,b;c\n1,2;3\n", (";", ("a,b", "c"), 1)),  # 1,2 and 3 are numbers, 2;3 is not
        ("amount, EUR;age\n1,5;20\n", (";", ("amount, EUR", "age"), 1)),
        ("age,rate;amount,util\n1,2;3,4\n", (";", ("age,rate", "amount,util"), 1)),
        ("sep=tab\na\tb\n1\t2\n", ("\t", ("a", "b"), 2)),
        ("sep=blank\na b\n1 200\n", (BLANKS, ("a", "b"), 2)),
        ("sep=;\na;b,c\n1;2,3\n", (";", ("a", "b,c"), 2)),
        ("sep=\r\na,b\n1,2\n", (",", ("a", "b"), 2)),
        ('"sep=\\t"\r\na\tb\r\n1\t2\r\n', ("\t", ("a", "b"), 2)),
        ("Extrait au 31/12\n\na;b;c\n1;2;3\n", (";", ("a", "b", "c"), 3)),
        ('Extrait du portefeuille\n\n"a"|"b"|"c"|"d"\n"1 €"|"2"|"3"|"4"\n', ("|", ("a", "b", "c", "d"), 3)),
        ("Report;;;\nDate: 2026;;;\na;b;c;d\n1;2;3;4\n", (";", ("a", "b", "c", "d"), 3)),
        (",a,b\n0,1,2\n", (",", ("", "a", "b"), 1)),  # an index column of pandas
        ("0,1,2\n5,6,7\n", (",", ("0", "1", "2"), 1)),  # columns that pandas counted
        ("\ufeffa,b\n1,2\n", (",", ("a", "b"), 1)),  # a second byte-order mark
        ("a\u200b,\u202eb\u202c\n1,2\n", (",", ("a", "b"), 1)),  # signs that nobody sees
        ("e\u0301ge,b\n1,2\n", (",", ("\u00e9ge", "b"), 1)),  # as macOS writes accents
        ("| a | b |\n|---|---|\n| 1 | 2 |\n", ("|", ("", "a", "b", ""), 2)),  # a table in Markdown
        ("| a | b |\n|:---|---:|\n| 1 | 2 |\n", ("|", ("", "a", "b", ""), 2)),
        (" a , b  c \n1,2\n", (",", ("a", "b c"), 1)),
        ('a,"b\nc"\n1,2\n', (",", ("a", "b c"), 2)),
        ("a | b\n---+----\n 1 | 2\n", ("|", ("a", "b"), 2)),
        ("+----+----+\n| a | b |\n+----+----+\n| 1 | 2 |\n", ("|", ("", "a", "b", ""), 3)),
        ("a,name\n-,----\n1,x\n", (",", ("a", "name"), 2)),
        ("a\tb\n=\t==\n1\t2\n", ("\t", ("a", "b"), 2)),
        ("|a|b|\n|:-|-:|\n|1|2|\n", ("|", ("", "a", "b", ""), 2)),
        ("a,b\n---,---\n1,2\n", (",", ("a", "b"), 2)),
        ("a\n---\n1,5\n", (NONE, ("a",), 1)),  # a missing value of a single column
        ("a|b\n---|:---:\n1|2\n", ("|", ("a", "b"), 2)),
        ("a;b\n-----;---\n1,5;2\n", (";", ("a", "b"), 2)),
        ("a,b\n1,2\n---,---\n", (",", ("a", "b"), 1)),  # missing values, below a row
        ("first name,last name\nJean Dupont,Anne Roy\n", (",", ("first name", "last name"), 1)),
    ],
)
def test_separator_header_and_its_line_are_found(text, expected):
    assert layout(text) == expected


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("", "empty", None),
        ("\n \n", "empty", None),
        ("x" * 140_000 + ",b\n1,2\n", "long_cell", 1),
        ("45,500\n46,600\n", "no_header", 1),
        ("A11,6,A34,1169\nA12,48,A32,5951\n", "no_header", 1),
        ("2019\n5\n6\n", "no_header", 1),
        ("a,30,60\nx,1,2\n", "no_header", 1),
        ('"a","b"\n"1",45,500\n"2",46,600\n', "row_names", 1),
        ('"a" "b"\n"1" 45 500\n"2" 46 600\n', "row_names", 1),
        ("a\tb\nx\t45\t500\ny\t46\t600\n", "row_names", 1),
        ("a,b;c\nx,y;z\n", "two_separators", 1),
        ("id amount\n1 200\n2 350\n", "two_separators", 1),  # two columns, or one with grouped numbers
        ("age,amount,rate\nyears,EUR,per cent\n45,5,1\n46,6,2\n47,7,3\n", "two_headers", 2),
        ("Loans,,Client,Bank,,\na,b,c,d,e,f\n1,2,3,4,5,6\n", "two_headers", 1),
    ],
)
def test_no_header_two_headers_and_two_separators_are_refused(text, code, line):
    with pytest.raises(TableError) as caught:
        layout(text)
    assert (caught.value.code, caught.value.values.get("line")) == (code, line)


@pytest.mark.parametrize("first", ["years,EUR,7", "years,7,EUR", "7,8,9", "years,EUR,-"])
def test_a_first_row_with_a_number_or_a_marker_in_a_column_of_numbers_is_a_row(first):
    assert layout(f"age,amount,rate\n{first}\n46,6,2\n47,7,3\n")[1] == ("age", "amount", "rate")


def test_a_published_table_has_its_header_in_the_first_line_whatever_it_is():
    assert find_layout("1, 7\n2,3\n", is_whole=True, published=True).header == ("1", " 7")


def test_the_last_line_of_a_head_may_be_cut():
    assert find_layout("a,b,c\n1,2,3\n4,5", is_whole=False).header == ("a", "b", "c")


@pytest.mark.parametrize("published", [True, False])
@pytest.mark.parametrize("sign", [",", ";"])
def test_a_quotation_mark_that_is_not_closed_within_a_long_text_is_the_cause_that_is_told(sign, published):
    rows = ["id,outcome,score", "7,0,0.5", '8,"0,0.5', *["9,1,0.25"] * 20_000]
    with pytest.raises(TableError) as refused:
        find_layout("\n".join(rows).replace(",", sign), is_whole=False, published=published)
    assert (refused.value.code, refused.value.values["line"]) == ("open_quote", 3)
