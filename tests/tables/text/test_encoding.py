import pytest

from scoring.tables.text.encoding import find_encoding
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


def test_a_single_letter_at_the_end_of_a_large_file_shows_the_encoding():
    assert find_encoding(b"name\n" + b"x\n" * 2_000_000 + "été\n".encode("cp1252")) == "cp1252"


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1251", "город,цель\n1,Москва\n"),  # Cyrillic
        ("cp1250", "cel,kwota\nszkoła,5\n"),  # Polish
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


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"PK\x03\x04\x14\x00", "not_text_excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "not_text_excel"),
        (b"PAR1\x15\x04", "not_text_parquet"),
        (b"\x1f\x8b\x08\x00", "not_text_compressed"),
        (b"BZh91AY&SY", "not_text_compressed"),
        (b"\x28\xb5\x2f\xfd\x04", "not_text_compressed"),
        (b"%PDF-1.7", "not_text"),
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
