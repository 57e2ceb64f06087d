"""The deployment job of the workflow, against a stand-in for Heroku and a real git remote."""

import shutil
import sys
from functools import partial

import pytest

from tests.deployment.heroku_stand_in import KEY, NAME, Heroku
from tests.deployment.workflow_steps import Steps, read_workflow
from tests.http_servers import QuietHandler, serving

SECRETS = {"HEROKU_API_KEY": KEY, "HEROKU_APP": NAME}
FAST = {"SMOKE_ATTEMPTS": "2", "SMOKE_PAUSE": "0.01", "HEROKU_PAUSE": "0.01", "HEROKU_ATTEMPTS": "3"}


@pytest.fixture
def scripts(root, checkout):
    """The scripts in the checkout, as the workflow calls them."""
    (checkout / ".git" / "info" / "exclude").write_text(".github\n", encoding="utf-8")
    return shutil.copytree(root / ".github" / "scripts", checkout / ".github" / "scripts")


@pytest.fixture
def heroku(remote):
    return Heroku(remote)


@pytest.fixture
def deploy(root, tmp_path, run, scripts, heroku, checkout):
    """Run the workflow's deployment; gives its steps afterwards."""
    job = read_workflow(root / ".github" / "workflows" / "ci.yml")["jobs"]["deploy"]

    def run_job(secrets=SECRETS, **settings):
        with heroku.running() as addresses:
            there = partial(run, cwd=checkout)
            steps = Steps(job["steps"], there, tmp_path, secrets, **{**FAST, **addresses, **settings})
            steps.good = steps.follow()
        assert KEY not in steps.said
        return steps

    return run_job


@pytest.fixture
def commit(git, checkout):
    """Commit a text, and a table that names one client."""

    def commit_text(text, client="500001"):
        (checkout / "file.txt").write_text(text, encoding="utf-8")
        (checkout / "df_sample.csv").write_text(f"SK_ID_CURR\n{client}\n", encoding="utf-8")
        git(checkout, "add", "file.txt", "df_sample.csv")
        git(checkout, "commit", "--quiet", "--message", text)
        return git(checkout, "rev-parse", "HEAD")

    return commit_text


@pytest.fixture
def first(heroku, commit, git, checkout):
    """A release that works, of a commit with a client of its own."""
    heroku.healthy.add("works")
    made = commit("works", client="500009")
    git(checkout, "push", "--quiet", heroku.remote, "HEAD:refs/heads/main")
    heroku.take_push()
    return made


@pytest.fixture
def ask(run, scripts, heroku, checkout, tmp_path):
    """Run heroku.py alone, after a push of what is checked out unless told otherwise."""
    script = tmp_path / "ask.sh"
    script.write_text(f'exec {sys.executable} .github/scripts/heroku.py "$@"\n', encoding="utf-8")

    def run_command(command, **settings):
        with heroku.running() as addresses:
            return run(script, command, cwd=checkout, **{**SECRETS, **FAST, **addresses, **settings})

    return run_command


@pytest.fixture
def bad(first, heroku, commit, git, checkout):
    """A later release, of a commit that does not work."""
    made = commit("broken")
    git(checkout, "push", "--quiet", heroku.remote, "HEAD:refs/heads/main")
    heroku.take_push()
    return made


def test_a_commit_that_works_is_deployed_and_stays(deploy, first, heroku, commit):
    heroku.healthy.add("better")
    made = commit("better")
    steps = deploy()
    assert steps.good, steps.said
    assert heroku.current()["slug"]["id"] == f"slug-{made}"
    assert steps.ran == [
        "Release that serves before",
        "Deploy",
        "Wait until this commit serves",
        "Smoke test of the deployed service",
    ]


def test_after_a_failing_smoke_test_the_former_release_comes_back_and_the_run_and_its_repetition_fail(
    deploy, first, heroku, commit
):
    made = commit("broken")
    steps = deploy()
    assert not steps.good
    assert steps.ran[-2:] == ["Smoke test of the deployed service", "Bring the former release back"]
    assert heroku.current()["description"] == "Rollback to v2"
    assert heroku.current()["slug"]["id"] == f"slug-{first}"
    assert "client 500009 is ACCEPTED" in steps.said  # the client of the former commit, unknown to the later one
    assert (
        f"::error::heroku roll-back: v3 (commit {made[:8]}) was not accepted. v2 serves again, as v4, at {heroku.url}; "
        "its smoke test passed" in steps.said
    )
    again = deploy()  # Heroku takes the same commit for known, and the former release still serves
    assert not again.good
    assert f"commit {made[:8]} was pushed, but release v4 (Rollback to v2) serves" in again.said
    assert "Push a new commit." in again.said
    assert "this run made no release, so nothing was rolled back: release v4 (Rollback to v2) serves now" in again.said


def test_a_run_that_is_cancelled_before_its_smoke_test_leaves_nothing_that_was_not_tried(deploy, first, heroku, commit):
    commit("broken")
    steps = deploy(cancelled_in="Deploy")
    assert steps.ran == ["Release that serves before", "Deploy", "Bring the former release back"]
    assert heroku.current()["slug"]["id"] == f"slug-{first}"


