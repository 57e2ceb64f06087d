"""Compare what a page shows with what is answered or printed."""

import json
import math
import re

# Values that differ from run to run or from release to release; their type has to be the same.
VOLATILE = {
    "decision_id", "id", "time", "request_id", "traceparent", "model_version", "service_version", "version",
    "created_at", "hash", "key_id", "day", "policy_version", "policy_day", "received_at",
    "entry_id", "reference", "chain", "reviewed_on",
}  # fmt: skip
REST = "..."
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\.\.\.|[{}\[\]:,]')


def parse_json(text):
    """Read JSON in which ``...`` stands for what is left out.

    >>> parse_json('{"a": 1, "b": [2, ...], ...}')
    {'a': 1, 'b': [2, '...'], '...': None}
    """
    inside, last, written, end = [], "", [], 0
    for found in _TOKEN.finditer(text):
        token = found[0]
        written.append(text[end : found.start()])
        end = found.end()
        if token in "{[":
            inside.append(token)
        elif token in "}]" and inside:
            inside.pop()
        if token == REST:
            token = f'"{REST}": null' if inside and inside[-1] == "{" and last != ":" else f'"{REST}"'
        written.append(token)
        last = found[0]
    return json.loads("".join([*written, text[end:]]))


def differences(shown, real, path="$"):
    """List where an answer is not what a page shows.

    >>> differences({"a": 0.1, "id": "x", "...": None}, {"a": 0.2, "id": "y", "c": 1})
    ['$.a: the page has 0.1, the answer 0.2']
    """
    if shown == REST:
        return []
    if isinstance(shown, dict) and isinstance(real, dict):
        shown, is_part = {name: one for name, one in shown.items() if name != REST}, REST in shown
        found = [f"{path}.{name}: not in the answer" for name in shown.keys() - real.keys()]
        found += [] if is_part else [f"{path}.{name}: not in the page" for name in real.keys() - shown.keys()]
        for name in shown.keys() & real.keys():
            if name in VOLATILE and type(shown[name]) is type(real[name]) and not isinstance(shown[name], dict | list):
                continue
            found += differences(shown[name], real[name], f"{path}.{name}")
        return sorted(found)
    if isinstance(shown, list) and isinstance(real, list):
        if REST in shown:
            place = shown.index(REST)
            tail = shown[place + 1 :]
            if len(real) < place + len(tail):
                return [f"{path}: the page has {len(shown) - 1} entries or more, the answer {len(real)}"]
            shown, real = shown[:place] + tail, real[:place] + (real[-len(tail) :] if tail else [])
        elif len(shown) != len(real):
            return [f"{path}: the page has {len(shown)} entries, the answer {len(real)}"]
        pairs = enumerate(zip(shown, real, strict=True))
        return [one for number, (left, right) in pairs for one in differences(left, right, f"{path}[{number}]")]
    if (
        isinstance(shown, int | float)
        and isinstance(real, int | float)
        and isinstance(shown, bool) is isinstance(real, bool)
    ):
        # A page may round; a figure of fewer digits has to be the answer's, rounded
        digits = len(repr(shown).partition(".")[2].partition("e")[0])
        same = math.isclose(shown, real, rel_tol=1e-7) or (
            3 <= digits < 10 and abs(real - shown) <= 0.5001 * 10**-digits
        )
        return [] if same else [f"{path}: the page has {shown!r}, the answer {real!r}"]
    if isinstance(shown, str) and isinstance(real, str) and REST in shown:
        return [] if matches(shown, real) else [f"{path}: the page has {shown!r}, the answer {real!r}"]
    return (
        [] if shown == real and type(shown) is type(real) else [f"{path}: the page has {shown!r}, the answer {real!r}"]
    )


def matches(shown, printed):
    r"""Say whether lines are those that were printed; ``...`` stands for any text, alone on a line for any lines.

    >>> matches("a ... c\n...\nz\n", "a b c\nd\ne\nz\n"), matches("a\n", "b\n")
    (True, False)
    """
    pattern = []
    for line in filter(str.strip, shown.splitlines()):
        if line.strip() == REST:
            pattern.append(r"(?:[^\n]*\n)*?")
        else:
            pattern.append(
                r"\s+".join(re.escape(word).replace(r"\.\.\.", r"[^\n]*?") for word in line.split()) + r"\s*?\n"
            )
    lines = "".join(f"{line.strip()}\n" for line in as_seen(printed).splitlines() if line.strip())
    return re.fullmatch("".join(pattern), lines) is not None


def as_seen(printed):
    r"""Give a terminal's lines at the end: a progress bar is written over.

    >>> as_seen("10 %\r90 %\r    \rdone\n")
    'done\n'
    """
    return re.sub(r"[^\n]*\r(?=[^\n])", "", printed.replace("\r\n", "\n"))


def differences_of_output(language, shown, printed):
    """List where what was printed is not what a page shows: JSON by value, text by lines."""
    if language == "json":
        try:
            real = json.loads(printed)
        except json.JSONDecodeError:
            return [f"not JSON: {printed[:200]}"]
        return differences(parse_json(shown), real)
    return [] if matches(shown, printed) else [f"printed:\n{as_seen(printed)}"]


def printed_comments(text):
    """List the outputs that a Python block names: ``print(a)  # 1``.

    >>> printed_comments("x = 1  # one\\nprint(x)  # 1\\nprint(2)\\n")
    ['1', '...']
    """
    calls = re.findall(r"^ *print\(.*\)(?:  # (.*))?$", text, re.MULTILINE)
    return [call or REST for call in calls] if any(calls) else []
