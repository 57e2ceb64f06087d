"""Ask Heroku which release serves, and bring the former one back. See docs/deployment.md.

    heroku.py before      before the push: the release that serves now (output "version")
    heroku.py serving     after it: waits until the commit that is checked out serves (output "url")
    heroku.py roll-back   after a failure: brings the former release back, tries it, and ends with exit code 1

HEROKU_API_KEY, HEROKU_APP         as for deploy.sh
HEROKU_API_URL                     where Heroku's API answers; by default its own
VERSION_BEFORE                     for roll-back: what "before" found
HEROKU_ATTEMPTS, HEROKU_PAUSE      how often a release is waited for (60), and the seconds in between (5)
HEROKU_SECONDS                     for one answer of Heroku's API (30)
SMOKE_..., SCORING_API_KEY         as for smoke.sh, which roll-back runs
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parent
SECONDS, PAUSE = (float(os.environ.get(f"HEROKU_{name}", usual)) for name, usual in (("SECONDS", 30), ("PAUSE", 5)))
ATTEMPTS = int(os.environ.get("HEROKU_ATTEMPTS", "60"))
TRIES = 3


class Failed(Exception):
    """One message for the person who reads the log."""


class NoAnswer(Failed):
    """Heroku may have done what it was asked for, or not."""


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would take the key to another server."""

    def redirect_request(self, *_):
        """Make an error of every redirect."""


def ask(path, body=None):
    """Ask Heroku about the application; what changes something is asked once only."""
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
            with urllib.request.build_opener(NoRedirect).open(request, timeout=SECONDS) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            said = f"Heroku answered {error.code} to {asked}: {read_message(error)}"
            if error.code < 500:
                raise Failed(said) from None
            said = NoAnswer(said)
        except (OSError, ValueError) as error:
            said = NoAnswer(f"Heroku gave no usable answer to {asked}: {error}")
        if body is not None or attempt == TRIES:
            raise said
        time.sleep(PAUSE)
    raise AssertionError


def read_message(error):
    """Take Heroku's own words out of an error."""
    try:
        return json.load(error)["message"]
    except (OSError, ValueError, KeyError, TypeError):
        return error.reason


def list_releases():
    """List the latest releases, the newest first."""
    return sorted(ask("/releases"), key=lambda release: -release["version"])


def find_current(releases):
    return next((release for release in releases if release["current"]), None)


def commit_of(release):
    """Return the commit that a release was built from, or its beginning; empty for one without code."""
    if release.get("slug"):
        return ask(f"/slugs/{release['slug']['id']}")["commit"] or ""
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
    for _ in range(ATTEMPTS):
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
        time.sleep(PAUSE)
    else:
        raise Failed(f"commit {commit[:8]} was pushed, but {name(releases[0])} is still pending")
    if not serves_alone(current):
        raise Failed(f"{name(current)} serves, but processes of a former release are still running")
    url = ask("")["web_url"]
    output(url=url)
    tell(f"{name(current)} serves at {url}")


def serves_alone(release):
    """Wait until no process of a former release is left that could answer the smoke test; whether none is left."""
    for _ in range(ATTEMPTS):
        web = [dyno for dyno in ask("/dynos") if dyno["type"] == "web"]
        if all(dyno["release"]["version"] >= release["version"] for dyno in web):
            return True
        time.sleep(PAUSE)
    return False


def roll_back():
    """Bring back the release before the one that this run made, unless others have made one since; always fails."""
    was, commit = version_before(), head()
    releases = list_releases()
    current = find_current(releases)
    made = [release for release in releases if release["version"] > was and is_of(release, commit)]
    serves = f"{name(current)} serves now" if current else "nothing serves now"
    if not made:
        raise Failed(f"this run made no release, so nothing was rolled back: {serves}")
    bad = made[-1]
    earlier = [one for one in releases if one["version"] < bad["version"]]
    former = next((one for one in earlier if has_code(one) and one.get("eligible_for_rollback", True)), None)
    if current is None or current["version"] != bad["version"]:
        hand = f" To go back by hand: {by_hand(former)}" if former else ""
        raise Failed(f"nothing was rolled back, since others made a release after v{bad['version']}: {serves}.{hand}")
    if former is None:
        raise Failed(
            f"no earlier release has code, so nothing was rolled back: {serves}, and its smoke test failed or was not "
            "run. Push a commit that mends it."
        )
    again = bring_back(former, bad)
    if not serves_alone(again):
        tell(f"processes of a release before v{again['version']} are still running")
    if again["version"] != bad["version"] + 1:
        tell(f"others made a release between v{bad['version']} and v{again['version']}; look at it: heroku releases")
    url, outcome = ask("")["web_url"], "passed"
    if try_again(url, commit_of(former)):
        outcome = f"FAILED: look at it at once (heroku logs --app {os.environ['HEROKU_APP']})"
    raise Failed(
        f"v{bad['version']} (commit {commit[:8]}) was not accepted. v{former['version']} serves again, as "
        f"v{again['version']}, at {url}; its smoke test {outcome}"
    )


def by_hand(former):
    return f"heroku rollback v{former['version']} --app {os.environ['HEROKU_APP']}"


def bring_back(former, bad):
    """Make a release with the code and the settings of a former one; returns it."""
    try:
        return ask("/releases", {"release": former["id"]})
    except NoAnswer as error:  # it may have been done all the same
        failed = error
        current = find_current(list_releases())
        if current["version"] > bad["version"] and current["description"] == f"Rollback to v{former['version']}":
            return current
    except Failed as error:
        failed = error
    raise Failed(
        f"{name(bad)} still serves, though it was not accepted: it could not be rolled back. {failed}. By hand: "
        f"{by_hand(former)}"
    )


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
    command = commands.get(" ".join(sys.argv[1:]))
    if command is None:
        sys.exit(f"usage: heroku.py {'|'.join(commands)}")
    try:
        if missing := [one for one in ("HEROKU_API_KEY", "HEROKU_APP") if not os.environ.get(one)]:
            raise Failed(f"these variables are not set: {' '.join(missing)}. docs/deployment.md says how to set them.")
        command()
    except Failed as error:
        sys.exit(f"{'::error::' if os.environ.get('GITHUB_ACTIONS') else ''}heroku {' '.join(sys.argv[1:])}: {error}")


if __name__ == "__main__":
    main()
