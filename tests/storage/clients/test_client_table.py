import pandas as pd
import pytest

from scoring.errors import ClientTableError
from scoring.model.schema import Identity
from scoring.storage.artefacts import read_manifest
from scoring.storage.clients.client_table import ClientFacts, model_ready_clients, read_client_file

IDENTITY = Identity(name="SK_ID_CURR", digits=6)


@pytest.fixture
def write(tmp_path):
    def writing(text):
        path = tmp_path / "df_sample.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return writing


def read(path, identity=IDENTITY):
    return model_ready_clients(read_client_file(path, identity), path.name, identity, ["a", "b"])


def test_rows_and_numbers_are_read_exactly(write):
    table = read(write("SK_ID_CURR,TARGET,a,b\n500001,0,0.1,-3\n500000,1,1e-300,12345678.123456789\n"))
    assert table.client_ids.tolist() == [500001, 500000]
    assert table.rows.tolist() == [[0.1, -3.0], [1e-300, 12345678.123456789]]


def test_features_are_taken_by_name_in_the_order_asked_for(write):
    table = read(write("b,SK_ID_CURR,a\n2,500000,1\n"))
    assert table.rows.tolist() == [[1.0, 2.0]]


def test_true_and_false_count_as_one_and_zero(write):
    assert read(write("SK_ID_CURR,a,b\n500000,True,1\n500001,False,2\n")).rows[:, 0].tolist() == [1.0, 0.0]


def test_one_message_lists_all_errors_of_a_table(write):
    path = write("SK_ID_CURR,a,b\n500000,1,x\n500000,,inf\n500001,abc,3\n")
    with pytest.raises(ClientTableError) as caught:
        read(path)
    message = str(caught.value)
    assert message.startswith("df_sample.csv: 3 errors\n")
    assert "SK_ID_CURR has duplicate numbers: 500000" in message
    assert "column a has cells that are not finite numbers: empty (line 3), abc (line 4)" in message
    assert "column b has cells that are not finite numbers: x (line 2), inf (line 3)" in message


@pytest.mark.parametrize("number", ["12345", "1234567", "500000.5", "-50000", "", "abc", "1e400"])
def test_a_client_number_of_another_form_is_named_with_its_line(write, number):
    with pytest.raises(ClientTableError, match=r"SK_ID_CURR has values that are not exactly 6 digits .*line 3"):
        read(write(f"SK_ID_CURR,a,b\n500000,1,2\n{number},1,2\n"))


def test_client_numbers_that_parquet_stores_as_texts_are_read_as_those_of_a_csv_file(tmp_path):
    table = pd.DataFrame({"SK_ID_CURR": ["500000", "500001.0", " 0500002 ", "+500003"], "a": range(4), "b": range(4)})
    table.to_parquet(tmp_path / "clients.parquet")
    assert read(tmp_path / "clients.parquet").client_ids.tolist() == [500000, 500001, 500002, 500003]


def test_a_header_without_clients_is_refused(write):
    with pytest.raises(ClientTableError, match="has a header, but no row"):
        read(write("SK_ID_CURR,a,b\n"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"SK_ID_CURR,a,a\n1,2,3\n", "has duplicate columns: a"),
        (b"\xff\xfe\x00S\xd8", "cannot be read"),
    ],
)
def test_a_file_that_is_not_a_table_is_refused(write, content, message):
    with pytest.raises(ClientTableError, match=message):
        read(write(content))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("SK_ID_CURR,a,b\n500000,1,2\n500001,1,2,3,4\n", "line 3 has 5 cells, the header has 3"),
        ("SK_ID_CURR,a,b\n500000,1,2,3\n500001,1,2,3\n", "line 2 has 4 cells, the header has 3"),
    ],
)
def test_rows_longer_than_the_header_are_refused(write, content, message):
    with pytest.raises(ClientTableError, match=message):
        read(write(content))


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "the file is empty"), (b"SK_ID_CURR,a,b\n", "has a header, but no row"), (b"\x89PNG\x00", "is not text")],
)
def test_content_that_is_no_table_is_refused_with_the_files_name(tmp_path, content, message):
    with pytest.raises(ClientTableError, match=f"clients.csv: .*{message}"):
        read_client_file(tmp_path / "clients.csv", IDENTITY, content=content)


def test_numbers_of_a_published_table_have_a_decimal_point_whatever_they_look_like(tmp_path):
    content = b"SK_ID_CURR,a,b\n500000,1.234,5.678\n"
    frame = read_client_file(tmp_path / "clients.csv", IDENTITY, content=content)
    assert model_ready_clients(frame, "clients.csv", IDENTITY, ["a", "b"]).rows.tolist() == [[1.234, 5.678]]


def test_a_missing_file_is_named_with_its_folder(tmp_path):
    with pytest.raises(ClientTableError, match=f"{tmp_path}/clients.csv: not found"):
        read(tmp_path / "clients.csv")


def test_the_longest_numbers_are_told_apart(write):
    path = write("client,a,b\n999999999999999999,1,2\n999999999999999998,1,2\n7,1,2\n0,1,2\n")
    table = read(path, Identity(name="client"))
    assert table.client_ids.tolist() == [999999999999999999, 999999999999999998, 7, 0]


@pytest.mark.parametrize("number", ["1000000000000000000", "-1", "1.5", "abc", ""])
def test_numbers_of_any_length_have_at_most_eighteen_digits(write, number):
    with pytest.raises(ClientTableError, match=r"client has values that are not 1 to 18 digits .*: .*line 3"):
        read(write(f"client,a,b\n7,1,2\n{number},1,2\n"), Identity(name="client"))


def test_text_ids_are_read_to_the_letter(write):
    path = write("client,a,b\n007,1,2\nNA,1,2\n1e5,1,2\ntrue,1,2\n")
    table = read(path, Identity(name="client", kind="text"))
    assert table.client_ids.tolist() == ["007", "NA", "1e5", "true"]


def test_facts_with_a_duplicate_client_are_refused(project, tmp_path):
    schema = read_manifest(project / "modele_retenu.json").input_schema
    facts = pd.read_csv(project / "applications_sample.csv").head(3)
    path = tmp_path / "applications_sample.csv"
    pd.concat([facts, facts.head(1)]).to_csv(path, index=False)
    with pytest.raises(ClientTableError, match=f"duplicate numbers: {facts.iloc[0, 0]}"):
        ClientFacts(path, schema, path.read_bytes())
