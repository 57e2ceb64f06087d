"""A stand-in for Heroku: an API about releases, which come from a real git remote, and the service that it runs."""

import json
import subprocess
import time
from contextlib import contextmanager

from tests.http_servers import QuietHandler, serving

KEY = "made-up-key-0123456789"
NAME = "scoring-example"


class Heroku:
    """What Heroku knows about one application.

    Attributes
    ----------
    healthy : texts of the commits whose service works; each knows the client that its df_sample.csv names.
    dead : address that is given for the application's.
    moved : address to which every question is sent on.
    refused : status with which a change is answered instead of being made.
    late : seconds after which a change has no answer.
    done : whether a change is made all the same.
    faults : number of questions that are answered by 503.
    garbage : by method and path, the bytes that are sent instead of an HTTP answer.
    old_dynos : number of questions to which the processes are still those of the former release.
    asked : what was asked.
    """

    def __init__(self, remote):
        self.remote, self.url, self.dead, self.moved = remote, "", "", ""
        self.releases, self.pushed, self.healthy = [], [], set()
        self.refused, self.late, self.done, self.asked, self.faults, self.old_dynos = None, 0, False, [], 0, 0
        self.garbage = {}
        self.add("Initial release", None)

    def add(self, description, slug, status="succeeded"):
        """Make a release, by whoever it may be."""
        for release in self.releases:
            release["current"] = False
        self.releases.append(
            {
                "id": f"release-{len(self.releases) + 1}",
                "version": len(self.releases) + 1,
                "description": description,
                "slug": slug and {"id": slug},
                "status": status,
                "current": True,
                "eligible_for_rollback": slug is not None,
            }
        )
        return self.releases[-1]

    def take_push(self):
        """Make a release of what was pushed."""
        shown = subprocess.run(["git", "-C", self.remote, "rev-parse", "-q", "--verify", "main"], capture_output=True)
        commit = shown.stdout.decode().strip()
        if commit and commit not in self.pushed:
            self.pushed.append(commit)
            self.add(f"Deploy {commit[:8]}", f"slug-{commit}")

    def current(self):
        return next(release for release in self.releases if release["current"])

    def served(self):
        """Return what the file and the table of the commit that serves have in them."""
        commit = self.current()["slug"]["id"].removeprefix("slug-")
        show = ["git", "-C", self.remote, "show"]
        parts = [subprocess.check_output([*show, f"{commit}:{name}"]) for name in ("file.txt", "df_sample.csv")]
        return parts[0].decode().strip(), parts[1].decode().split()[1]

    @contextmanager
    def running(self):
        """Run the API and the service; yields the variables that the scripts need."""

        class Api(Asked):
            heroku = self

        class Service(Served):
            heroku = self

        with serving(Api) as api, serving(Service) as service:
            self.url = self.dead or f"{service}/"
            yield {"HEROKU_API_URL": api, "HEROKU_GIT_URL": str(self.remote)}


class Asked(QuietHandler):
    """Heroku's API."""

    def json(self, status, content):
        self.answer(status, "application/json", json.dumps(content).encode())

    def do_GET(self):
        heroku, path = self.heroku, self.path.removeprefix(f"/apps/{NAME}")
        heroku.asked.append(f"GET {path}")
        if f"GET {path}" in heroku.garbage:
            return self.wfile.write(heroku.garbage[f"GET {path}"])
        if heroku.moved:
            return self.answer(302, "text/plain", b"", Location=heroku.moved)
        if self.headers["Authorization"] != f"Bearer {KEY}":
            return self.json(401, {"id": "unauthorized", "message": "Invalid credentials provided."})
        if heroku.faults:
            heroku.faults -= 1
            return self.json(503, {"message": "Heroku is down."})
        heroku.take_push()
        if path == "/releases":
            return self.json(206, heroku.releases)
        if path.startswith("/slugs/"):
            return self.json(200, {"commit": path.removeprefix("/slugs/slug-")})
        if path == "/dynos":
            version = heroku.current()["version"] - (heroku.old_dynos > 0)
            heroku.old_dynos -= 1
            return self.json(200, [{"type": "web", "state": "up", "release": {"version": version}}])
        return self.json(200, {"web_url": heroku.url})

    def do_POST(self):
        heroku = self.heroku
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        heroku.asked.append(f"POST {asked}")
        if "POST" in heroku.garbage:
            return self.wfile.write(heroku.garbage["POST"])
        made = None
        if heroku.done or not (heroku.refused or heroku.late):
            former = next(release for release in heroku.releases if release["id"] == asked["release"])
            made = heroku.add(f"Rollback to v{former['version']}", former["slug"]["id"])
        if heroku.refused:
            return self.json(heroku.refused, {"id": "refused", "message": "Release is not eligible for rollback."})
        if heroku.late:
            return time.sleep(heroku.late)
        return self.json(201, made)


class Served(QuietHandler):
    """The service of the commit that serves."""

    def do_GET(self):
        text, client = self.heroku.served()
        if self.path == "/health":
            return self.answer(200, "application/json", b"{}")
        if self.path == "/predict/999999" or self.path != f"/predict/{client}":
            return self.answer(404, "application/problem+json", b"{}")
        if text not in self.heroku.healthy:
            return self.answer(500, "application/problem+json", b"{}")
        return self.answer(200, "application/json", b'{"probability": 0.25, "decision": "ACCEPTED"}')
