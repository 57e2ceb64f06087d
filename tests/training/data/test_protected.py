import numpy as np
import pytest

from scoring.home_credit import input_schema
from scoring.model.schema import Text
from scoring.training.data.protected import find_attribute, list_undeclared, reveals, show_values
from tests.fields import field

ROWS = 1000
DRAWS = np.random.default_rng(0)
NUMBERS = DRAWS.normal(size=ROWS)


def texts(*values):
    return np.array([values[i % len(values)] for i in range(ROWS)], dtype=object)


@pytest.mark.parametrize(
    ("attribute", "names"),
    [
        (
            "sex",
            "sex SEX CODE_GENDER Sexe codeSexe Geschlecht geschlecht_kunde sexo genere geslacht plec is_male civilité",
        ),
        ("family", "MARRIAGE marital_status MaritalStatus MARITALSTATUS family-status situation_familiale état_civil"),
        (
            "family",
            "Familienstand estado_civil personal_status PERSONALSTATUSSEX CNT_CHILDREN NumberOfDependents enfants",
        ),
        ("age", "age AGE age_years ageGroup Age(years) customer_age âge Alter edad leeftijd DAYS_BIRTH dob birthDate"),
        ("age", "date_de_naissance geburtsjahr year_of_birth age_at_application"),
        (
            "nationality",
            "nationality Nationalité Staatsangehörigkeit foreign_worker citizenship place_of_birth Geburtsort",
        ),
        ("origin", "race ethnicity ETHNIC_GROUP origine_ethnique skin_colour mother_tongue"),
        ("religion", "religion Konfession church_tax"),
        ("disability", "disability handicap Schwerbehinderung"),
        ("orientation", "sexual_orientation"),
        ("opinion", "trade_union political_party"),
        ("pregnancy", "pregnant maternity_leave"),
    ],
)
def test_a_name_tells_the_attribute_in_several_languages_and_spellings(attribute, names):
    found = {name: find_attribute(field(name), NUMBERS) for name in names.split()}
    assert found == dict.fromkeys(names.split(), (attribute, "name"))


def test_a_label_tells_the_attribute_too():
    labelled = field("X2").model_copy(update={"label": Text(en="Gender", fr="Sexe")})
    assert find_attribute(labelled, NUMBERS) == ("sex", "name")


@pytest.mark.parametrize(
    "name",
    [
        *("sextant", "embrace", "trace_count", "essex", "engender", "car_age", "age_of_oldest_account", "OWN_CAR_AGE"),
        *("loan_title", "job_title", "mileage", "average", "bureau_age_mean", "Alter des Kontos", "income"),
        *("credit_history", "CNT_INSTALMENT", "percentage", "Dauer", "raceway", "visa_card", "sexy"),
    ],
)
def test_a_name_that_only_looks_like_one_does_not(name):
    assert find_attribute(field(name), NUMBERS) is None


@pytest.mark.parametrize(
    ("attribute", "values"),
    [
        ("sex", ("M", "F")),
        ("sex", ("m", "f", "M", "F")),
        ("sex", ("h", "f")),
        ("sex", ("M", "W")),
        ("sex", ("Male", "Female", "male ")),
        ("sex", ("Homme", "Femme")),
        ("sex", ("männlich", "weiblich")),
        ("sex", ("M.", "Mme", "Mlle")),
        ("sex", ("female div/dep/mar", "male single", "male mar/wid")),
        ("family", ("single", "married", "divorced")),
        ("family", ("célibataire", "marié(e)", "veuf", "divorcé(e)")),
        ("family", ("ledig", "verheiratet")),
        ("origin", ("White", "Black", "Asian")),
        ("religion", ("Catholic", "Muslim", "Hindu")),
        ("nationality", ("French", "German")),
        ("disability", ("disabled", "not disabled")),
    ],
)
def test_texts_tell_the_attribute(attribute, values):
    assert find_attribute(field("X2", "category"), texts(*values)) == (attribute, "values")


@pytest.mark.parametrize(
    "values",
    [
        ("Y", "N"),
        ("own", "rent", "free"),
        ("red", "green", "black", "white"),
        ("single payment", "instalments"),
        ("A", "B", "C"),
        ("M", "Q", "Y"),
        ("married",),
        ("CDI", "CDD", "intérim"),
    ],
)
def test_other_texts_do_not(values):
    assert find_attribute(field("X2", "category"), texts(*values)) is None


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (DRAWS.integers(18, 76, ROWS), ("age", "values")),
        (-DRAWS.integers(7000, 25000, ROWS), ("age", "values")),
        (DRAWS.integers(1938, 2002, ROWS), ("age", "values")),
        (DRAWS.integers(0, 85, ROWS), None),
        (DRAWS.integers(300, 850, ROWS), None),
        (-DRAWS.integers(0, 15000, ROWS), None),
        (DRAWS.integers(1990, 2022, ROWS), None),
        (6 * DRAWS.integers(3, 13, ROWS), None),
        (DRAWS.uniform(18, 76, ROWS), None),
    ],
)
def test_whole_numbers_tell_ages_in_years_in_days_and_years_of_birth(values, expected):
    assert find_attribute(field("X5"), values.astype(float)) == expected


def test_a_column_that_nearly_repeats_a_protected_one_is_found_whatever_its_name():
    sex = DRAWS.integers(1, 3, ROWS).astype(float)
    code = np.where(DRAWS.random(ROWS) < 0.98, 3 - sex, sex)
    age = DRAWS.integers(18, 80, ROWS).astype(float)
    fields = [
        field("sex", tier="protected"),
        field("age", tier="protected"),
        *(field(name) for name in ("code", "seniority_key", "debt")),
    ]
    values = {"sex": sex, "age": age, "code": code, "seniority_key": 3 * age + NUMBERS, "debt": NUMBERS + sex}
    assert list(list_undeclared(fields, values)) == [
        "column code reveals the protected column sex: values 1, 2",
        f"column seniority_key reveals the protected column age: {show_values(values['seniority_key'])}",
    ]


def test_a_column_that_every_client_has_in_another_way_reveals_nothing():
    assert not reveals(np.arange(100.0), texts("f", "m")[:100])
    assert not reveals(texts("a")[:100], texts("f", "m")[:100])


def test_a_value_of_a_few_clients_is_not_shown():
    values = texts("f", "m")
    values[:4] = "x"
    assert show_values(values) == "values f, m"
    assert show_values(np.array([f"t{i}" for i in range(50)], dtype=object)) == "no value that several clients share"
    assert show_values(np.repeat(np.arange(8.0), 9)) == "values 0, 1, 2, 3, 4, 5, ..."


def test_home_credits_schema_declares_all_that_is_protected():
    schema = input_schema.load_schema()
    values = {one.name: texts("a") if one.type == "category" else NUMBERS for one in schema.fields}
    assert list(list_undeclared(schema.fields, values)) == []
    assert [one.name for one in schema.fields if one.justification] == ["DAYS_BIRTH"]