def test_after_a_failing_first_deployment_there_is_nothing_to_bring_back(deploy, heroku, commit):
    made = commit("broken")
    steps = deploy()
    assert not steps.good
    assert f"no earlier release has code, so nothing was rolled back: release v2 (Deploy {made[:8]})" in steps.said
    assert not any(one.startswith("POST") for one in heroku.asked)


def test_after_a_refused_push_the_message_says_what_serves(deploy, first, heroku, commit):
    hook = heroku.remote / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    hook.chmod(0o755)
    commit("broken")
    steps = deploy()
    assert not steps.good
    assert "Smoke test of the deployed service" not in steps.ran
    assert f"made no release, so nothing was rolled back: release v2 (Deploy {first[:8]}) serves now" in steps.said


def test_without_secrets_the_run_fails_before_anything_is_pushed_and_names_them(deploy, first, heroku, commit):
    commit("broken")
    steps = deploy(secrets={})
    assert not steps.good
    assert steps.ran == ["Release that serves before"]
    assert "heroku before: these variables are not set: HEROKU_API_KEY HEROKU_APP" in steps.said


def test_where_the_address_is_dead_the_message_says_that_the_former_release_fails_too(ask, bad, heroku, free_port):
    heroku.dead = f"http://127.0.0.1:{free_port}/"
    outcome = ask("roll-back", VERSION_BEFORE="2")
    assert outcome.returncode == 1
    assert f"v2 serves again, as v4, at {heroku.dead}; its smoke test FAILED: look at it at once" in outcome.stderr


def test_the_key_is_not_taken_to_another_server(ask, first, heroku):
    reached = []

    class Elsewhere(QuietHandler):
        def do_GET(self):
            reached.append(self.path)

    with serving(Elsewhere) as heroku.moved:
        outcome = ask("before")
    assert "Heroku answered 302 to GET" in outcome.stderr
    assert reached == []


@pytest.mark.parametrize("status", [401, 422])
def test_a_roll_back_that_heroku_refuses_says_what_serves_and_what_to_do_by_hand(ask, bad, heroku, status):
    heroku.refused = status
    outcome = ask("roll-back", VERSION_BEFORE="2")
    assert outcome.returncode == 1
    assert f"release v3 (Deploy {bad[:8]}) still serves, though it was not accepted" in outcome.stderr
    assert f"Heroku answered {status} to POST /apps/{NAME}/releases: Release is not eligible" in outcome.stderr
    assert outcome.stderr.strip().endswith(f"By hand: heroku rollback v2 --app {NAME}")


@pytest.mark.parametrize(("done", "said"), [(False, "no usable answer"), (True, "v2 serves again, as v4")])
def test_a_roll_back_without_an_answer_is_looked_up_and_not_asked_for_twice(ask, bad, heroku, done, said):
    heroku.late, heroku.done = 2, done
    outcome = ask("roll-back", VERSION_BEFORE="2", HEROKU_SECONDS="1")
    assert outcome.returncode == 1
    assert said in outcome.stderr
    assert len([one for one in heroku.asked if one.startswith("POST")]) == 1


def test_a_roll_back_that_heroku_makes_and_answers_with_a_fault_is_found(ask, bad, heroku):
    heroku.refused, heroku.done = 503, True
    assert "v2 serves again, as v4" in ask("roll-back", VERSION_BEFORE="2").stderr


def test_a_release_that_others_made_afterwards_is_not_rolled_away(ask, bad, heroku):
    heroku.add("Set SCORING_OPEN config vars", f"slug-{bad}")
    outcome = ask("roll-back", VERSION_BEFORE="2")
    assert "others made a release after v3: release v4 (Set SCORING_OPEN config vars) serves now" in outcome.stderr
    assert f"To go back by hand: heroku rollback v2 --app {NAME}" in outcome.stderr
    assert heroku.current()["version"] == 4


def test_a_release_that_others_made_just_before_the_push_is_what_comes_back(ask, first, heroku, commit, git, checkout):
    heroku.add("Set SCORING_OPEN config vars", f"slug-{first}")  # v3; the run saw v2
    commit("broken")
    git(checkout, "push", "--quiet", heroku.remote, "HEAD:refs/heads/main")
    outcome = ask("roll-back", VERSION_BEFORE="2")
    assert "v3 serves again, as v5" in outcome.stderr


def test_of_two_runs_at_once_the_earlier_leaves_the_later_ones_release_alone(ask, bad, heroku, commit, git, checkout):
    commit("the other run's")
    git(checkout, "push", "--quiet", heroku.remote, "HEAD:refs/heads/main")
    git(checkout, "checkout", "--quiet", bad)
    outcome = ask("roll-back", VERSION_BEFORE="2")
    assert "others made a release after v3: release v4 (Deploy" in outcome.stderr
    assert heroku.current()["version"] == 4
    assert "Either another release came since" in ask("serving").stderr


