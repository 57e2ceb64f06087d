"""Lengths of time under a readable name become days before the application, or the file is refused with the remedy."""

import pytest

from scoring.application.uploads import read_upload
from scoring.errors import UnreadableTable
from scoring.model.schema import Identity, InputSchema, SchemaField, Text
from tests.workbooks import workbook


def named(name, en, fr, **more):
    return SchemaField(name=name, label=Text(en=en, fr=fr), **more)


SCHEMA = InputSchema(
    identity=Identity(name="SK_ID_CURR", digits=6),
    target="TARGET",
    fields=(
        named("AMT_CREDIT", "Credit amount", "Montant du crédit", type="number", unit="currency", minimum=0),
        named("AMT_ANNUITY", "Credit instalment", "Mensualité", type="number", unit="currency", minimum=0),
        named("DAYS_BIRTH", "Age", "Âge", type="integer", unit="days", minimum=-36525, maximum=-6574, required=True),
        named("DAYS_EMPLOYED", "Time in job", "Ancienneté", type="integer", unit="days", maximum=0, missing=(365243,)),
        named("EXT_SOURCE_1", "Score", "Score externe", type="number", minimum=0, maximum=1),
        named("CNT_CHILDREN", "Children", "Enfants", type="integer", unit="count", minimum=0),
    ),
)


def read(text):
    return read_upload(text.encode(), SCHEMA)


def values(text, name):
    return [row.application.get(name) for row in read(text).rows]


def refusal(text):
    with pytest.raises(UnreadableTable) as caught:
        read(text)
    return caught.value


@pytest.mark.parametrize(
    ("header", "cells", "days", "unit"),
    [
        ("Age", ["41", "18.5"], [-14975, -6757], "years"),
        ("Âge", ["41 ans", "30 ans"], [-14975, -10958], "years"),
        ("AGE", ["492", "360"], [-14975, -10958], "months"),
        ("age (days)", ["14975", "7000"], [-14975, -7000], "days"),
        ("Age", ["41", "", "492 mois"], [-14975, None, -14975], "years"),
        ("Age", ["-14975", "-7000"], [-14975, -7000], None),
        ("Age [years]", ["41", "5"], [-14975, -1826], "years"),  # the error of the second is that of its row
        ("Âge (mois)", ["492"], [-14975], "months"),
        ("DAYS_BIRTH [ans]", ["41"], [-14975], "years"),
        ("Age (years) [DAYS_BIRTH]", ["41"], [-14975], "years"),
        ("DAYS_BIRTH", ["41 ans", "-7000"], [-14975, -7000], "years"),
    ],
)
def test_an_age_is_read_in_the_unit_that_its_header_its_cells_or_its_values_leave_no_doubt_about(
    header, cells, days, unit
):
    text = f"AMT_CREDIT;{header}\n" + "".join(f"1;{cell}\n" for cell in cells)
    upload = read(text)
    assert [row.application.get("DAYS_BIRTH") for row in upload.rows] == days
    columns = {one.field: one.unit for one in upload.columns}
    assert columns.get("DAYS_BIRTH") == unit
    assert any("such as" in note.en and "14975" in note.en for note in upload.notes) == (unit is not None)


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("Age", ["41", "492"]),
        ("Age", ["41", "-14975"]),
        ("Âge", ["5"]),
        ("Time in job", ["5", "12"]),
        ("Ancienneté (jours)", ["5", "-12"]),
    ],
)
def test_times_whose_unit_is_not_certain_are_refused_with_field_unit_and_the_header_to_write(header, cells):
    text = f"AMT_CREDIT;{header}\n" + "".join(f"1;{cell}\n" for cell in cells)
    error = refusal(text)
    assert error.code == "time_unit"
    label, name = ("Age", "DAYS_BIRTH") if "ge" in header else ("Time in job", "DAYS_EMPLOYED")
    for expected in (name, "days before the application, negative", f"'{label} [years]'", "line 2"):
        assert expected in str(error)
    assert "jours avant la demande" in error.french
    assert "[ans]" in error.french


def test_a_time_in_a_job_is_read_with_its_unit_and_its_marker_stays_missing():
    assert values("AMT_CREDIT;Time in job [years]\n1;5\n1;365243\n", "DAYS_EMPLOYED") == [-1826, 365243]
    assert values("AMT_CREDIT;Time in job\n1;5 years\n1;365243\n1;-30\n", "DAYS_EMPLOYED") == [-1826, 365243, -30]


