"""How much memory a worker takes while it gets large bodies at once, and how much it keeps."""

import json
import sys
import threading
import time
from pathlib import Path

from benchmarks.hostile_requests import post
from benchmarks.machine import write_result
from benchmarks.posts import applications
from benchmarks.request_costs import one_worker, send

AT_ONCE = 8
MOST_PEAK, MOST_KEPT = 250, 100  # MiB more than at the start
_PAUSE = 2  # seconds after which a worker is idle again


def bodies() -> dict[str, tuple[str, bytes]]:
    """Return bodies of some 8 MB, each with its content type, by description."""
    kinds = {
        "1,000 applications of 121 fields, 3 MB": json.dumps({"applications": (applications() * 4)[:1000]}).encode(),
        "120,000 objects": b'{"data":[[' + b",".join(b'{"k%027d":"%032d"}' % (i, i) for i in range(120_000)) + b"]]}",
        "240,000 keys": b"{" + b",".join(b'"%020x":%d' % (i, 10**9 + i) for i in range(240_000)) + b"}",
        "one text": b'{"a":"' + b"x" * 8_300_000 + b'"}',
        "one text of escapes": b'{"a":"' + rb"\u00e9" * 1_390_000 + b'"}',
        "2,700,000 empty lists": b'{"data":[[' + b"[]," * 2_700_000 + b"1]]}",
        "4,000,000 numbers": b'{"data":[[' + b"1," * 4_000_000 + b"1]]}",
    }
    header = ",".join(f"column {i}" for i in range(400)).encode()
    table = header + b"\n" + (b"1," * 399 + b"1\n") * 10_000
    return {name: ("application/json", body) for name, body in kinds.items()} | {"a table": ("text/csv", table)}


def memory(pid: int, name: str) -> float:
    """Memory of a process in MiB: ``VmRSS`` now, or ``VmHWM`` at its peak."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{name}:"))


def measure(kind: str, body: bytes) -> tuple[float, float, float, set[int]]:
    """MiB at the start, at the peak and kept, of the one worker of a service; and the statuses of its answers."""
    request = post("/table" if kind == "text/csv" else "/predict", body, kind)
    statuses: list[int] = []
    with one_worker() as (port, pid):
        before = memory(pid, "VmRSS")
        callers = [threading.Thread(target=lambda: statuses.append(send(port, request))) for _ in range(AT_ONCE)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        time.sleep(_PAUSE)
        return before, memory(pid, "VmHWM"), memory(pid, "VmRSS"), set(statuses)


def main() -> None:
    """Measure, print and write the dated table; exits with 1 where a worker takes or keeps too much."""
    lines = [
        f"{AT_ONCE} bodies of some 8 MB at once; MiB of one worker.",
        "",
        f"| Body | status | at the start | more at the peak (goal <= {MOST_PEAK}) | kept (goal <= {MOST_KEPT}) |",
        "|---|---|---|---|---|",
    ]
    missed = False
    for name, (kind, body) in bodies().items():
        before, peak, after, statuses = measure(kind, body)
        missed = missed or peak - before > MOST_PEAK or after - before > MOST_KEPT
        status = ", ".join(map(str, sorted(statuses)))
        lines.append(f"| {name} | {status} | {before:.0f} | {peak - before:.0f} | {after - before:.0f} |")
        print(lines[-1], file=sys.stderr)
    write_result("body-memory", "python -m benchmarks.body_memory", "\n".join(lines) + "\n")
    if missed:
        sys.exit("a goal was missed")


if __name__ == "__main__":
    main()
