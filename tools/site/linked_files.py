"""Hook of MkDocs: a link from ``docs/`` to another file of the project leads to a page that shows this file.

On the forge such a link opens the file. The site has no address of a forge, so it has the files: Markdown as a page,
text as a listing, a folder as a list of its files. Such pages are not in the navigation, and listings not in the
search.
"""

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.pages import Page

PROJECT = Path(__file__).resolve().parents[2]
SHOWN = "files"  # the folder of the site where files of the project are shown
_LINK = re.compile(r"\[(?P<text>[^\[\]]*)\]\((?![a-z]+:|#|/)(?P<path>[^)#\s]+)(?P<anchor>#[^)\s]*)?\)")
_LANGUAGES = {
    ".py": "python",
    ".sh": "sh",
    ".css": "css",
    ".toml": "toml",
    ".yml": "yaml",
    ".json": "json",
    ".html": "html",
}
_COPIED = {".ipynb", ".png", ".svg", ".pdf"}  # nobody reads their text
_TITLE = re.compile(r"^# (.+)$", re.MULTILINE)
_UNLISTED = "---\nsearch:\n  exclude: true\n---\n\n"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add a page for each file outside ``docs/`` to which a page links, and for those to which such pages link."""
    waiting = [(f"docs/{file.src_uri}", file.content_string) for file in files.documentation_pages()]
    done: set[str] = set()
    while waiting:
        source, text = waiting.pop()
        for target in sorted(set(list_targets(source, text)) - done):
            done.add(target)
            page = _show(target, config)
            files.append(page)
            if target.endswith(".md"):
                waiting.append((target, (PROJECT / target).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, page: Page, **_others: Any) -> str:
    """Let links of a page lead to the pages that show the files; guides come before design decisions in the search."""
    source = page.file.src_uri
    if source.startswith((f"{SHOWN}/", "decisions/")):
        page.meta.setdefault("search", {}).setdefault("boost", 0.2)
    shown = source.removeprefix(f"{SHOWN}/").removesuffix(".md")
    return rewrite_links(shown if source.startswith(f"{SHOWN}/") else f"docs/{source}", markdown)


def on_page_content(html: str, **_others: Any) -> str:
    """Make an empty head of a column an empty cell: screen readers announce heads."""
    return re.sub(r"<th([^>]*)></th>", r"<td\1></td>", html)


def list_targets(source: str, text: str) -> list[str]:
    """List the files outside ``docs/`` to which the page of a file links.

    >>> list_targets("docs/api.md", "[a](../Makefile), [b](keys.md#make-a-key), [c](https://example.org/x)")
    ['Makefile']
    """
    found = (_resolve(source, link["path"]) for link in _LINK.finditer(text))
    return [target for target in found if not _in_docs(target) and (PROJECT / target).exists()]


def rewrite_links(source: str, text: str) -> str:
    """Rewrite the links of the page that shows a file. A text that is only the name of a page becomes the page's title.

    >>> rewrite_links("docs/api.md", "[a](../Makefile#L3), [b](keys.md)")
    '[a](files/Makefile.md), [b](keys.md)'
    >>> rewrite_links("docs/api.md", "[keys.md](keys.md#make-a-key)")
    '[API keys](keys.md#make-a-key)'
    >>> rewrite_links("docs/decisions/0001-what-serving-is-made-of.md", "[a](../../test.py), [b](../keys.md#scopes)")
    '[a](../files/test.py.md), [b](../keys.md#scopes)'
    >>> rewrite_links("benchmarks/a.md", "[a](../docs/keys.md), [b](../README.md)")
    '[a](../../keys.md), [b](../README.md.md)'
    """
    here = posixpath.dirname(_address(source))

    def lead(link: re.Match[str]) -> str:
        target = _resolve(source, link["path"])
        if not (PROJECT / target).exists():
            return link[0]  # MkDocs says that it leads nowhere
        text = _read_title(target) if posixpath.basename(link["text"]) == posixpath.basename(target) else link["text"]
        anchor = link["anchor"] or "" if target.endswith(".md") else ""
        return f"[{text}]({posixpath.relpath(_address(target), here or '.')}{anchor})"

    return _LINK.sub(lead, text)


def _read_title(target: str) -> str:
    path = PROJECT / target
    title = _TITLE.search(path.read_text(encoding="utf-8")) if path.suffix == ".md" else None
    return title[1] if title else target


def _resolve(source: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(source), path))


def _in_docs(target: str) -> bool:
    return target.startswith("docs/") and not (PROJECT / target).is_dir()


def _address(source: str) -> str:
    """Where a file of the project stands among the site's sources."""
    if _in_docs(source):
        return source.removeprefix("docs/")
    if Path(source).suffix in _COPIED:
        return f"{SHOWN}/{source}"
    return f"{SHOWN}/{source}.md"


def _show(target: str, config: MkDocsConfig) -> File:
    path, address = PROJECT / target, _address(target)
    if path.suffix in _COPIED:
        return File.generated(config, address, abs_src_path=str(path))
    return File.generated(config, address, content=_write(target, path), inclusion=InclusionLevel.NOT_IN_NAV)


def _write(target: str, path: Path) -> str:
    if path.is_dir():
        names = sorted(one.name for one in path.iterdir() if one.name[0] not in "._")
        return f"{_UNLISTED}# {target}/\n\n" + "".join(f"- `{name}`\n" for name in names)
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        return text
    fence = "`" * 5
    return f"{_UNLISTED}# {target}\n\n{fence}{_LANGUAGES.get(path.suffix, 'text')}\n{text}\n{fence}\n"
