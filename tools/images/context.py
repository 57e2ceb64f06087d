"""What a build gets of a folder: its files without those that ``.dockerignore`` leaves out."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath


def _pattern(text: str) -> re.Pattern[str]:
    """Translate a pattern of ``.dockerignore``: ``*`` within a name, ``**/`` any folders.

    >>> [bool(_pattern("**/*.pyc").fullmatch(name)) for name in ("a.pyc", "b/c/a.pyc", "a.py")]
    [True, True, False]
    """
    parts = re.split(r"(\*\*/|\*|\?)", text.strip("/"))
    known = {"**/": r"(?:.*/)?", "*": r"[^/]*", "?": r"[^/]"}
    return re.compile("".join(known.get(part, re.escape(part)) for part in parts))


class IgnoreRules:
    r"""The rules of a ``.dockerignore``; the last one that fits a path or one of its folders decides.

    >>> rules = IgnoreRules("*\n!app\n**/*.pyc\n# a remark\n")
    >>> [rules.leaves_out(name) for name in ("test.py", "app/main.py", "app/main.pyc")]
    [True, False, True]
    """

    def __init__(self, text: str) -> None:
        lines = [line.strip() for line in text.splitlines()]
        self._rules = [
            (_pattern(line.removeprefix("!")), not line.startswith("!"))
            for line in lines
            if line and not line.startswith("#")
        ]
        self._let_through = [line.removeprefix("!") for line in lines if line.startswith("!")]

    def leaves_out(self, path: str) -> bool:
        """Tell whether the path, relative to the context, is left out."""
        names = [path, *(str(one) for one in PurePosixPath(path).parents)]
        out = False
        for pattern, ignored in self._rules:
            if any(pattern.fullmatch(name) for name in names):
                out = ignored
        return out

    def leaves_out_all(self, folder: str) -> bool:
        """Tell whether nothing in a folder is let through, so that one need not look into it."""
        return self.leaves_out(folder) and not any(name.startswith(f"{folder}/") for name in self._let_through)


def list_context(folder: Path) -> Iterator[Path]:
    """List the files that a build of this folder gets, relative to it."""
    ignore = folder / ".dockerignore"
    rules = IgnoreRules(ignore.read_text(encoding="utf-8") if ignore.exists() else "")
    for place, folders, files in os.walk(folder):
        inside = PurePosixPath(Path(place).relative_to(folder).as_posix())
        folders[:] = sorted(name for name in folders if not rules.leaves_out_all(str(inside / name)))
        yield from (Path(inside / name) for name in sorted(files) if not rules.leaves_out(str(inside / name)))


def copy_context(folder: Path, target: Path) -> None:
    """Copy what a build of this folder gets; all belongs to who runs this."""
    for name in list_context(folder):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(folder / name, target / name)
