"""Loads, kills, reloads and replays a service that records: nothing that was answered may be missing; ``make drill``.

``python -m benchmarks.decision_drills [--seconds 30] [--times 20] [--reloads 100] [--replayed 10000]``: real gunicorn
with four workers, 16 connections, SQLite and PostgreSQL, signed checkpoints. Exit code 1 if a promise was not kept.
"""

import argparse
import csv
import json
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import chain, cycle, pairwise
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from benchmarks.decision_load import (
    CONNECTIONS,
    PROJECT,
    WORKERS,
    Callers,
    Service,
    applications,
    chosen_model,
    send,
    train_models,
    wait_until,
)
from benchmarks.machine import write_result
from scoring.record.kept_record import open_store
from scoring.record.verification.deviations import Report
from scoring.record.verification.verify import verify
from scoring.storage.signature import load_public_key
from tests.postgres import Postgres

DRILLS = (
    "load", "kills of a worker", "kills of PostgreSQL", "replay", "kills of the whole service", "reloads"
)  # fmt: skip
_REFUSED_WITHIN = 3.0  # seconds in which a decision that cannot be recorded is refused; two, on a machine that is free
_COLUMNS = (
    "Drill", "Record", "Decisions answered", "Answers a second", "Answers other than 200", "Requests lost",
    "Longest wait", "Missing in the record", "Verified: entries, chains, checkpoints", "Deviations",
)  # fmt: skip


class Place(NamedTuple):
    """Where a service records.

    Attributes
    ----------
    server : None for SQLite.
    """

    name: str
    url: str
    folder: Path
    key: Path
    server: Postgres | None

    @property
    def checkpoints(self) -> Path:
        """Name the file of checkpoints outside the database."""
        return self.folder / "checkpoints"

    def service(self, **environment: str) -> Service:
        """Make a service that records here, and signs."""
        settings = {"SCORING_DECISIONS": self.url, "SCORING_DECISIONS_KEY": str(self.key)}
        outside = {"SCORING_DECISIONS_CHECKPOINTS": str(self.checkpoints)}
        return Service(self.folder, **settings, **outside, **environment)

    def read(self, statement: str) -> list[tuple[Any, ...]]:
        """Read rows of the record."""
        session = open_store(self.url).open_session()
        try:
            return session.rows(statement)
        finally:
            session.close()


class Outcome(NamedTuple):
    """What came of a drill: a line of the table, or a sentence alone, and the promises that were not kept."""

    cells: tuple[str, ...]
    broken: list[str]


