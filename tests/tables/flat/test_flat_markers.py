"""Texts and codes that mean "missing"."""

import pytest

from scoring.tables.flat import flat_table
from scoring.tables.flat.column_options import ColumnOptions
from scoring.tables.flat.flat_table import inputs
from tests.tables.flat.conftest import TABLE, read_flat

CODED = "id,bad,score,months,town\n" + "".join(
    f"{i},{i % 2},{'9999' if i % 5 == 0 else i},{'Neant' if i % 4 == 0 else i},{'Lyon' if i % 3 else '-9'}\n"
    for i in range(60)
)
HELOC = "id,bad,months,score,visits\n" + "".join(
    f"{i},{i % 2},{(-7, -8, -9, i)[i % 4]},{9999 if i % 3 else i},{'' if i % 3 else i}\n" for i in range(120)
)


def test_texts_that_meant_missing_in_the_file_do_so_in_an_application(write):
    schema = read_flat(write(TABLE), "défaut", "Dossier")[0]
    markers = {field.name: field.missing for field in schema.fields if field.missing}
    assert markers == {"Type d'emploi": ("NA",), "nothing": ("NA",)}
    rows = "".join(f"{i},{i % 2},{'Unknown' if i % 5 == 0 else i},{'?' if i % 4 else 'a'}\n" for i in range(40))
    schema = read_flat(write("id,bad,x,town\n" + rows), "bad", "id", missing={"x": ["9"]})[0]
    assert {field.name: field.missing for field in schema.fields} == {"x": (9.0, "Unknown"), "town": ("?",)}


@pytest.mark.parametrize(
    ("marker", "number"), [("-1,5", -1.5), ("-1.5", -1.5), ("9.999", 9999), ("(7,5)", -7.5), ("1 000,5", 1000.5)]
)
def test_a_marker_is_written_as_the_file_writes_numbers(write, marker, number):
    cell = f"{number:.15g}".replace(".", ",")
    rows = "".join(f"{i};{i % 2};{cell if i % 3 == 0 else f'{i},25'}\n" for i in range(1, 40))
    for name in ("x", "*"):
        read = flat_table.read_flat(write("id;bad;x\n" + rows), ColumnOptions("bad", "id", missing={name: [marker]}))
        assert read.warnings == ()
        assert read.schema.field("x").missing == (number,)
        assert read.frame["x"].isna().sum() == 13


def test_with_a_decimal_point_a_marker_with_a_comma_has_groups(write):
    rows = "".join(f"{i},{i % 2},{'9999' if i % 3 == 0 else f'{i}.25'}\n" for i in range(1, 40))
    schema, frame = read_flat(write("id,bad,x\n" + rows), "bad", "id", missing={"x": ["9,999"]})
    assert (schema.field("x").missing, frame["x"].isna().sum()) == ((9999.0,), 13)


def test_values_that_mean_missing_become_missing_and_stay_in_the_schema(write):
    missing = {"score": ["9999"], "months": ["Neant"], "*": ["-9"]}
    read = flat_table.read_flat(write(CODED), ColumnOptions("bad", "id", missing=missing))
    assert {field.name: (field.type, field.missing) for field in read.schema.fields} == {
        "score": ("integer", (9999.0, -9.0)),
        "months": ("integer", ("Neant", -9.0)),
        "town": ("category", ("-9",)),
    }
    assert read.frame.isna().sum().to_dict() == {"id": 0, "bad": 0, "score": 12, "months": 15, "town": 20}
    assert {one.name: one.notes for one in read.kinds.columns}["score"] == ("read as missing: 9999 (12)",)
    assert inputs(read.schema, read.frame).missing_values == {
        "score": (9999.0, -9.0),
        "months": (-9.0,),
        "town": ("-9",),
    }
    assert read.warnings == ()


def test_codes_of_several_meanings_have_a_category_of_their_own(write):
    missing = {"months": ["-7", "-8", "-9"], "score": ["9999"], "*": ["n.c."]}
    read = flat_table.read_flat(write(HELOC), ColumnOptions("bad", "id", missing=missing, tiers={"months": "proxy"}))
    assert [field.name for field in read.schema.fields] == ["months", "months (code)", "score", "visits"]
    code = read.schema.field("months (code)")
    assert (code.type, code.codes_of, code.tier, code.label.fr) == ("category", "months", "proxy", "Months (code)")
    assert read.frame["months (code)"].tolist()[:5] == ["-7", "-8", "-9", "number", "-7"]
    assert read.frame["months"].isna().sum() == 90
    kinds = {one.name: one.notes for one in read.kinds.columns}
    assert list(kinds) == ["id", "bad", "months", "months (code)", "score", "visits"]
    assert kinds["months (code)"] == ("4 texts", "the codes of months", "proxy")


def test_a_code_beside_empty_cells_has_a_category_and_a_single_kind_of_missing_value_has_not(write):
    text = HELOC.replace("id,bad,months,score", "id,bad,months,rank")
    missing = {"visits": ["0", "3", "6"], "rank": ["9999", "?"]}
    assert "visits (code)" not in read_flat(write(text), "bad", "id", missing=missing)[1]  # rare codes
    emptied = "".join(
        line.replace(",9999,", ",," if i % 4 == 1 else ",9999,") for i, line in enumerate(text.splitlines(True))
    )
    assert "rank (code)" in read_flat(write(emptied), "bad", "id", missing=missing)[1]
    assert "rank (code)" not in read_flat(write(emptied), "bad", "id", missing=missing, drop=["rank (code)"])[1]
    assert "rank (code)" not in read_flat(write(emptied), "bad", "id", missing=missing, kinds={"rank": "category"})[1]


def test_markers_of_a_category_are_compared_to_the_letter(write):
    text = "id,bad,flag\n1,0,true\n2,1,-7.0\n3,0,9999\n4,1,-8\n5,0,true\n6,1,true\n"
    schema, frame = read_flat(write(text), "bad", "id", missing={"flag": ["9999", "-7.0", "-8"]})
    assert schema.field("flag").type == "category"
    assert frame["flag"].tolist() == ["true", None, None, None, "true", "true"]
    assert schema.field("flag").missing == ("9999", "-7.0", "-8")


def test_a_marker_that_occurs_nowhere_is_a_warning(write):
    missing = {"score": ["999", "9999.0"], "months": ["Neant"], "*": ["x"]}
    read = flat_table.read_flat(write(CODED), ColumnOptions("bad", "id", missing=missing))
    assert read.warnings == (
        "markers that occur in no row: --missing 'score=999', --missing '*=x': check how they are written",
    )