def test_ages_of_a_workbook_are_read_as_those_of_a_text():
    upload = read_upload(workbook([["Âge", "AMT_CREDIT"], [41, 1], [30.5, 2]]), SCHEMA)
    assert [row.application["DAYS_BIRTH"] for row in upload.rows] == [-14975, -11140]


@pytest.mark.parametrize("name", ["Sk_Id_Curr", "sk_id_curr", "SK_ID_curr"])
def test_names_in_another_letter_case_are_the_same_field_and_are_told(name):
    upload = read(f"{name};amt_credit\n500001;7\n")
    assert upload.rows[0].application == {"SK_ID_CURR": 500001, "AMT_CREDIT": 7}
    assert [(one.column, one.field, one.by) for one in upload.columns] == [
        (name, "SK_ID_CURR", "case"),
        ("amt_credit", "AMT_CREDIT", "case"),
    ]
    assert upload.notes[-1].en.endswith(f"{name} → SK_ID_CURR, amt_credit → AMT_CREDIT")


@pytest.mark.parametrize("header", ["AMT_CREDIT;amt_credit", "Credit amount;AMT_CREDIT", "x [AMT_CREDIT];Amt_Credit"])
def test_the_same_field_twice_is_refused_with_both_headers(header):
    error = refusal(f"{header}\n1;2\n")
    assert error.code == "same_field"
    assert all(column in str(error) for column in header.split(";"))


@pytest.mark.parametrize("header", ["Credit amount [AMT_ANNUITY]", "Mensualité (EUR) [amt_credit]", "Age [AMT_CREDIT]"])
def test_a_label_beside_the_code_of_another_field_is_refused_with_both(header):
    header = header.replace(" (EUR)", "")
    error = refusal(f"{header};Children\n1;2\n")
    assert error.code == "label_and_code"
    assert "AMT_" in str(error)
    assert header.split(" [")[0] in error.french


def test_the_whole_mapping_of_readable_names_is_told_however_long_it_is():
    fields = tuple(named(f"F{i}", f"Readable name number {i}", f"Nom lisible {i}", type="number") for i in range(60))
    schema = SCHEMA.model_copy(update={"fields": fields})
    header = ";".join(field.label.en for field in fields)
    upload = read_upload(f"{header}\n{';'.join(['1'] * 60)}\n".encode(), schema)
    assert [one.field for one in upload.columns] == [field.name for field in fields]
    assert all(f"{field.label.en} → {field.name}" in upload.notes[-1].en for field in fields)


@pytest.mark.parametrize(
    ("name", "cell", "value"),
    [
        ("Age", "41.000", -14975),  # nobody is 41,000 years old
        ("DAYS_BIRTH", "-14.975", -14975),
        ("EXT_SOURCE_1", "1.000", 1),
        ("CNT_CHILDREN", "1,000", 1),  # 1000 is possible as well: see below
    ],
)
def test_of_two_readings_the_only_possible_one_is_taken_and_told(name, cell, value):
    if name == "CNT_CHILDREN":
        assert refusal(f"AMT_CREDIT;{name}\n1;{cell}\n").code == "ambiguous_number"
        return
    upload = read(f"AMT_CREDIT;{name}\n1;{cell}\n")
    assert upload.rows[0].application["DAYS_BIRTH" if name == "Age" else name] == value
    assert any("is not possible there" in note.en for note in upload.notes)


def test_a_count_of_one_and_a_half_is_no_reading_and_decides_for_the_whole_file():
    upload = read("AMT_CREDIT;CNT_CHILDREN\n39.000;1.500\n")
    assert upload.rows[0].application == {"AMT_CREDIT": 39000, "CNT_CHILDREN": 1500}
    notes = " ".join(note.en for note in upload.notes)
    assert "1.500 is read as 1500, since 1.5 is not possible there" in notes
    assert "39.000 is read as 39000, and not as 39, since a file has one decimal mark" in notes


def test_columns_that_decide_differently_are_asked_about_and_impossible_ones_stay_errors_of_their_rows():
    assert refusal("EXT_SOURCE_1;CNT_CHILDREN\n1.000;1.500\n").code == "ambiguous_number"
    assert values("EXT_SOURCE_1;CNT_CHILDREN\n1.500;2\n", "EXT_SOURCE_1") == [1.5]
