"""A file of applications becomes the applications that are scored, or is refused in both languages."""

import pytest

from scoring.application import uploads
from scoring.application.uploads import read_upload
from scoring.errors import InvalidParameter, UnreadableTable
from scoring.model.schema import Identity, InputSchema, SchemaField, Text

LABEL = Text(en="x", fr="x")
SCHEMA = InputSchema(
    identity=Identity(name="number", digits=6),
    target="default",
    fields=(
        SchemaField(name="age", type="integer", label=LABEL),
        SchemaField(name="amount", type="number", label=LABEL),
        SchemaField(name="rate", type="number", unit="%", label=LABEL),
        SchemaField(name="owner", type="integer", unit="flag", label=LABEL),
        SchemaField(name="purpose", type="category", label=LABEL),
    ),
)


def applications(content, **options):
    return [row.application for row in read_upload(content.encode(), SCHEMA, **options).rows]


def test_values_of_a_row_are_those_of_an_application():
    header = "number;age;amount;rate;owner;purpose;note\n"
    found = applications(header + "500001;45;39.000,5;7,5 %;TRUE;007;x\n500002;;;;;;\n")
    assert found == [
        {"number": 500001, "age": 45, "amount": 39000.5, "rate": 7.5, "owner": 1, "purpose": "007"},
        {"number": 500002},
    ]


def test_lines_are_those_of_the_file_where_rows_are_left_out_and_cells_have_line_ends():
    read = read_upload(b'Extrait\n\nage,amount,purpose\n45,1.5,"a\nb"\n,,\n46,2.5,c\nTotal,4.0,\n', SCHEMA)
    assert [row.line for row in read.rows] == [4, 7]
    assert [note.en for note in read.notes] == [
        "Lines above the header that are left out: 1",
        "Line 8 is left out: Total",
        "Rows without any value that are left out: 1",
    ]
    assert all(note.fr and note.fr != note.en for note in read.notes)


def test_what_is_no_number_stays_a_text_for_the_reader_of_applications():
    found = applications("age,amount\n1,5\n2,6\n3,7\n4,many\n5,inf\n")
    assert [one["amount"] for one in found] == [5, 6, 7, "many", "inf"]


@pytest.mark.parametrize("errors", [["a lot"], ["a lot", "much", "more"]])
def test_a_number_is_read_however_many_texts_stand_in_its_column(errors):
    rows = "".join(f"{age};{text}\n" for age, text in enumerate(["1.500,5", *errors]))
    assert [one["amount"] for one in applications("age;amount\n" + rows)] == [1500.5, *errors]


def test_columns_that_are_no_field_are_listed_and_left_out():
    read = read_upload(b"age,Sum,\n45,3,1\n", SCHEMA)
    assert (read.unknown_columns, read.rows[0].application) == (["Sum", ""], {"age": 45})


@pytest.mark.parametrize("column", ["Montants de crédit", "amout", "AMOUNT OF A CREDIT"])
def test_a_misspelled_column_is_told_with_the_field_that_it_may_be(column):
    read = read_upload(f"age;{column}\n-12000;5\n".encode(), READABLE)
    assert [(one.column, one.field) for one in read.similar] == [(column, "amount")]
    assert read_upload(f"amount;{column}\n7;5\n".encode(), READABLE).similar == []  # the file has the field
    for known in ({"left_out": {column: "holds dates"}}, {"target": column}):
        schema = READABLE.model_copy(update=known)
        assert read_upload(f"age;{column}\n-12000;5\n".encode(), schema).similar == []


def test_columns_that_are_no_field_are_not_read_as_numbers():
    read = read_upload(b"age;fee;rate of 2019\n45;5%;1.500\n46;7;1,5\n47;$8;2 000\n", SCHEMA)
    assert [row.application for row in read.rows] == [{"age": 45}, {"age": 46}, {"age": 47}]
    assert read.notes == []


