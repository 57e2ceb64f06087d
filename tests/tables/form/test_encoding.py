import pytest

from scoring.tables.form.encoding import find_encoding
from scoring.tables.text.table_errors import TableError

TEXT = "numéro,objet\n1,crédit à la consommation — 5 €\n"


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8-sig"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("cp1252", "cp1252"),
    ],
)
def test_the_encoding_of_a_spreadsheet_is_found_and_gives_the_same_text(encoding, found):
    content = TEXT.encode(encoding)
    assert find_encoding(content) == found
    assert content.decode(found) == TEXT


@pytest.mark.parametrize("unit", ["£thousands", "£pcm", "£million", "£ per month", "£k"])
def test_units_of_pounds_are_no_sign_of_another_encoding(unit):
    assert find_encoding(f"id,income ({unit})\n1,5\n".encode("cp1252")) == "cp1252"


def test_a_single_letter_at_the_end_of_a_large_file_shows_the_encoding():
    assert find_encoding(b"name\n" + b"x\n" * 2_000_000 + "été\n".encode("cp1252")) == "cp1252"


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1251", "город,цель\n1,Москва\n"),  # Cyrillic
        ("cp1250", "cel,kwota\nszkoła,5\n"),  # Polish
        ("cp1250", "miasto,kwota\nŁódź,5\n"),
        ("cp1250", "imię,kwota\nŁukasz,5\n".replace("ę", "")),
        ("cp1254", "cinsiyet,tutar\nkadın,5\n"),  # Turkish
        ("iso8859-7", "όνομα,ποσό\n1,Αθήνα\n"),  # Greek
        ("shift_jis", "名前,金額\n1,東京\n"),
        ("mac-roman", "objet,montant\ncrédité,5\n"),
        ("cp850", "objet,montant\ncrédité,5\n"),
        ("utf-32", "a,b\n1,2\n"),
    ],
)
def test_another_encoding_is_refused_rather_than_read_as_other_letters(encoding, text):
    with pytest.raises(TableError) as caught:
        find_encoding(text.encode(encoding))
    assert caught.value.code in {"encoding", "not_text"}


@pytest.mark.parametrize("text", ["prêt à taux zéro", "à la carte", "œuvre", "prêt relais à"])
@pytest.mark.parametrize("end", [b"\xe9", b"\xc3", b"\xed\xa0\x80"])  # a letter of Windows-1252, a cut one, half of one
def test_a_file_that_is_utf_8_but_for_a_letter_is_not_read_as_other_letters(text, end):
    with pytest.raises(TableError) as caught:
        find_encoding(b"objet,montant\n" + text.encode() + b",5\n" + end)
    assert caught.value.code == "encoding"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"PK\x03\x04\x14\x00", "not_text_excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "not_text_excel"),
        (b"PAR1\x15\x04", "not_text_parquet"),
        (b"\x1f\x8b\x08\x00", "not_text_compressed"),
        (b"BZh91AY&SY", "not_text_compressed"),
        (b"\x28\xb5\x2f\xfd\x04", "not_text_compressed"),
        (b"%PDF-1.7\n%\xe2\xe3", "not_csv"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git_lfs"),
        (b"  <!DOCTYPE html><table>", "not_csv"),
        (b"<meta charset=utf-8><table>", "not_csv"),
        (b"{\\rtf1\\ansi", "not_csv"),
        (b'["age", "amount"]\n[45, 5]\n', "not_csv"),
        (b'[{"age": 45}]', "not_csv"),
        (b'\xef\xbb\xbf{"age": 45}', "not_csv"),
        (b"age,amount\n45,\x00\n", "not_text"),
        (b"age,amount\n45," + b"x" * 10_000 + b"\x00", "not_text"),
    ],
)
def test_what_is_no_table_is_recognised(content, code):
    with pytest.raises(TableError) as caught:
        find_encoding(content)
    assert caught.value.code == code


SQL = "INSERT INTO `loans` VALUES (1,2.5,'a');\n"
OTHERS = {
    "SQL": [
        SQL,
        "-- MySQL dump 10.13\n--\n/*!40101 SET NAMES utf8 */;\n" + SQL,
        "--\n-- PostgreSQL database dump\n--\n\nSET statement_timeout = 0;\n",
        "SET client_encoding TO 'UTF8';\n",
        "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n",
        "/* a */ /* b */\ncreate table loans (id int);\n",
        "USE loans;\n",
    ],
    "ARFF": ["% German credit data\n%\n@relation credit\n@attribute x numeric\n", "@RELATION 'a b'\n"],
    "SYLK": ["ID;PWXL;N;E\r\nP;PGeneral\r\n", 'ID;PCALCOOO32\nB;Y3;X2\nC;Y1;X1;K"age"\n'],
    "DIF": ['TABLE\r\n0,1\r\n"EXCEL"\r\nVECTORS\r\n0,3\r\n'],
    "RTF": ["{\\rtf1\\ansi"],
    "HTML": ["<html><table>", "<!-- saved -->\n<table>"],
    "XML": ['<?xml version="1.0"?>\n<rows/>'],
    "JSON": ['[{"age": 45}]', '{"age": 45}\n{"age": 46}\n'],
}


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in OTHERS.items() for text in texts])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_other_formats_are_named_whatever_their_encoding(name, text, encoding):
    with pytest.raises(TableError) as caught:
        find_encoding(text.encode(encoding))
    assert (caught.value.code, caught.value.values) == ("not_csv", {"format": name})


def test_long_remarks_before_another_format_cost_little():
    assert find_encoding(b"/**/" * 1000 + b"-- \n" * 1000 + b"a,b\n") == "utf-8-sig"