@contextmanager
def places(names: Iterable[str]) -> Iterator[Callable[[], Iterator[Place]]]:
    """Give what makes a new, empty record in each kind of database."""
    server = Postgres()
    with tempfile.TemporaryDirectory(prefix="drills") as name:
        key = Path(name) / "key.pem"
        key.touch(0o600)
        made = Ed25519PrivateKey.generate()
        key.write_bytes(made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

        def make() -> Iterator[Place]:
            for kind in names:
                folder = Path(tempfile.mkdtemp(dir=name))
                is_file = kind == "SQLite"
                url = str(folder / "decisions.db") if is_file else server.new_database()
                yield Place(kind, url, folder, key, None if is_file else server)

        try:
            yield make
        finally:
            server.end()


def examine(drill: str, place: Place, asked: Callers, seconds: float, *, may_fail: Iterable[int] = ()) -> Outcome:
    """Compare what was answered with what is recorded, and verify the record, once the service has ended.

    Parameters
    ----------
    seconds : how long was asked.
    may_fail : statuses that the drill may cause besides 200.
    """
    there = {one for (one,) in place.read("SELECT id FROM record_entries WHERE kind = 'decision'")}
    missing, report = set(asked.ids) - there, Report()
    key = load_public_key(place.key)
    found = [str(one) for one in verify(open_store(place.url), report, key, place.checkpoints, lambda _: None)]
    others = {status: count for status, count in asked.statuses.items() if status != 200}
    refused = asked.longest.get(503, 0.0)
    promises = {
        f"{len(missing)} answered decisions are missing": not missing,
        "two answers have the same decision_id": len(set(asked.ids)) == len(asked.ids),
        f"the record has {len(there)} decisions": asked.lost or others or len(there) == len(asked.ids),
        f"statuses: {others}": set(others) <= set(may_fail),
        f"a decision was refused after {refused:.1f} s": refused <= _REFUSED_WITHIN,
        f"{asked.wrong} answers lack an id or Retry-After": not asked.wrong,
        "; ".join(found[:5]): not found,
        f"{report.uncovered} entries are not covered by a checkpoint": not report.uncovered,
    }
    cells = (
        drill, place.name, f"{len(asked.ids):,}", f"{sum(asked.statuses.values()) / seconds:,.0f}",
        ", ".join(f"{count:,} times {status}" for status, count in others.items()) or "none", f"{asked.lost:,}",
        f"{max(asked.longest.values()):.1f} s", str(len(missing)),
        f"{report.entries:,}, {report.chains}, {report.checkpoints}", str(len(found)),
    )  # fmt: skip
    return Outcome(cells, [f"{drill}, {place.name}: {what}" for what, kept in promises.items() if not kept])


def bundled_clients(folder: Path = PROJECT) -> list[int]:
    """Read the numbers of the clients that stand beside a model."""
    with (folder / "df_sample.csv").open(encoding="utf-8", newline="") as file:
        return [int(row["SK_ID_CURR"]) for row in csv.DictReader(file)]


def load(place: Place, seconds: float) -> Outcome:
    """Ask for some time; nothing else happens."""
    with place.service() as service, Callers(service.port, bundled_clients()) as asked:
        time.sleep(seconds)
    slowest = statistics.quantiles(asked.took, n=100)[98]
    name = f"{seconds:.0f} s of load; 99 % of the answers within {1000 * slowest:.0f} ms"
    outcome = examine(name, place, asked, seconds)
    lost = [f"{name}, {place.name}: {asked.lost} requests lost"] if asked.lost else []
    return Outcome(outcome.cells, outcome.broken + lost)


def kill(what: str, act: Callable[[Service], None], place: Place, times: int, may_fail: Iterable[int] = ()) -> Outcome:
    """Kill something again and again; each time, decisions are answered before and afterwards."""
    begun = time.monotonic()
    with place.service() as service, Callers(service.port, bundled_clients()) as asked:
        for turn in range(times):
            asked.wait_for_more()
            act(service)
            print(f"\r{place.name}: {what} killed {turn + 1} times of {times}", end="", file=sys.stderr)
        asked.wait_for_more()
    print(file=sys.stderr)
    name = f"{what} killed {times} times"
    return examine(name, place, asked, time.monotonic() - begun, may_fail=may_fail)


def restart(service: Service) -> None:
    """Kill a service, and start it again."""
    service.kill()
    service.start()


def kill_database(place: Place, times: int) -> Outcome | None:
    """Kill PostgreSQL again and again; None for SQLite, which is no process."""
    if (server := place.server) is None:
        return None

    def act(_: Service) -> None:
        server.kill()
        server.start()

    return kill("PostgreSQL", act, place, times, may_fail=[503])


def swap(models: list[Path], place: Place, times: int) -> Outcome:
    """Reload again and again, each time with the other of two models, until the answers are the new one's."""
    begun, client = time.monotonic(), _clients(models[:2])[0]
    with (
        chosen_model(models) as (link, choose),
        place.service(SCORING_ARTEFACTS=str(link)) as service,
        Callers(service.port, _clients(models[:2])) as asked,
    ):
        served, following = "", cycle(models[:2])
        for turn in range(times + 1):
            choose(next(following))
            if turn:
                service.reload()
            served = wait_for_other_model(service, client, served)
            print(f"\r{place.name}: reloaded {turn} times of {times}", end="", file=sys.stderr)
        asked.wait_for_more()
    print(file=sys.stderr)
    outcome = examine(f"{times} reloads, two models in turn", place, asked, time.monotonic() - begun)
    events = [json.loads(content) for (content,) in place.read(_EVENTS)]
    versions = [one["model_version"] for one in events if "event" in one]
    promises = {
        f"{asked.lost} requests lost": not asked.lost,
        f"{len(versions)} starts and reloads are recorded": len(versions) == times + 1,
        "not each reload changed the model": all(one != other for one, other in pairwise(versions)),
    }
    broken = [f"reloads, {place.name}: {what}" for what, kept in promises.items() if not kept]
    return Outcome(outcome.cells, outcome.broken + broken)


_EVENTS = "SELECT content FROM record_entries WHERE kind = 'model' ORDER BY time, id"


def wait_for_other_model(service: Service, client: int, *former: str) -> str:
    """Wait until all workers have a model of another version; returns the version."""
    versions: set[str] = set()

    def happens() -> bool:
        answers = [send(service.port, "GET", f"/explain/{client}") for _ in range(4 * WORKERS)]
        versions.clear()
        versions.update(str(json.loads(one.body).get("model_version")) for one in answers)
        return len(versions) == 1 and not versions & {*former}

    wait_until(happens, "a new model")
    return versions.pop()


def _clients(models: Iterable[Path]) -> list[int]:
    """Read the numbers of the clients that all models have."""
    return sorted(set.intersection(*({*bundled_clients(model)} for model in models)))


def replay(place: Place, models: list[Path], count: int) -> Outcome:
    """Decide with three models, one after the other, then score all decisions again; the only cell is a sentence."""
    ids: list[str] = []
    versions: list[str] = []
    with chosen_model(models) as (link, choose), place.service(SCORING_ARTEFACTS=str(link)) as service:
        for turn, model in enumerate(models):
            choose(model)
            if turn:
                service.reload()
            versions.append(wait_for_other_model(service, _clients(models)[0], *versions))
            ids += _decide(service.port, bundled_clients(model), (count * (turn + 1)) // len(models) - len(ids))
        begun = time.monotonic()
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            shown = [*pool.map(partial(_replayed, service.port), ids)]
        seconds = time.monotonic() - begun
    same = Counter(one["decision"]["content"]["model_version"] for one in shown if one["replay"]["same"] is True)
    furthest = max((one["replay"]["difference"] or 0.0 for one in shown), default=0.0)
    outcomes = Counter(one["replay"]["decision"] for one in shown)
    said = (
        f"{place.name}: {sum(same.values()):,} of {len(ids):,} decisions of {len(same)} versions "
        f"({', '.join(f'{number:,}' for number in same.values())}) were scored again with the same result by "
        f"`GET /decisions/<decision_id>`, {len(ids) / seconds:,.0f} a second; {outcomes['ACCEPTED']:,} acceptances, "
        f"{outcomes['REFUSED']:,} refusals; the probabilities differ by {furthest:.1g} at most."
    )
    kept = sum(same.values()) == len(ids) == count and len(same) == len(models)
    return Outcome((said,), [] if kept else [f"replay: {said}"])


def _decide(port: int, clients: list[int], count: int) -> list[str]:
    """Ask for decisions on clients, then on new applications; returns their ids."""
    draw, asked = random.Random(count), clients[: count // 2]
    ids = [json.loads(send(port, "GET", f"/predict/{client}").body)["decision_id"] for client in asked]
    while len(ids) < count:
        answer = send(port, "POST", "/predict", applications(draw, min(250, count - len(ids))))
        ids += [one["decision_id"] for one in json.loads(answer.body)["predictions"]]
    return ids


def _replayed(port: int, decision_id: str) -> dict[str, Any]:
    """Ask for a decision, scored again; on a busy machine, the record may not answer in time."""
    for _ in range(20):
        answer = send(port, "GET", f"/decisions/{decision_id}")
        if answer.status == 200:
            shown: dict[str, Any] = json.loads(answer.body)
            return shown
        time.sleep(1)
    raise TimeoutError(f"GET /decisions/<decision_id> answers {answer.status}: {answer.body.decode()}")


def list_drills(options: argparse.Namespace, models: list[Path]) -> dict[str, Callable[[Place], Outcome | None]]:
    """List all drills, the shortest first."""
    return {
        "load": partial(load, seconds=options.seconds),
        "kills of a worker": partial(kill, "a worker", Service.kill_a_worker, times=options.times),
        "kills of PostgreSQL": partial(kill_database, times=options.times),
        "replay": partial(replay, models=models, count=options.replayed),
        "kills of the whole service": partial(kill, "the whole service", restart, times=options.times),
        "reloads": partial(swap, models, times=options.reloads),
    }


def report(outcomes: list[Outcome], left: list[str]) -> str:
    """Write what came of the drills in Markdown, and which of them are left."""
    rows, said = [one.cells for one in outcomes if len(one.cells) > 1], [one for one in outcomes if len(one.cells) == 1]
    broken = [*chain.from_iterable(one.broken for one in outcomes)]
    lines = [
        f"gunicorn with {WORKERS} workers, {CONNECTIONS} connections of 50 requests each; nine lookups to one list of",
        "two new applications. Checkpoints are signed, and written outside the database too. Killed means SIGKILL. A",
        "lost request got no whole answer, so that its caller knows of no decision.",
        "",
        f"| {' | '.join(_COLUMNS)} |",
        "|---" * len(_COLUMNS) + "|",
        *(f"| {' | '.join(cells)} |" for cells in rows),
        "",
        "Replay, after the model of the service has changed twice (scorecard, LightGBM, another scorecard):",
        "",
        *(f"- {one.cells[0]}" for one in said),
        "",
        "Every promise was kept." if not broken else "Not kept:\n\n" + "\n".join(f"- {one}" for one in broken),
        *([f"\nNot run: {', '.join(left)}."] if left else []),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run all drills, print and write the dated table."""
    options = argparse.ArgumentParser()
    options.add_argument("--seconds", type=float, default=30.0, help="of load")
    options.add_argument("--times", type=int, default=20, help="that each is killed")
    options.add_argument("--reloads", type=int, default=100)
    options.add_argument("--replayed", type=int, default=10_000, help="decisions that are scored again")
    options.add_argument("--drills", nargs="+", default=DRILLS, choices=DRILLS)
    options.add_argument("--records", nargs="+", default=["SQLite", "PostgreSQL"], choices=["SQLite", "PostgreSQL"])
    options.add_argument("--models", type=Path, help="folder with first, second and third, of an earlier run")
    options.add_argument("--print", action="store_true", help="write no file")
    chosen = options.parse_args()
    outcomes: list[Outcome] = []
    command = " ".join(["python -m benchmarks.decision_drills", *sys.argv[1:]])
    with tempfile.TemporaryDirectory() as folder, places(chosen.records) as new:
        earlier = chosen.models and [chosen.models / name for name in ("first", "second", "third")]
        drills = list_drills(chosen, earlier or train_models(Path(folder)))
        for name in chosen.drills:
            drill = drills.pop(name)
            outcomes += [outcome for place in new() if (outcome := drill(place))]
            written = report(outcomes, [*drills])
            if not chosen.print:  # again after each drill: all of them take long
                write_result("decision-drills", command, written)
    print(written)
    sys.exit(1 if any(one.broken for one in outcomes) else 0)


if __name__ == "__main__":
    main()