def test_a_decimal_mark_that_the_file_does_not_show_can_be_given():
    ambiguous = "age;amount\n45;39.000\n"
    with pytest.raises(UnreadableTable) as caught:
        applications(ambiguous)
    assert caught.value.code == "ambiguous_number"
    assert caught.value.errors[0]["field"] == "amount"
    assert caught.value.errors[0]["received"] == "39.000"
    assert "39.000 peut signifier 39 ou 39000" in caught.value.french
    assert caught.value.readings == {"point": 39, "comma": 39000}
    assert applications(ambiguous, decimal="point") == [{"age": 45, "amount": 39}]
    assert applications(ambiguous, decimal="comma") == [{"age": 45, "amount": 39000}]
    with pytest.raises(InvalidParameter, match="expected point or comma"):
        applications(ambiguous, decimal=";")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("age,amount\n45,5%\n", "percent"),  # the model learnt amounts without per cent signs
        ("age,rate\n45,5%\n46,0.05\n", "mixed_percent"),
        ("age,amount\n45,$5\n46,€6\n", "two_currencies"),
        ("age,amount\n45,5,6\n", "surplus"),
        ("age,amount\n45\n", "short"),
        ("45,5\n46,6\n", "no_header"),
        ("2019;age\n1;45\n", "no_header"),
        ("30,60,90\n1,2,3\n", "no_header"),
        ("age^amount\n45^5\n", "other_separator"),
        ("age^amount\n45^5,5\n46^6,5\n", "other_separator"),
        ("age~amount\n45~5\n", "other_separator"),
        ("age:amount:rate\n45:5,5:1\n", "other_separator"),
        ('"age,amount"\n"45,5"\n"46,6"\n', "no_field"),
        ("number,years\n500001,45\n", "no_field"),
        ("age,amount\n1,45,500\n2,46,600\n", "row_names"),
        ("", "empty"),
        ("age,amount\n", "no_rows"),
        ("age,age\n1,2\n", "duplicates"),
        ('age,amount\n1,"2\n', "open_quote"),
        ("{}", "not_csv"),
    ],
)
def test_a_file_with_two_readings_or_none_is_refused_with_a_code(content, code):
    with pytest.raises(UnreadableTable) as caught:
        applications(content)
    assert caught.value.code == code


def test_a_file_that_is_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(uploads, "MOST_ROWS", 2)
    with pytest.raises(UnreadableTable, match="has 3 rows, expected at most 2"):
        applications("age,amount\n1,1\n2,2\n3,3\n")
    for end in ("", "\n"):  # too many lines to read them; the header is none of the rows
        with pytest.raises(UnreadableTable, match="has 6 rows, expected at most 2"):
            applications("age,amount\n" + "\n".join(["1,1"] * 6) + end)
    monkeypatch.setattr(uploads, "MOST_COLUMNS", 1)
    with pytest.raises(UnreadableTable, match="has 2 columns, expected at most 1"):
        applications("age,amount\n1,1\n")


def named(name, en, fr, **more):
    return SchemaField(name=name, label=Text(en=en, fr=fr), **more)


READABLE = InputSchema(
    identity=Identity(name="number", digits=6),
    target="default",
    fields=(
        named("amount", "Amount of the credit", "Montant du crédit", type="number"),
        named("age", "Age", "Âge", type="integer", unit="days"),
        named("job", "Time in the job", "Ancienneté dans l’emploi", type="integer", unit="days"),
        named("first", "Score", "Score 1", type="number"),
        named("second", "Score", "Score 2", type="number"),
        named(
            "kind",
            "Kind",
            "Type de prêt",
            type="category",
            categories=("cash", "card", "line", "a", "b"),
            texts={
                "cash": Text(en="Cash loan", fr="Prêt personnel"),
                "card": Text(en="card", fr="Carte"),
                "a": Text(en="Same", fr="Pareil"),
                "b": Text(en="Same", fr="Pareil"),
            },
        ),
    ),
)
HEADERS = [
    "number;amount;age;job;first;kind",
    "Client number;Amount of the credit;Age;Time in the job;first;Kind",
    "Numéro de client;Montant du crédit;Âge;Ancienneté dans l’emploi;Score 1;Type de prêt",
    "NUMERO DE CLIENT;montant  du credit;AGE (jours);anciennete dans l'emploi (jours);score 1;TYPE DE PRET",
    "Client [number];x [amount];Âge (jours) [age];? [job];Score 1 [first];Type de prêt [kind]",
]


