"""Find commands, routes, settings and files that pages name and the project does not have; nothing is run."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import Map, RequestRedirect

from scoring.cli import commands as cli
from scoring.settings import PREFIX, Settings

# The front-end's settings, the key of a command, what a page says of a setting that is gone, and names of platforms.
OTHER_SETTINGS = {
    "SCORING_API_URL", "SCORING_API_KEY", "SCORING_OWN_VIEW_FIRST", "SCORING_PORT", "SCORING_SERVICE_HOST",
    "SCORING_SIGNING_KEY",
}  # fmt: skip
_TOP = r"(?:docs|tests|scoring|ops|benchmarks|tools|\.github|interface_streamlit|notebook)"
_FILE = re.compile(rf"(?<![\w/.-])({_TOP}/[\w./-]*\w\.\w+)")
_ENDS = {"|", ">", ">>", "<", ";", "&&", "||", "&", "2>", "2>&1"}
INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")


def calls_of(text: str) -> Iterator[list[str]]:
    """List the arguments of each ``python -m scoring`` in a statement.

    >>> list(calls_of("A=1 python -m scoring batch --input 'a b' --out x | tail; python -m scoring keys list"))
    [['batch', '--input', 'a b', '--out', 'x'], ['keys', 'list']]
    """
    for found in re.finditer(r"\bpython3? -m scoring(?:\.\w+)*(?= |$)", text):
        words = shlex.shlex(text[found.end() :].replace("\\\n", " "), posix=True, punctuation_chars="|;&<>")
        words.whitespace_split = True
        arguments = []
        try:
            for word in words:
                if word in _ENDS or (word and set(word) <= set("|;&<>()")):
                    break
                arguments.append(word)
        except ValueError:  # an apostrophe of the sentence after the command
            pass
        yield arguments


def faults_of_call(arguments: list[str], *, is_whole: bool) -> list[str]:
    """Say what is wrong with the arguments of ``python -m scoring``.

    Parameters
    ----------
    is_whole : the command can be run as it stands; otherwise a page only names it, with some of its options

    >>> faults_of_call(["train", "--tabel", "a.csv"], is_whole=False)
    ['train has no option --tabel']
    >>> faults_of_call(["export", "--to", "excel", "--artefacts", ".", "--out", "x"], is_whole=True)
    ["export --to: 'excel' is not one of 'sql', 'onnx', 'pmml'."]
    """
    command: click.Command = cli
    name = []
    while isinstance(command, click.Group) and arguments and not arguments[0].startswith("-"):
        if arguments[0].isupper() or arguments[0] == "...":
            return []  # COMMAND --help
        sub = command.commands.get(arguments[0])
        if sub is None:
            return [f"no command {' '.join([*name, arguments[0]])}"]
        name.append(arguments[0])
        command, arguments = sub, arguments[1:]
    spelled = " ".join(name)
    if not is_whole:
        known = {option for param in command.params for option in (*param.opts, *param.secondary_opts)} | {"--help"}
        if isinstance(command, click.Group):
            known |= {option for sub in command.commands.values() for param in sub.params for option in param.opts}
        given = [word.strip("[]").partition("=")[0] for word in arguments if word.lstrip("[").startswith("--")]
        return [f"{spelled} has no option {option}" for option in given if option not in known]
    if isinstance(command, click.Group):
        return [f"{spelled or 'scoring'} is not a whole command"] if "--help" not in arguments else []
    context = click.Context(command)
    try:
        values, rest, _ = command.make_parser(context).parse_args(list(arguments))
    except click.UsageError as error:
        return [f"{spelled}: {error.format_message()}"]
    faults = [f"{spelled}: too many arguments: {' '.join(rest)}"] if rest else []
    for param in command.params:
        value = values.get(param.name)
        if isinstance(param.type, click.Choice | click.types.IntParamType | click.types.FloatParamType):
            for one in value if isinstance(value, list | tuple) else [value]:
                if isinstance(one, str):
                    try:
                        param.type.convert(one, param, context)
                    except click.BadParameter as error:
                        faults.append(f"{spelled} {param.opts[0]}: {error.message}")
        if param.required and not param.envvar and (value is None or value == () or type(value).__name__ == "Sentinel"):
            faults.append(f"{spelled} needs {param.opts[0]}")
    return faults


def make_targets(project: Path) -> set[str]:
    """List the targets of the Makefile."""
    text = (project / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z][a-z-]*):", text, re.MULTILINE))


def made(text: str) -> list[str]:
    """List the targets that a statement makes.

    >>> made("A=1 make serve; make help API_PORT=1")
    ['serve', 'help']
    """
    return re.findall(r"(?:^|[\s;&(])make (?:-\S+ )*([a-z][a-z-]*)", text)


def unknown_settings(text: str) -> list[str]:
    """List names with the service's prefix that are no settings."""
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} | OTHER_SETTINGS
    return sorted(set(re.findall(rf"\b{PREFIX}[A-Z][A-Z_]*[A-Z]\b", text)) - known)


def missing_files(project: Path, text: str) -> list[str]:
    """List files of the repository that a text names and that are not there."""
    return sorted({name for name in _FILE.findall(text) if not (project / name).exists()})


def requests_of(text: str) -> list[tuple[str, str]]:
    """List method and path of the requests that curl makes of the service.

    >>> requests_of("curl -s -d @a.json 'http://127.0.0.1:8000/predict?x=1'; curl localhost:8000/clients/$id")
    [('POST', '/predict'), ('GET', '/clients/1')]
    """
    found = []
    for command in re.split(r"(?=\bcurl\b)", re.sub(r"\$\([^)]*\)", "1", text))[1:]:
        address = re.search(r"(?:127\.0\.0\.1|localhost):8000(/[^\s'\"?)]*)", command)
        given = re.search(r"(?:-X|--request) ?([A-Z]+)", command)
        posts = re.search(r" (?:-d|--data\S*|--json|-F)\b", command)
        if address:
            method = given[1] if given else "POST" if posts else "HEAD" if " -I" in command else "GET"
            found.append((method, re.sub(r"\$\{?\w+\}?|<\w+>|[A-Z]{2,}\w*", "1", address[1])))
    return found


def routes_named(text: str) -> list[tuple[str, str]]:
    """List method and path of the routes that a text names, such as ``GET /predict/<client_id>``."""
    named = re.findall(r"^(GET|POST|HEAD|OPTIONS) (/[^\s?]*)", text)
    return [(method, re.sub(r"<[^>]*>|[A-Z_]{2,}", "1", path).rstrip(",.;:")) for method, path in named]


def is_route(url_map: Map, method: str, path: str) -> bool:
    """Say whether the service has a route for a method and a path.

    >>> from werkzeug.routing import Rule
    >>> is_route(Map([Rule("/a/<name>", methods=["GET"])]), "POST", "/a/1")
    False
    """
    try:
        url_map.bind("").match(path, method)
    except RequestRedirect:
        return True
    except (MethodNotAllowed, HTTPException):
        return False
    return True
