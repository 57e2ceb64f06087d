"""Ask Heroku which release serves, and bring the former one back. See docs/deployment.md.

    heroku.py before      before the push: the release that serves now (output "version")
    heroku.py serving     after it: waits until the commit that is checked out serves (output "url")
    heroku.py roll-back   after a failure: brings the former release back, tries it, and ends with exit code 1

HEROKU_API_KEY, HEROKU_APP         as for deploy.sh
HEROKU_API_URL                     where Heroku's API answers; by default its own
VERSION_BEFORE                     for roll-back: what "before" found
HEROKU_ATTEMPTS, HEROKU_PAUSE      how often to ask whether a release serves (60), and the seconds in between (5)
HEROKU_SECONDS                     for one answer of Heroku's API (30)
SMOKE_..., SCORING_API_KEY         as for smoke.sh, which roll-back runs
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from http.client import HTTPException
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parent
NUMBERS = {"SECONDS": (30, 0.1), "PAUSE": (5, 0), "ATTEMPTS": (60, 1)}  # usual and least values
TRIES = 3
RELEASE = {"id": str, "version": int, "description": str, "status": str, "current": bool}


class Failed(Exception):
    """One message for the person who reads the log."""


class NoAnswer(Failed):
    """Heroku may have done what it was asked for, or not."""


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would take the key to another server."""

    def redirect_request(self, *_):
        """Make an error of every redirect."""


def number(name):
    """Read a number from the environment."""
    usual, least = NUMBERS[name]
    given = os.environ.get(f"HEROKU_{name}", str(usual))
    if not re.fullmatch(r"\d{1,6}(\.\d{1,6})?", given, re.ASCII) or float(given) < least:
        raise Failed(f"HEROKU_{name} is {given!r}, expected a number from {least}")
    return float(given)


def check_environment():
    """Check the environment before anything is asked; the key is never shown."""
    if missing := [one for one in ("HEROKU_API_KEY", "HEROKU_APP") if not os.environ.get(one)]:
        raise Failed(f"these variables are not set: {' '.join(missing)}. docs/deployment.md says how to set them.")
    if not re.fullmatch(r"[!-~]+", os.environ["HEROKU_API_KEY"]):
        raise Failed(
            "HEROKU_API_KEY has a character that no key has, such as a line break or a blank: set the secret again."
        )
    for one in NUMBERS:
        number(one)


def ask(path, read, body=None):
    """Ask Heroku about the application, and read the answer; what changes something is asked once only."""
    address = os.environ.get("HEROKU_API_URL") or "https://api.heroku.com"
    request = urllib.request.Request(f"{address}/apps/{os.environ['HEROKU_APP']}{path}")
    request.add_header("Accept", "application/vnd.heroku+json; version=3")
    request.add_header("Authorization", f"Bearer {os.environ['HEROKU_API_KEY']}")
    if path == "/releases":
        request.add_header("Range", "version ..; max=50, order=desc")
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
    asked = f"{request.get_method()} /apps/{os.environ['HEROKU_APP']}{path}"
    for attempt in range(1, TRIES + 1):
        try:
            with urllib.request.build_opener(NoRedirect).open(request, timeout=number("SECONDS")) as answer:
                content = answer.read()
            return read(json.loads(content))
        except urllib.error.HTTPError as error:
            said = f"Heroku answered {error.code} to {asked}: {read_message(error)}"
            if error.code < 500:
                raise Failed(said) from None
            said = NoAnswer(said)
        except (OSError, HTTPException) as error:
            said = NoAnswer(f"Heroku gave no usable answer to {asked}: {error}")
        except (ValueError, TypeError, LookupError, RecursionError):
            said = NoAnswer(f"Heroku gave no usable answer to {asked}: it has another form than expected")
        if body is not None or attempt == TRIES:
            raise said
        time.sleep(number("PAUSE"))
    raise AssertionError


def read_message(error):
    """Take Heroku's own words out of an error."""
    try:
        return json.load(error)["message"]
    except (OSError, ValueError, KeyError, TypeError):
        return error.reason