@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_columns_are_found_by_their_readable_names_in_either_language(header, encoding):
    content = f"{header}\n500001;5000,5;-12000;-300;0,25;cash\n".encode(encoding)
    read = read_upload(content, READABLE)
    expected = {"number": 500001, "amount": 5000.5, "age": -12000, "job": -300, "first": 0.25, "kind": "cash"}
    assert (read.rows[0].application, read.unknown_columns) == (expected, [])


@pytest.mark.parametrize("column", ["Amount of the credit (k€)", "Montant du crédit (millions)", "Âge (mois)"])
def test_a_label_with_a_unit_that_would_change_the_numbers_is_not_read(column):
    assert read_upload(f"number;job;{column}\n500001;-300;500\n".encode(), READABLE).unknown_columns == [column]


def test_amounts_in_different_currencies_are_refused():
    schema = READABLE.model_copy(
        update={"fields": tuple(field.model_copy(update={"unit": "currency"}) for field in READABLE.fields[:2])}
    )
    names = [field.name for field in schema.fields]
    with pytest.raises(UnreadableTable, match=r"amounts in € and in \$"):
        read_upload(f"number;{names[0]};{names[1]}\n500001;500000 €;25000 $\n".encode(), schema)
    assert read_upload(f"number;{names[0]};{names[1]}\n500001;500000 €;25000 EUR\n".encode(), schema).rows


def test_columns_that_were_found_by_their_label_alone_are_told():
    read = read_upload("Âge;amount\n-12000;1\n".encode(), READABLE)
    assert read.notes[-1].fr == "Colonnes lues par leur nom lisible\u00a0: Âge → age"
    assert not read_upload("Âge [age];amount\n-12000;1\n".encode(), READABLE).notes


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("Score;amount", "ambiguous_label"),
        ("Âge;age", "same_field"),
        ("Âge;Age", "same_field"),
        ("Montant;x", "no_field"),
    ],
)
def test_a_label_that_can_mean_two_fields_or_none_is_refused(header, code):
    with pytest.raises(UnreadableTable) as caught:
        read_upload(f"{header}\n1;2\n".encode(), READABLE)
    assert caught.value.code == code


def test_categories_are_found_by_their_readable_texts_where_only_one_has_it():
    read = read_upload(b"kind;age\nPRET PERSONNEL;1\nCash loan;2\nCarte;3\ncard;4\nSame;5\nother;6\n;7\n", READABLE)
    kinds = [row.application.get("kind") for row in read.rows]
    assert kinds == ["cash", "cash", "card", "card", "Same", "other", None]
    assert read.notes[-1].en.startswith("Column kind: readable categories are read: ")


def test_of_two_decimal_marks_a_column_is_named_too_if_all_its_numbers_are_whole():
    rows = "".join(f"{i},5;{i % 3}.0;{i}\n" for i in range(3000))
    with pytest.raises(UnreadableTable) as caught:
        read_upload(f"amount;first;age\n{rows}".encode(), READABLE)
    assert "decimal points (cells): first; with decimal commas: amount (3000)." in str(caught.value)


def test_of_two_decimal_marks_the_columns_are_named_with_the_number_of_cells():
    rows = "".join(f"{i},5;{i}.25;{i}\n" for i in range(500))
    with pytest.raises(UnreadableTable) as caught:
        read_upload(f"amount;first;age\n{rows}7;8;9\n".encode(), READABLE)
    assert caught.value.code == "two_decimal_marks"
    assert "decimal points (cells): first (500); with decimal commas: amount (500)." in str(caught.value)
    assert "points décimaux (cellules)\u00a0: first (500)" in caught.value.french
