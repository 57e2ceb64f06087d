"""The folder of a run: nothing that is half done looks done, and only one run writes there.

Everything is written into ``unfinished/`` first. ``plan.json`` there says what run it is, ``progress.json`` which parts
are whole. At the end, the parts and the file of faulty rows move to their places, and ``summary.json`` is written last.
"""

import csv
import errno
import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import pyarrow as pa

from scoring.batch.arrow_rows import FaultyRow
from scoring.errors import DataError
from scoring.storage.checksums import hash_file
from scoring.storage.whole_files import real_path

SUMMARY = "summary.json"
SCORES = "scores"
ERRORS = "errors.csv"
UNFINISHED = "unfinished"
_ERROR_HEADER = b"file,row,client_id,errors\n"


class WrittenPart(NamedTuple):
    """A part that is whole.

    Attributes
    ----------
    file : its name.
    rows : of the input; ``scored`` and ``faulty`` add up to them.
    review : None where the model has no review band.
    sha256 : of the file.
    """

    file: str
    rows: int
    scored: int
    faulty: int
    refused: int
    review: int | None
    sha256: str


class OutFolder:
    """The folder of one run.

    Parameters
    ----------
    errors : where faulty rows are written; by default ``errors.csv`` in the folder.

    Attributes
    ----------
    named_errors : the full path of ``errors``; None where it is the default.
    """

    def __init__(self, path: Path, errors: Path | None = None) -> None:
        self.path, self.unfinished = path, path / UNFINISHED
        self.errors = errors or path / ERRORS
        self.named_errors = None if errors is None else str(errors.absolute())
        self.scores, self._parts = path / SCORES, self.unfinished / SCORES
        self._lock: int | None = None

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other runs out; raises DataError where there is one."""
        with self.writing():
            self.path.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DataError(
                f"--out {self.path}: another run is writing there\nWait for its end, or choose another folder."
            ) from None
        else:
            yield
        finally:
            os.close(lock)

    def refuse_errors_file(self, inputs: Sequence[Path]) -> None:
        """Raise DataError where the file of faulty rows cannot be made, or would replace another file than this run's.

        One that is there is this run's if it has the header, and the unfinished run in the folder names its path; where
        a finished run is in the folder, nothing is written.
        """
        if self.named_errors is None:
            return
        place = real_path(self.errors)
        if place in {*map(real_path, inputs)}:
            self._refuse_errors("is a file of the input")
        if {place, *place.parents} & {real_path(self.path) / name for name in (SUMMARY, SCORES, UNFINISHED)}:
            self._refuse_errors("is a place of the results")
        if place.parent != real_path(self.path) and not place.parent.is_dir():
            self._refuse_errors("is in a folder that does not exist")
        begun = self._read(self.unfinished / "plan.json") or {}
        if self.finished() is None and begun.get("errors") != self.named_errors and os.path.lexists(self.errors):
            self._refuse_errors("exists already")
        self._refuse_foreign_errors()

    def _refuse_foreign_errors(self) -> None:
        if os.path.lexists(self.errors) and not _is_errors_file(self.errors):
            self._refuse_errors("exists, and is not a file of faulty rows")

    def _refuse_errors(self, what: str) -> NoReturn:
        raise DataError(
            f"--errors {self.errors}: {what}\nName a file that does not exist yet, in a folder that does; "
            f"or leave this option out: then it is {self.path / ERRORS}."
        )

    def begin(self, plan: Mapping[str, Any]) -> tuple[dict[str, Any], list[WrittenPart]]:
        """Begin a run, or resume it.

        Parameters
        ----------
        plan : what the run depends on; a run with another plan cannot resume it. ``run`` and ``started`` are new in
            each run, and those of the first one count.

        Returns
        -------
        The plan of the first run, and the parts that are whole.
        """
        kept = self._read(self.unfinished / "plan.json")
        if kept is None:
            self._refuse_other_files()
            with self.writing():
                shutil.rmtree(self.unfinished, ignore_errors=True)
                self._parts.mkdir(parents=True)
                write_json(self.unfinished / "plan.json", plan)
            return dict(plan), []
        own = {"run", "started"}
        if differing := sorted(name for name in plan if name not in own and plan[name] != kept.get(name)):
            raise DataError(
                f"--out {self.path}: holds an unfinished run that differs in {', '.join(differing)}\n"
                "Run with the same model, input and options to resume it; or choose another folder, or remove this one."
            )
        progress = self._read(self.unfinished / "progress.json") or []
        parts = [WrittenPart(**part) for part in progress]
        return kept, parts if self.scores.is_dir() else self._whole(parts)

    def finished(self) -> dict[str, Any] | None:
        """Return the summary of a finished run; None if there is none."""
        return None if self.unfinished.exists() else self._read(self.path / SUMMARY)

    def _refuse_other_files(self) -> None:
        others = sorted(one.name for one in self.path.iterdir() if one.name != UNFINISHED)
        if others:
            finished = f"holds a finished run ({SUMMARY})" if SUMMARY in others else f"holds {', '.join(others[:5])}"
            raise DataError(f"--out {self.path}: {finished}\nChoose another folder, or an empty one.")

    def _whole(self, parts: Sequence[WrittenPart]) -> list[WrittenPart]:
        """Keep the parts up to the first that is missing or was changed."""
        kept = []
        for part in parts:
            file = self._parts / part.file
            if not file.is_file() or hash_file(file) != part.sha256:
                break
            kept.append(part)
        return kept

    def _read(self, file: Path) -> Any:
        try:
            return json.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except ValueError:
            raise DataError(f"{file}: is not whole\nRemove the folder {self.path}, and start again.") from None

    @contextmanager
    def part(self, place: int) -> Iterator[tuple[Path, list[FaultyRow]]]:
        """Give the path to write a part to, and a list for faulty rows; whole when the block ends without an error."""
        name = part_name(place)
        beside = self._parts / f".{name}"
        faulty: list[FaultyRow] = []
        try:
            with self.writing():
                yield beside, faulty
                _write_faulty(self.unfinished / f"errors-{place:05}.csv", faulty)
                sync(beside)
                beside.replace(self._parts / name)
        finally:
            beside.unlink(missing_ok=True)

    def note(self, parts: Sequence[WrittenPart]) -> None:
        """Note which parts are whole."""
        with self.writing():
            sync(self._parts)
            write_json(self.unfinished / "progress.json", [part._asdict() for part in parts])

    def publish(self, count: int) -> None:
        """Move the parts and the faulty rows to their places."""
        with self.writing():
            if not self.scores.is_dir():
                self.publish_errors(count)
                self._parts.rename(self.scores)
            sync(self.path)

    def publish_errors(self, count: int) -> None:
        """Write the faulty rows of all parts to one file."""
        self._refuse_foreign_errors()
        beside = self.errors.with_name(f".{self.errors.name}.part")
        with self.writing(f"--errors {self.errors}" if self.named_errors else ""):
            try:
                with beside.open("wb") as out:
                    out.write(_ERROR_HEADER)
                    for place in range(count):
                        with (self.unfinished / f"errors-{place:05}.csv").open("rb") as part:
                            shutil.copyfileobj(part, out)
                sync(beside)
                beside.replace(self.errors)
            finally:
                beside.unlink(missing_ok=True)

    def end(self, summary: Mapping[str, Any]) -> None:
        """Write the summary, which says that the run is finished."""
        with self.writing():
            write_json(self.path / SUMMARY, summary)
            shutil.rmtree(self.unfinished)

    @contextmanager
    def writing(self, place: str = "") -> Iterator[None]:
        """Turn errors of the file system into a message that names the place, by default the folder, and the remedy."""
        try:
            yield
        except (OSError, pa.ArrowException) as error:
            number = getattr(error, "errno", None)
            full = number in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG} or "No space left" in str(error)
            said = getattr(error, "strerror", None) or str(error)
            reason = "no space is left" if full else said.strip()[:300]
            raise DataError(
                f"{place or f'--out {self.path}'}: cannot be written ({reason})\n"
                f"{'Make space' if full else 'Correct this'}, and run the same command again: it goes on after the "
                "last whole part. Without a summary.json, nothing there is a result."
            ) from None


def part_name(place: int) -> str:
    """Name a part.

    >>> part_name(7)
    'part-00007.parquet'
    """
    return f"part-{place:05}.parquet"


def _is_errors_file(file: Path) -> bool:
    if not file.is_file():
        return False
    with file.open("rb") as content:
        return content.read(len(_ERROR_HEADER)) == _ERROR_HEADER


def _write_faulty(file: Path, faulty: Sequence[FaultyRow]) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerows([one.file, one.row, one.client, "; ".join(one.errors)] for one in faulty)
    sync(file)


def write_json(file: Path, content: Any) -> None:
    """Write a file, whole or not at all."""
    beside = file.with_name(f".{file.name}")
    beside.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    sync(beside)
    beside.replace(file)
    sync(file.parent)


def sync(path: Path) -> None:
    """Have a file or a folder on the disk before going on."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