def of_kind(kind, value):
    """Return a value; raises TypeError where it is of another kind."""
    if type(value) is not kind:
        raise TypeError
    return value


def read_release(answer):
    """Check a release as Heroku describes it."""
    for key, kind in RELEASE.items():
        of_kind(kind, answer[key])
    if answer.get("slug"):
        of_kind(str, answer["slug"]["id"])
    return answer


def list_releases():
    """List the latest releases, the newest first."""
    releases = ask("/releases", lambda answer: [read_release(one) for one in of_kind(list, answer)])
    return sorted(releases, key=lambda release: -release["version"])


def web_address():
    """Ask for the application's address."""
    return ask("", lambda answer: of_kind(str, answer["web_url"]))


def find_current(releases):
    return next((release for release in releases if release["current"]), None)


def commit_of(release):
    """Return the commit that a release was built from, or its beginning; empty for one without code."""
    if release.get("slug"):
        return ask(f"/slugs/{release['slug']['id']}", lambda answer: of_kind(str, answer["commit"] or ""))
    return release["description"].removeprefix("Deploy ") if release["description"].startswith("Deploy ") else ""


def is_of(release, commit):
    """Whether a release was built from a commit."""
    found = commit_of(release)
    return len(found) >= 7 and commit.startswith(found)


def has_code(release):
    """Whether a release can serve; an application's first one cannot."""
    return bool(release.get("slug") or release.get("oci_image"))


