"""Take the statements of a shell block apart, as a reader pastes them one after the other."""

import re
import subprocess

_PROMPT = re.compile(r"^\$ ?")


def statements(text: str) -> list[str]:
    r"""Split a shell block into statements; lines that belong together stay together.

    >>> statements("# comment\na=1\n{ echo a;\n  echo b; }\nls \\\n  -a\n")
    ['a=1', '{ echo a;\n  echo b; }', 'ls \\\n  -a']
    """
    found, kept = [], ""
    for line in text.splitlines():
        if not kept and (not line.strip() or line.lstrip().startswith("#")):
            continue
        kept = f"{kept}\n{line}" if kept else line
        if not kept.endswith("\\") and _is_whole(kept):
            found.append(kept)
            kept = ""
    return [*found, kept] if kept else found


def _is_whole(text: str) -> bool:
    if not re.search(r"['\"`{(]|<<|\b(?:if|for|while|case|do)\b", text):
        return True
    parsed = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True, check=False)
    return parsed.returncode == 0 and not parsed.stderr


def console(text: str) -> list[tuple[str, str]]:
    r"""Split a console block into commands, and what each prints.

    >>> console("$ echo 'a\n  b'\na\n  b\n$ ls\n")
    [("echo 'a\n  b'", 'a\n  b\n'), ('ls', '')]
    """
    found: list[list[str]] = []
    for line in text.splitlines():
        if _PROMPT.match(line):
            found.append([_PROMPT.sub("", line), ""])
        elif found and not found[-1][1] and (found[-1][0].endswith("\\") or not _is_whole(found[-1][0])):
            found[-1][0] += f"\n{line}"
        else:
            found[-1][1] += f"{line}\n"
    return [(command, printed) for command, printed in found]


def commands(language: str, text: str) -> list[str]:
    """List the statements of a block of either language."""
    if language == "console":
        return [command for command, _ in console(text)]
    return statements(text) if language == "sh" else []
