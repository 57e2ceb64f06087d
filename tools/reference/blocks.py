"""Parts of a page that are written from the code, between two comments that a reader does not see.

``<!-- list: NAME -->`` begins such a part, ``<!-- end of list -->`` ends it. Everything else on the page is prose.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

_PART = re.compile(r"(<!-- list: (?P<name>[^\n]+?) -->\n)(?P<body>.*?)(<!-- end of list -->)", re.DOTALL)
_DOCS = re.compile(r"(?<![\w/])docs/(?P<page>\w+\.md)(?P<anchor>#[\w-]+)?")
_CODE = re.compile(
    r"(?<![\w`/.-])("
    r"--[a-z][a-z-]+"  # an option
    r"|(?:GET|POST) /[\w/<>]*"  # a route
    r"|[A-Z*]+=\w+|[A-Z]+_[A-Z_]+(?:=\w+)?"  # a value, a setting, a field
    r"|\w+://[\w@/.:]+"
    r"|[a-z]+(?:_[a-z]+)+|[\w/]+\.(?:csv|json|xlsx|db|html|parquet)\b|SCHEMA\.NAME|(?<=[ ,])/[a-z]+"
    r")(?![\w`])"
)


def fill(page: str, lists: Mapping[str, str]) -> str:
    r"""Return the page with its lists written again.

    Raises
    ------
    ValueError
        Naming a list that the page lacks, or one that the code does not have.

    >>> fill("Prose.\n<!-- list: fruit -->\nold\n<!-- end of list -->\n", {"fruit": "apple\n"})
    'Prose.\n<!-- list: fruit -->\n\napple\n\n<!-- end of list -->\n'
    """
    named = [part["name"] for part in _PART.finditer(page)]
    if sorted(named) != sorted(lists):
        lacking, unknown = sorted(set(lists) - set(named)), sorted(set(named) - set(lists))
        raise ValueError(
            f"the page has the lists {', '.join(named)}; without a place: {', '.join(lacking) or 'none'} (add "
            f"<!-- list: NAME --> and <!-- end of list -->); not in the code: {', '.join(unknown) or 'none'}"
        )
    return _PART.sub(lambda part: f"{part[1]}\n{lists[str(part['name'])].strip()}\n\n{part[4]}", page)


def read_cells(page: str, name: str) -> dict[str, list[str]]:
    r"""Read the rows of a list: the first cell, and the others. Words that only the page has are taken over from them.

    >>> read_cells("<!-- list: a -->\n| `x` | one | a \\| b |\n<!-- end of list -->\n", "a")
    {'`x`': ['one', 'a \\| b']}
    """
    body = next((part["body"] for part in _PART.finditer(page) if part["name"] == name), "")
    rows = [re.split(r" *(?<!\\)\| *", line.strip())[1:-1] for line in body.splitlines() if line.startswith("|")]
    return {row[0]: row[1:] for row in rows}


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    r"""Write a table.

    >>> print(table(["a", "b"], [["1", "x|y"]]), end="")
    | a | b |
    |---|---|
    | 1 | x\|y |
    """
    lines = ["| " + " | ".join(re.sub(r"(?<!\\)\|", r"\\|", cell) for cell in row) + " |" for row in rows]
    lines = [line.replace("  ", " ") for line in lines]  # an empty cell is one blank
    return "\n".join(["| " + " | ".join(head) + " |", "|---" * len(head) + "|", *lines]) + "\n"


def mark_up(text: str) -> str:
    """Write a help text as Markdown: pages as links; options, routes, values and names as code.

    >>> mark_up("Not with --bins; see docs/model.md#bins.")
    'Not with `--bins`; see [model.md](model.md#bins).'
    >>> mark_up("COLUMN=VALUE of application_train; by default SCORING_OPEN=1.")
    '`COLUMN=VALUE` of `application_train`; by default `SCORING_OPEN=1`.'
    """
    text = _CODE.sub(r"`\1`", text)
    return _DOCS.sub(lambda link: f"[{link['page']}]({link['page']}{link['anchor'] or ''})", text)