def head():
    return subprocess.run(["git", "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()


def name(release):
    return f"release v{release['version']} ({release['description']})"


def tell(text):
    print(f"heroku: {text}", flush=True)


def output(**values):
    """Set outputs of the workflow's step."""
    if path := os.environ.get("GITHUB_OUTPUT"):
        with Path(path).open("a", encoding="utf-8") as file:
            file.writelines(f"{key}={value}\n" for key, value in values.items())


def before():
    """Tell which release serves before the push."""
    current = find_current(list_releases())
    output(version=current["version"] if current else 0)
    tell(f"{name(current)} serves now" if current else "nothing was deployed before")


def version_before():
    given = os.environ.get("VERSION_BEFORE", "")
    if not given.isdecimal():
        raise Failed(f"VERSION_BEFORE is {given!r}, expected the number that heroku.py before gave")
    return int(given)


def serving():
    """Wait until the commit that is checked out serves; fail if another one does."""
    commit = head()
    for _ in range(int(number("ATTEMPTS"))):
        releases = list_releases()
        current = find_current(releases)
        if current and is_of(current, commit):
            break
        if not (releases and releases[0]["status"] == "pending"):
            serves = f"{name(current)} serves" if current else "nothing serves"
            raise Failed(
                f"commit {commit[:8]} was pushed, but {serves}. Either another release came since, or the commit had "
                "been pushed before: Heroku makes one release of a commit, so that one which was rolled back stays so. "
                "Push a new commit."
            )
        time.sleep(number("PAUSE"))
    else:
        raise Failed(f"commit {commit[:8]} was pushed, but {name(releases[0])} is still pending")
    if not serves_alone(current):
        raise Failed(f"{name(current)} serves, but processes of a former release are still running")
    url = web_address()
    output(url=url)
    tell(f"{name(current)} serves at {url}")


def read_web_versions(answer):
    """Take the release of each process that answers requests."""
    return [of_kind(int, dyno["release"]["version"]) for dyno in of_kind(list, answer) if dyno["type"] == "web"]


def serves_alone(release):
    """Wait until no process of a former release is left that could answer the smoke test; whether none is left."""
    for _ in range(int(number("ATTEMPTS"))):
        if all(version >= release["version"] for version in ask("/dynos", read_web_versions)):
            return True
        time.sleep(number("PAUSE"))
    return False


def roll_back():
    """Bring back the release before the one that this run made, unless others have made one since; always fails."""
    was, commit = version_before(), head()
    try:
        releases = list_releases()
        made = [release for release in releases if release["version"] > was and is_of(release, commit)]
    except Failed as error:
        hand = f" If it is one after v{was}, go back by hand: {by_hand(was)}" if was else ""
        raise Failed(f"nothing was rolled back, since it is not known which release serves. {error}.{hand}") from None
    current = find_current(releases)
    serves = f"{name(current)} serves now" if current else "nothing serves now"
    if not made:
        raise Failed(f"this run made no release, so nothing was rolled back: {serves}")
    bad = made[-1]
    earlier = [one for one in releases if one["version"] < bad["version"]]
    former = next((one for one in earlier if has_code(one) and one.get("eligible_for_rollback", True)), None)
    if any(one["version"] > bad["version"] for one in releases):
        hand = f" To go back by hand: {by_hand(former['version'])}" if former else ""
        raise Failed(f"nothing was rolled back, since others made a release after v{bad['version']}: {serves}.{hand}")
    if bad["status"] == "failed" and current is not bad:
        raise Failed(f"v{bad['version']} (commit {commit[:8]}) never served, so nothing was rolled back: {serves}")
    if former is None:
        raise Failed(
            f"no earlier release has code, so nothing was rolled back: {serves}, and its smoke test failed or was not "
            "run. Push a commit that mends it."
        )
    again = bring_back(former, bad)
    if again["version"] != bad["version"] + 1:
        tell(f"others made a release between v{bad['version']} and v{again['version']}; look at it: heroku releases")
    back = (
        f"v{bad['version']} (commit {commit[:8]}) was not accepted. v{former['version']} serves again, as "
        f"v{again['version']}"
    )
    try:
        if not serves_alone(again):
            tell(f"processes of a release before v{again['version']} are still running")
        url, served = web_address(), commit_of(former)
    except Failed as error:
        raise Failed(f"{back}; its smoke test was not run: {error}") from None
    outcome = "passed"
    if try_again(url, served):
        outcome = f"FAILED: look at it at once (heroku logs --app {os.environ['HEROKU_APP']})"
    raise Failed(f"{back}, at {url}; its smoke test {outcome}")


def by_hand(version):
    return f"heroku rollback v{version} --app {os.environ['HEROKU_APP']}"


def bring_back(former, bad):
    """Make a release with the code and the settings of a former one; returns it."""
    try:
        try:
            return ask("/releases", read_release, {"release": former["id"]})
        except NoAnswer:  # it may have been done all the same
            current = find_current(list_releases())
            rolled_back = f"Rollback to v{former['version']}"
            if current and current["version"] > bad["version"] and current["description"] == rolled_back:
                return current
            raise
    except NoAnswer as error:
        serves, failed = f"{name(bad)} may still serve", error
    except Failed as error:
        serves, failed = f"{name(bad)} still serves", error
    hand = by_hand(former["version"])
    raise Failed(f"{serves}, though it was not accepted: it could not be rolled back. {failed}. By hand: {hand}")


def try_again(url, commit):
    """Run the smoke test with the clients that the commit served; returns its exit code."""
    with tempfile.TemporaryDirectory() as folder:
        shown = subprocess.run(["git", "show", f"{commit}:df_sample.csv"], check=False, capture_output=True)
        clients = [] if shown.returncode else [Path(folder) / "clients.csv"]
        for path in clients:
            path.write_bytes(shown.stdout)
        return subprocess.run(["bash", SCRIPTS / "smoke.sh", url, *clients], check=False).returncode


def main():
    commands = {"before": before, "serving": serving, "roll-back": roll_back}
    command = " ".join(sys.argv[1:])
    if command not in commands:
        sys.exit(f"usage: heroku.py {'|'.join(commands)}")
    try:
        check_environment()
        commands[command]()
    except Failed as error:
        said = " ".join(str(error).split())  # a line of its own in an answer could be a command to GitHub
        sys.exit(f"{'::error::' if os.environ.get('GITHUB_ACTIONS') else ''}heroku {command}: {said}")


if __name__ == "__main__":
    main()