def test_processes_of_the_former_release_are_waited_for(ask, bad, heroku):
    heroku.old_dynos = 2
    outcome = ask("serving")
    assert outcome.returncode == 0, outcome.stderr
    assert heroku.asked.count("GET /dynos") == 3
    heroku.old_dynos = 9
    assert "processes of a former release are still running" in ask("serving").stderr


def test_a_release_that_is_pending_is_waited_for(ask, bad, heroku):
    heroku.releases[-1] |= {"status": "pending", "current": False}
    heroku.releases[-2] |= {"current": True}
    outcome = ask("serving")
    assert f"was pushed, but release v3 (Deploy {bad[:8]}) is still pending" in outcome.stderr
    assert heroku.asked.count("GET /releases") == 3


def test_a_fault_of_heroku_is_asked_about_again(ask, first, heroku):
    heroku.faults = 2
    outcome = ask("before")
    assert outcome.returncode == 0, outcome.stderr
    assert f"release v2 (Deploy {first[:8]}) serves now" in outcome.stdout
    heroku.faults = 3
    assert "Heroku answered 503 to GET" in ask("before").stderr


def test_a_key_that_heroku_does_not_know_is_not_shown(ask, first):
    outcome = ask("before", HEROKU_API_KEY="another-key")
    assert outcome.returncode == 1
    assert "Heroku answered 401" in outcome.stderr
    assert "another-key" not in outcome.stdout + outcome.stderr


@pytest.mark.parametrize("given", ["", "v2"])
def test_a_roll_back_without_the_version_before_is_refused(ask, bad, given):
    outcome = ask("roll-back", VERSION_BEFORE=given)
    assert outcome.returncode == 1
    assert f"VERSION_BEFORE is {given!r}, expected the number that heroku.py before gave" in outcome.stderr


def test_a_release_of_an_image_is_recognised_by_its_description(ask, bad, heroku, first):
    for release in heroku.releases[1:]:
        release |= {"slug": None, "oci_image": {"id": "image"}}
    assert ask("serving").returncode == 0
    heroku.refused = 422
    outcome = ask("roll-back", VERSION_BEFORE="2")
    assert f"By hand: heroku rollback v2 --app {NAME}" in outcome.stderr


OK = b"HTTP/1.0 200 OK\r\n\r\n"


@pytest.mark.parametrize(
    "sent",
    [OK + b"[{}]", OK + b"<html>", OK + b"[" * 9999, b"\n::warning::x\n\n", OK[:-2] + b"Content-Length: 9\r\n\r\n[]"],
)
def test_an_answer_of_another_form_is_told_in_one_line(ask, bad, heroku, sent):
    heroku.garbage["GET /releases"] = sent
    outcome = ask("roll-back", VERSION_BEFORE="2")
    assert outcome.returncode == 1
    said = (
        "heroku roll-back: nothing was rolled back, since it is not known which release serves. Heroku gave no usable"
    )
    assert outcome.stderr.startswith(said)
    assert outcome.stderr.endswith(f" If it is one after v2, go back by hand: heroku rollback v2 --app {NAME}\n")
    assert outcome.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("POST", "may still serve, though it was not accepted: it could not be rolled back."),
        ("GET /dynos", "v2 serves again, as v4; its smoke test was not run: Heroku gave no usable answer to GET"),
        ("GET ", "v2 serves again, as v4; its smoke test was not run: Heroku gave no usable answer to GET"),
    ],
)
def test_an_answer_of_another_form_during_the_roll_back_does_not_hide_what_serves(ask, bad, heroku, asked, said):
    heroku.garbage[asked] = OK + b"{}"
    outcome = ask("roll-back", VERSION_BEFORE="2")
    assert (outcome.returncode, outcome.stderr.count("\n")) == (1, 1)
    assert said in outcome.stderr


def test_a_release_that_is_still_pending_is_replaced_and_one_that_failed_is_left(ask, bad, heroku):
    heroku.releases[-1] |= {"status": "failed", "current": False}
    heroku.releases[-2] |= {"current": True}
    assert "v3 (commit " in (failed := ask("roll-back", VERSION_BEFORE="2").stderr)
    assert (
        f"never served, so nothing was rolled back: release v2 ({heroku.releases[1]['description']}) serves" in failed
    )
    heroku.releases[-1]["status"] = "pending"
    assert "v2 serves again, as v4" in ask("roll-back", VERSION_BEFORE="2").stderr


@pytest.mark.parametrize("key", [f"{KEY}\n", f"{KEY} x", f"{KEY}é"])
def test_a_key_with_a_character_that_no_key_has_is_not_shown(ask, heroku, key):
    outcome = ask("before", HEROKU_API_KEY=key)
    assert outcome.stderr.startswith("heroku before: HEROKU_API_KEY has a character that no key has")
    assert KEY not in outcome.stdout + outcome.stderr
    assert heroku.asked == []


@pytest.mark.parametrize("number", ["x", "0", "-1", "1e9", "nan"])
def test_a_setting_that_is_no_number_is_named(ask, number):
    outcome = ask("before", HEROKU_ATTEMPTS=number)
    assert outcome.stderr == f"heroku before: HEROKU_ATTEMPTS is {number!r}, expected a number from 1\n"
