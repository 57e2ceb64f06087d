"""Read the fenced blocks of the pages, and what a page says about how one is run.

A comment on the line before a block says what a reader knows and a program does not:

``<!-- run with: FOLDER -> out/tables, 100000 -> 2000, credit.csv -->``
    The block is run with other texts in place of placeholders and of large numbers. Files of the names that
    tests/docs/prepared.py knows are made before.
``<!-- not run: REASON -->``
    The block is not run; REASON is one of REASONS. Its commands and options are checked all the same.
``<!-- read by: policy -->``
    The block is a file for this reader of tests/docs/read.py.
``<!-- posted to: POST /predict -->``
    The block is the body of a request.
``<!-- output of the block before -->``
    The block shows what the block before prints; a block of JSON or text that follows another one at once does so too.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

REASONS = {
    "needs an account at Heroku",
    "needs a repository at GitHub",
    "needs an account at Hugging Face",
    "needs a bucket in a cloud",
    "needs a container engine",
    "needs a Kubernetes cluster",
    "needs a Spark cluster",
    "needs a graphical screen",
    "installs packages",
    "runs the tests",
    "has a test of its own",
    "takes hours",
    "trains for several minutes",
    "needs the real applications",
    "shows an example",
    "shows another service's answer",
}
RUN_LANGUAGES = {"sh", "console", "python", "sql"}
READ_LANGUAGES = {"json", "toml", "yaml", "ini", "nginx", "text", "dockerfile", "html", "javascript", "r"}
_DIRECTIVES = (
    r"(?P<comments>(?:^ *<!-- (?:run with|not run|read by|posted to|output of the block before)[^\n]*?-->\n+)*)"
)
_BLOCK = re.compile(
    _DIRECTIVES + r"^(?P<indent> *)```(?P<language>[\w-]*)[^\n]*\n(?P<text>.*?)^(?P=indent)```$",
    re.DOTALL | re.MULTILINE,
)
_COMMENT = re.compile(r"<!-- (run with|not run|read by|posted to|output)(?::| of the block before) *([^\n]*?) *-->")


@dataclass(frozen=True)
class Block:
    """A fenced block of a page.

    Parameters
    ----------
    before : what stands between the block before and this one; empty for two blocks in a row
    """

    page: str
    line: int
    language: str
    text: str
    before: str = ""
    said: dict[str, str] = field(default_factory=dict)

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def not_run(self) -> str | None:
        return self.said.get("not run")

    @property
    def stand_ins(self) -> list[tuple[str, str]]:
        """What is replaced, by what; a name alone stands for itself."""
        pairs = [one.strip() for one in self.said.get("run with", "").split(",") if one.strip()]
        return [(name, value if sign else name) for name, sign, value in (pair.partition(" -> ") for pair in pairs)]

    def filled_in(self) -> str:
        """Give the text as it is run."""
        text = self.text
        for name, value in self.stand_ins:
            text = text.replace(name, value)
        return text

    def is_output(self) -> bool:
        """Say whether the block shows what the block before it prints."""
        return "output" in self.said or (self.language in {"json", "text"} and not self.said and not self.before)


def read_blocks(page: str, text: str) -> list[Block]:
    r"""Read a page's blocks, in order.

    >>> text = "# A\n<!-- run with: DIR -> out/x -->\n```sh\nls DIR\n```\n```text\na\n```\n"
    >>> [(block.language, block.line, block.filled_in(), block.is_output()) for block in read_blocks("a.md", text)]
    [('sh', 3, 'ls out/x\n', False), ('text', 6, 'a\n', True)]
    """
    blocks, end = [], 0
    for found in _BLOCK.finditer(text):
        lines = found["text"].splitlines(keepends=True)
        blocks.append(
            Block(
                page,
                text.count("\n", 0, found.end("comments")) + 1,
                found["language"],
                "".join(line.removeprefix(found["indent"]) for line in lines),
                text[end : found.start()].strip(),
                dict(_COMMENT.findall(found["comments"])),
            )
        )
        end = found.end()
    return blocks


def pages(project: Path) -> list[str]:
    """List the pages whose blocks are run: what people read, except reasons of decisions and what a program writes."""
    top = [project / name for name in ("README.md", "LISEZMOI.md", "CONTRIBUTING.md")]
    others = [project / "interface_streamlit" / "README.md", *project.glob("ops/**/README.md")]
    found = [*top, *others, *sorted(project.glob("docs/**/*.md"))]
    written = {"docs/model_card.md"}
    return [
        name
        for page in found
        if page.exists()
        and (name := str(page.relative_to(project))) not in written
        and not name.startswith("docs/decisions/")
    ]


def blocks_of(project: Path, page: str) -> list[Block]:
    """Read the blocks of a page."""
    return read_blocks(page, (project / page).read_text(encoding="utf-8"))
