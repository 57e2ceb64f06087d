import subprocess
import sys

import pandas as pd
import pytest

from scoring.features.tables import MARKER


def run(*arguments, cwd):
    ended = subprocess.run(
        [sys.executable, "-m", "scoring", *map(str, arguments)], cwd=cwd, capture_output=True, text=True, check=False
    )
    return ended.returncode, ended.stdout, ended.stderr


@pytest.fixture(scope="module")
def made_up(project, tmp_path_factory):
    folder = tmp_path_factory.mktemp("made up")
    code, _, said = run("synthesize", "--clients", 3000, "--seed", 4, "--out", folder, cwd=project)
    assert code == 0, said
    return folder


def test_synthesize_then_train_then_serve(made_up, project, tmp_path):
    code, printed, said = run("train", "--data", made_up, "--out", tmp_path, "--sample", 20, cwd=project)
    assert code == 0, said
    assert "cost_per_client" in printed
    assert "folds" in said  # the progress bar
    from fonction_api_prediction import create_app
    from scoring.settings import Settings

    client = create_app(Settings(artefacts=tmp_path)).test_client()
    number = pd.read_csv(tmp_path / "df_sample.csv")["SK_ID_CURR"].iloc[0]
    assert client.get(f"/predict/{number}").status_code == 200


@pytest.fixture
def unmarked(made_up, tmp_path):
    """Make a folder that could hold real people: the generator's mark is missing."""
    folder = tmp_path / "unmarked"
    folder.mkdir()
    (folder / "application_train.parquet").write_bytes((made_up / "application_train.parquet").read_bytes())
    return folder


@pytest.mark.parametrize("out", [".", "docs", "new/folder"])
def test_train_refuses_to_write_unmarked_data_into_a_repository(unmarked, project, tmp_path, out):
    repository = tmp_path / "repository"
    (repository / "docs").mkdir(parents=True)
    subprocess.run(["git", "init", "--quiet", repository], check=True)
    code, _, said = run("train", "--data", unmarked, "--out", repository / out, cwd=project)
    assert code == 1
    assert "lies in a git repository that would track it, and the data is not marked synthetic" in said
    assert "Traceback" not in said
    assert list((repository / "docs").iterdir()) == []


def test_train_writes_unmarked_data_into_a_folder_that_git_ignores(unmarked, project, tmp_path):
    repository = tmp_path / "repository"
    repository.mkdir()
    subprocess.run(["git", "init", "--quiet", repository], check=True)
    (repository / ".gitignore").write_text("/out/\n", encoding="utf-8")
    out = repository / "out"
    assert run("train", "--data", unmarked, "--out", out, "--sample", 5, cwd=project)[0] == 0
    assert (out / "modele_retenu.json").exists()


def test_a_mark_beside_real_client_numbers_is_not_believed(unmarked, project, tmp_path):
    path = unmarked / "application_train.parquet"
    table = pd.read_parquet(path)
    table["SK_ID_CURR"] -= 400_000
    table.to_parquet(path)
    (unmarked / MARKER).write_text('{"generator": "x"}', encoding="utf-8")
    code, _, said = run("train", "--data", unmarked, "--out", tmp_path / "out", cwd=project)
    assert code == 1
    assert "marked synthetic, but holds client numbers below 500000" in said


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"SK_ID_CURR": [1]}, "column TARGET is missing"),
        (None, "holds no table application_train"),
    ],
)
def test_a_folder_without_the_table_or_its_columns_is_refused_in_one_message(project, tmp_path, content, message):
    data = tmp_path / "data"
    data.mkdir()
    if content:
        pd.DataFrame(content).to_csv(data / "application_train.csv.gz", index=False)
    code, _, said = run("train", "--data", data, "--out", tmp_path / "out", cwd=project)
    assert code == 1
    assert message in said
    assert "Traceback" not in said


@pytest.mark.parametrize("clients", [0, -5])
def test_a_number_of_clients_that_is_none_is_refused(project, tmp_path, clients):
    code, _, said = run("synthesize", "--clients", clients, "--out", tmp_path, cwd=project)
    assert code == 1
    assert str(clients) in said
    assert "Traceback" not in said
