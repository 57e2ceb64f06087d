import base64
import subprocess

import pytest

from tests.http_servers import QuietHandler, serving

KEY = "made-up-key-0123456789"
SECRETS = {"HEROKU_API_KEY": KEY, "HEROKU_APP": "scoring-example"}


def commit(git, folder, text):
    (folder / "file.txt").write_text(text, encoding="utf-8")
    git(folder, "add", "file.txt")
    git(folder, "commit", "--quiet", "--message", text)


def test_the_commit_that_is_checked_out_becomes_main_of_the_remote(run, git, checkout, remote):
    outcome = run("deploy.sh", cwd=checkout, HEROKU_GIT_URL=str(remote), **SECRETS)
    assert outcome.returncode == 0, outcome.stderr
    assert git(remote, "rev-parse", "main") == git(checkout, "rev-parse", "HEAD")
    assert f"commit {git(checkout, 'rev-parse', '--short', 'HEAD')} is deployed to scoring-example" in outcome.stdout
    commit(git, checkout, "second")
    assert run("deploy.sh", cwd=checkout, HEROKU_GIT_URL=str(remote), **SECRETS).returncode == 0
    assert git(remote, "rev-parse", "main") == git(checkout, "rev-parse", "HEAD")


def test_an_older_commit_does_not_replace_a_newer_one(run, git, checkout, remote):
    commit(git, checkout, "second")
    run("deploy.sh", cwd=checkout, HEROKU_GIT_URL=str(remote), **SECRETS)
    deployed = git(remote, "rev-parse", "main")
    git(checkout, "checkout", "--quiet", "HEAD~1")
    outcome = run("deploy.sh", cwd=checkout, HEROKU_GIT_URL=str(remote), **SECRETS)
    assert outcome.returncode == 1
    assert "was not accepted" in outcome.stderr
    assert git(remote, "rev-parse", "main") == deployed


def test_a_build_that_the_platform_refuses_fails_with_what_it_said(run, checkout, remote):
    hook = remote / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'the build failed: no such requirement'\nexit 1\n", encoding="utf-8")
    hook.chmod(0o755)
    outcome = run("deploy.sh", cwd=checkout, HEROKU_GIT_URL=str(remote), **SECRETS)
    assert outcome.returncode == 1
    assert "no such requirement" in outcome.stderr
    assert "was not accepted; what git and the build said stands above" in outcome.stderr


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({}, "HEROKU_API_KEY HEROKU_APP"),
        ({"HEROKU_APP": "scoring-example"}, "HEROKU_API_KEY"),
        ({"HEROKU_API_KEY": KEY, "HEROKU_APP": ""}, "HEROKU_APP"),
    ],
)
def test_without_the_secrets_nothing_is_pushed_and_the_missing_ones_are_named(
    run, git, checkout, remote, given, missing
):
    outcome = run("deploy.sh", cwd=checkout, HEROKU_GIT_URL=str(remote), **given)
    assert outcome.returncode == 1
    assert f"these secrets are not set: {missing}. docs/deployment.md" in outcome.stderr
    assert KEY not in outcome.stdout + outcome.stderr
    assert git(remote, "for-each-ref") == ""


def test_what_cannot_be_an_applications_name_is_refused_before_it_becomes_an_address(run, checkout):
    outcome = run("deploy.sh", cwd=checkout, HEROKU_API_KEY=KEY, HEROKU_APP="app.example.org/x")
    assert outcome.returncode == 1
    assert "HEROKU_APP is not the name of a Heroku application" in outcome.stderr


@pytest.fixture
def git_over_http(remote, environment):
    """A git server that wants the key as the password, as Heroku's does."""
    right = "Basic " + base64.b64encode(f"heroku:{KEY}".encode()).decode()

    class Git(QuietHandler):
        def do_GET(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.headers.get("Authorization") != right:
                return self.answer(401, "text/plain", b"", WWW_Authenticate='Basic realm="git"')
            path, _, query = self.path.partition("?")
            cgi = {"GIT_PROJECT_ROOT": str(remote.parent), "GIT_HTTP_EXPORT_ALL": "1", "REMOTE_USER": "heroku"}
            cgi |= {"PATH_INFO": path, "QUERY_STRING": query, "REQUEST_METHOD": self.command}
            cgi |= {"CONTENT_TYPE": self.headers.get("Content-Type", ""), "CONTENT_LENGTH": str(len(body))}
            done = subprocess.run(["git", "http-backend"], input=body, env=environment | cgi, capture_output=True)
            head, _, content = done.stdout.partition(b"\r\n\r\n")
            headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
            status = int(headers.get("Status", "200").split()[0])
            return self.answer(status, headers.get("Content-Type", "text/plain"), content)

        def do_POST(self):
            self.do_GET()

    return Git


def test_the_key_reaches_the_remote_and_stands_neither_in_the_log_nor_on_a_command_line(
    run, git, checkout, remote, git_over_http
):
    with serving(git_over_http) as address:
        url = f"{address}/{remote.name}"
        outcome = run("deploy.sh", cwd=checkout, HEROKU_GIT_URL=url, GIT_TRACE="1", **SECRETS)
    assert outcome.returncode == 0, outcome.stderr
    assert git(remote, "rev-parse", "main") == git(checkout, "rev-parse", "HEAD")
    # GIT_TRACE lists every command that git ran, the credential helper among them.
    assert "HEROKU_API_KEY" in outcome.stderr
    assert KEY not in outcome.stdout + outcome.stderr
    assert KEY not in (checkout / ".git" / "config").read_text(encoding="utf-8")


def test_a_key_that_the_remote_does_not_know_fails_without_asking_for_another(
    run, git, checkout, remote, git_over_http
):
    with serving(git_over_http) as address:
        url = f"{address}/{remote.name}"
        outcome = run(
            "deploy.sh", cwd=checkout, HEROKU_GIT_URL=url, HEROKU_API_KEY="other", HEROKU_APP="scoring-example"
        )
    assert outcome.returncode == 1
    assert "was not accepted" in outcome.stderr
    assert git(remote, "for-each-ref") == ""
