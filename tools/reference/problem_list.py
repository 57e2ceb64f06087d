"""The kinds of problems, for docs/problems.md, from their definitions and the OpenAPI document."""

from typing import Any

from scoring.web.problem_kinds import ALL_KINDS
from tools.reference.blocks import fill

NAME = "problem types"


def write_page(page: str, document: dict[str, Any]) -> str:
    """Return docs/problems.md with its sections written again."""
    operations = {
        f"{method.upper()} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    sections = []
    for kind in ALL_KINDS:
        routes = [
            name
            for name, operation in operations.items()
            if f"`{kind.urn}`" in operation["responses"].get(str(kind.status.value), {}).get("description", "")
        ]
        source = name_routes(routes, list(operations)) if routes else "no route, with the bundled model"
        told = f"**{kind.status.value}** {kind.title}. From: {source}."
        sections.append(f"## `{kind.urn}`\n\n{told}\n\n- Meaning: {kind.meaning}\n- Remedy: {kind.remedy}\n")
    return fill(page, {NAME: "\n".join(sections)})


def name_routes(routes: list[str], every: list[str]) -> str:
    """Name routes in words where they are all routes, or all but a few.

    >>> name_routes(["GET /a"], ["GET /a", "POST /b"]), name_routes(["GET /a", "GET /b"], ["GET /a", "GET /b"])
    ('`GET /a`', 'every route')
    >>> name_routes(["GET /a", "GET /b", "GET /c", "GET /d"], ["GET /a", "GET /b", "GET /c", "GET /d", "GET /e"])
    'every route but `GET /e`'
    """
    others = [name for name in every if name not in routes]
    if not others:
        return "every route"
    if len(others) < len(routes) / 3:
        return f"every route but {_list(others)}"
    return _list(routes)


def _list(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
