"""The notebooks run, and what is committed of them shows synthetic clients and nothing of a machine."""

import ast
import re
import runpy

import nbformat
import pytest

NAMES = ("exploration", "modelisation")
PICTURES = {"exploration": 8, "modelisation": 12}
FIRST_SYNTHETIC = 500_000
CLIENTS = 600
LARGEST = 1_500_000  # bytes
# The kernel's own warnings, of how it is shut down, are none of ours.
STRICT = "import warnings\nwarnings.simplefilter('error')\nwarnings.filterwarnings('default', module='ipykernel')"
QUICK = "from tests.few_resamples import few_resamples\nfew_resamples().__enter__()"


@pytest.fixture(params=NAMES)
def path(request, project):
    return project / "notebook" / f"{request.param}.ipynb"


@pytest.fixture
def notebook(path):
    return nbformat.read(path, as_version=4)


@pytest.fixture(scope="module")
def program(project):
    return runpy.run_path(str(project / "notebook" / "execute.py"))


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def outputs(notebook):
    return [output for cell in code(notebook) for output in cell.outputs]


def pictures(notebook):
    return [output.data["image/png"] for output in outputs(notebook) if "image/png" in output.get("data", {})]


def shown(notebook):
    """Everything in words that the outputs show."""
    texts = []
    for output in outputs(notebook):
        texts += [output.get("text", "")]
        texts += [text for kind, text in output.get("data", {}).items() if kind.startswith("text/")]
    return "\n".join(texts)


@pytest.mark.parametrize("name", [pytest.param("exploration", marks=pytest.mark.drill), "modelisation"])
def test_a_notebook_runs_from_top_to_bottom_without_a_warning(project, program, name, tmp_path, monkeypatch):
    monkeypatch.setenv("NOTEBOOK_CLIENTS", str(CLIENTS))
    monkeypatch.delenv("NOTEBOOK_DATA", raising=False)
    path = project / "notebook" / f"{name}.ipynb"
    before = path.read_bytes()
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(f"{STRICT}\n{QUICK}"))
    ran = program["execute"](notebook, tmp_path)
    assert len(pictures(ran)) == PICTURES[name]
    assert [output.text for output in outputs(ran) if output.get("name") == "stderr"] == []
    assert list(tmp_path.iterdir()) == []
    assert path.read_bytes() == before


def test_a_notebook_is_committed_as_it_ran_from_top_to_bottom(notebook):
    assert [cell.execution_count for cell in code(notebook)] == list(range(1, len(code(notebook)) + 1))
    assert {output.output_type for output in outputs(notebook)} <= {"stream", "display_data", "execute_result"}
    assert all(output.get("name", "stdout") == "stdout" for output in outputs(notebook))


def test_a_notebook_is_committed_with_its_pictures_and_stays_small(path, notebook):
    assert len(pictures(notebook)) == PICTURES[path.stem]
    assert path.stat().st_size < LARGEST


def test_a_notebook_calls_the_package_and_has_no_functions_of_its_own(notebook):
    for cell in code(notebook):
        lines = [line for line in cell.source.splitlines() if not line.startswith("%")]
        for node in ast.walk(ast.parse("\n".join(lines))):
            own = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            assert not own, cell.source


def test_a_notebook_says_that_its_clients_are_synthetic(notebook):
    assert "**The clients here are synthetic.**" in notebook.cells[0].source
    assert "synthetic: True" in shown(notebook)


def test_a_notebook_shows_no_number_that_a_real_client_may_have(path, notebook):
    words = shown(notebook)
    assert "SK_ID_CURR" not in words
    numbers = [int(number) for number in re.findall(r"client_id\D*(\d+)", words)]
    assert all(number >= FIRST_SYNTHETIC for number in numbers)
    assert bool(numbers) == (path.stem == "modelisation")


def test_a_notebook_tells_nothing_of_the_machine_it_ran_on(notebook):
    words = "\n".join(cell.source for cell in notebook.cells) + shown(notebook)
    assert re.findall(r"(?<![\w.])/(?:root|home|Users|tmp|var|opt|work|build)/|(?<!\w)[A-Z]:\\", words) == []
    assert notebook.metadata == {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    assert all(cell.metadata == {} for cell in notebook.cells)
    assert all(output.get("metadata", {}) == {} for output in outputs(notebook))


def test_both_notebooks_stand_in_the_docs_with_their_commands(project):
    page = (project / "docs" / "notebooks.md").read_text(encoding="utf-8")
    for name in NAMES:
        assert f"../notebook/{name}.ipynb" in page
    assert "python notebook/execute.py" in page
    assert "NOTEBOOK_DATA" in page
    assert "NOTEBOOK_CLIENTS" in page


def test_every_link_of_a_notebook_leads_somewhere(path, notebook):
    links = [link for cell in notebook.cells for link in re.findall(r"\]\(([^)#:]+)\)", cell.source)]
    assert links
    assert [link for link in links if not (path.parent / link).exists()] == []
