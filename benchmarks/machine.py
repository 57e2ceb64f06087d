"""Describe the machine of a measurement, and write dated results."""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).resolve().parent


def machine() -> str:
    """Processor, cores, system and Python in one line."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    model = models[0] if models else "processor unknown"
    return f"{model}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def write_result(name: str, command: str, body: str) -> Path:
    """Write ``<name>-<date>.md`` with the command and the machine above the table."""
    day = datetime.now(UTC).date().isoformat()
    path = RESULTS / f"{name}-{day}.md"
    path.write_text(f"# {name}, {day}\n\n`{command}` on {machine()}.\n\n{body}", encoding="utf-8")
    return path


def children(pid: int) -> list[int]:
    """List the child processes of a process; Linux only."""
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


def processor_seconds(pid: int, *, ended: bool = False) -> float:
    """Seconds of a processor that a process took, with those of its ``ended`` children if asked; Linux only."""
    numbers = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(") ")[2].split()
    return sum(map(int, numbers[11 : 15 if ended else 13])) / os.sysconf("SC_CLK_TCK")
