"""French texts keep their punctuation on the line: a no-break space stands before : ; ? ! » % and after «."""

import ast
import json
import re

import pytest

LOOSE = re.compile(r"[\w})»] [:;?!»%](?!\w)|« ")
FILLED = "{}"  # stands for a value that is written into a text


def texts_of_python(source):
    """Yield the string literals of a module without its docstrings; values in an f-string become ``{}``.

    " %" is dropped: the modules write it in English texts only. So is the "LIMIT ?" of SQL.
    """
    tree = ast.parse(source)
    documented = [one for one in ast.walk(tree) if isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant)]
    skipped = {id(one.value) for one in documented}
    for one in ast.walk(tree):
        if isinstance(one, ast.JoinedStr):
            skipped.update(id(part) for part in ast.walk(one) if part is not one)
            parts = (str(part.value) if isinstance(part, ast.Constant) else FILLED for part in one.values)
            yield _without_code("".join(parts))
        elif isinstance(one, ast.Constant) and isinstance(one.value, str) and id(one) not in skipped:
            yield _without_code(one.value)


def _without_code(text):
    return text.replace(" %", "").replace("LIMIT ?", "")


def texts_of_template(source):
    """Yield the lines of a template; values become ``{}``, statements and comments are dropped."""
    return re.sub(r"{%.*?%}|{#.*?#}|<!--.*?-->", "", re.sub(r"{{.*?}}", FILLED, source), flags=re.DOTALL).splitlines()


def texts_of_json(value):
    if isinstance(value, dict):
        yield from (text for name, text in value.items() if name == "fr" and isinstance(text, str))
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from texts_of_json(one)


READERS = {
    ".py": texts_of_python,
    ".csv": str.splitlines,
    ".toml": str.splitlines,
    ".html": texts_of_template,
    ".jinja": texts_of_template,
}


@pytest.mark.parametrize("folder", ["scoring", "interface_streamlit"])
def test_no_text_has_a_space_before_french_punctuation_at_which_a_line_may_break(project, folder):
    files = [path for path in (project / folder).rglob("*") if path.suffix in READERS]
    assert len(files) > 20
    loose = [
        f"{path.relative_to(project)}: {text}"
        for path in files
        for text in READERS[path.suffix](path.read_text(encoding="utf-8"))
        if LOOSE.search(text)
    ]
    assert loose == []


def test_the_french_texts_of_the_bundled_model_keep_their_punctuation_on_the_line(project):
    manifest = json.loads((project / "modele_retenu.json").read_text(encoding="utf-8"))
    texts = list(texts_of_json(manifest))
    assert len(texts) > 100
    assert [text for text in texts if LOOSE.search(text)] == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('f"{label} : {value}"', True),
        ('x = "non fourni ; imputé"', True),
        ('x = "« oui »"', True),
        ('f"{label}\\u00a0: {value}"', False),
        ('def f():\n    """Texte : libre."""', False),
        ('x = "Label: value; more"', False),
    ],
)
def test_a_loose_space_is_found_in_code(source, found):
    assert any(map(LOOSE.search, texts_of_python(source))) is found
