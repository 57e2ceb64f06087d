import hashlib
import shutil
import zipfile

import pytest

# Runs the file it is given; stands in for pytest, so that no registry is needed.
STAND_IN = "import runpy, sys\nrunpy.run_path(sys.argv[1])\nprint('the stand-in ran', sys.argv[1])\n"


@pytest.fixture
def project(root, tmp_path):
    """A project with nothing but a gate, and the one package that its environment may hold."""
    folder = tmp_path / "project"
    scripts = folder / ".github" / "scripts"
    scripts.mkdir(parents=True)
    shutil.copy(root / ".github" / "scripts" / "gate.sh", scripts)
    (folder / "requirements.txt").write_text("# nothing\n", encoding="utf-8")
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    path = wheels / "pytest-1.2.3-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("pytest/__main__.py", STAND_IN)
        information = "pytest-1.2.3.dist-info"
        wheel.writestr(f"{information}/METADATA", "Metadata-Version: 2.1\nName: pytest\nVersion: 1.2.3\n")
        tag = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        wheel.writestr(f"{information}/WHEEL", tag)
        wheel.writestr(f"{information}/RECORD", "")
    lock = folder / "requirements" / "gate.txt"
    lock.parent.mkdir()
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    lock.write_text(f"pytest==1.2.3 --hash=sha256:{digest}\n", encoding="utf-8")
    return folder


@pytest.fixture
def gate(run, project):
    def run_gate(test, requirements="# nothing\n"):
        (project / "test.py").write_text(test, encoding="utf-8")
        (project / "requirements.txt").write_text(requirements, encoding="utf-8")
        offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(project.parent / "wheels")}
        return run(project / ".github" / "scripts" / "gate.sh", cwd=project.parent, **offline)

    return run_gate


@pytest.mark.drill
def test_a_test_that_passes_opens_the_gate_in_an_environment_without_what_development_has(gate):
    test = "import importlib.util, pathlib\nassert pathlib.Path('requirements.txt').exists()\n"
    test += "assert all(importlib.util.find_spec(name) is None for name in ('flask', 'numpy', 'hypothesis'))\n"
    outcome = gate(test)
    assert outcome.returncode == 0, outcome.stderr
    assert "the stand-in ran test.py" in outcome.stdout


def test_a_test_that_fails_keeps_the_gate_shut(gate):
    outcome = gate("raise AssertionError('another probability')\n")
    assert outcome.returncode != 0
    assert "another probability" in outcome.stderr


@pytest.mark.drill
def test_a_requirement_that_cannot_be_installed_keeps_the_gate_shut(gate):
    outcome = gate("pass\n", requirements=f"no-such-requirement==1.0 --hash=sha256:{64 * '0'}\n")
    assert outcome.returncode != 0
    assert "no-such-requirement" in outcome.stderr
    assert "the stand-in ran" not in outcome.stdout


@pytest.mark.drill
@pytest.mark.parametrize(
    ("requirement", "said"),
    [
        (f"pytest==1.2.3 --hash=sha256:{64 * '0'}", "THESE PACKAGES DO NOT MATCH THE HASHES"),
        ("pytest==1.2.3", "Hashes are required in --require-hashes mode"),
    ],
)
def test_a_package_that_is_not_what_was_locked_keeps_the_gate_shut(gate, project, requirement, said):
    (project / "requirements" / "gate.txt").write_text(f"{requirement}\n", encoding="utf-8")
    outcome = gate("pass\n")
    assert outcome.returncode != 0
    assert said in outcome.stderr
    assert "the stand-in ran" not in outcome.stdout


@pytest.mark.drill
def test_the_projects_own_gate_opens_on_the_serving_requirements(run):
    outcome = run("gate.sh", timeout=900)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert " passed" in outcome.stdout
