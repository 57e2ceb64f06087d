import pytest

from scoring.monitoring.estimation.estimate import Estimate
from tests.commands import run_command


@pytest.fixture(scope="module")
def run(project, trained, synthetic_folder):
    def run(*arguments, reference=synthetic_folder):
        given = () if reference is None else ("--reference", reference)
        return run_command("estimate", "--model", trained[1], *given, "--resamples", "100", *arguments, cwd=project)

    return run


def test_a_table_is_estimated_as_text_and_as_json(run, synthetic_folder, tmp_path):
    file = tmp_path / "estimate.json"
    done = run("--current", synthetic_folder, "--json", file)
    assert done.returncode == 0, done.stderr
    found = Estimate.model_validate_json(file.read_text(encoding="utf-8"))
    assert (found.answer, found.current.clients, found.reference.clients) == ("known", 3000, 601)
    value = found.figures["default_rate"].value
    assert f"default rate of all            {100 * value:>7.2f} %" in done.stdout
    assert "A change of the relation itself cannot be seen without outcomes" in done.stdout
    again = run("--current", synthetic_folder, "--json", file)
    assert again.returncode == 0, again.stderr


def test_without_a_reference_the_answer_says_that_it_is_not_reweighted(run, synthetic_folder):
    done = run("--current", synthetic_folder, reference=None)
    assert "limited: without a reference, nothing shows whether the calibration still holds" in done.stdout


def test_wrong_options_are_named(run, synthetic_folder, tmp_path):
    done = run("--current", synthetic_folder, "--from", "2026-11-01")
    assert (done.returncode, "need a decision record" in done.stderr) == (2, True)
    done = run("--current", tmp_path / "none.csv")
    assert (done.returncode, "none.csv: not found" in done.stderr) == (1, True)
    other = tmp_path / "notes.json"
    other.write_text("{}", encoding="utf-8")
    done = run("--current", synthetic_folder, "--json", other)
    assert (done.returncode, "is not an earlier result of this command" in done.stderr) == (1, True)


def test_an_empty_record_is_refused(run, tmp_path):
    from scoring.record.kept_record import open_record

    file = tmp_path / "decisions.db"
    open_record(str(file)).close()
    done = run("--current", file)
    assert (done.returncode, "not found, or empty" in done.stderr) == (1, True)
