"""Generators make clients from the OpenAPI document without a complaint, and these clients call every route."""

import importlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import typing
from pathlib import Path

import pytest

from scoring.web.openapi.examples import list_requests
from tests.conftest import start_gunicorn

TOOLS = Path(sys.executable).parent
TYPESCRIPT = Path(__file__).with_name("typescript")
FILE = "application/octet-stream"


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """Serve the bundled sample, and record decisions."""
    folder = tmp_path_factory.mktemp("service")
    running = start_gunicorn(folder, SCORING_DECISIONS=folder / "decisions.db")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def document(service):
    return json.loads(service.get("/openapi.json")[1])


@pytest.fixture(scope="module")
def decision_id(service, document):
    """Make a decision, and return its id."""
    (lookup,) = document["paths"]["/predict/{client_id}"]["get"]["parameters"]
    return json.loads(service.get(f"/predict/{lookup['example']}")[1])["decision_id"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory, document):
    made = tmp_path_factory.mktemp("generated")
    (made / "openapi.json").write_text(json.dumps(document), encoding="utf-8")
    return made


def run(*command, cwd, seconds=120):
    """Run a generator, and return everything that it says."""
    environment = {**os.environ, "PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}", "PYTHONWARNINGS": "error"}
    ended = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=seconds, check=False
    )
    said = ended.stdout + ended.stderr
    assert ended.returncode == 0, said[-5000:]
    assert not re.search(r"(?i)\bwarn|\berror", said), said[-5000:]
    return ended.stdout


def generate_client(folder):
    """Make ``generated_client`` from ``openapi.json`` with openapi-python-client."""
    options = "--path openapi.json --output-path generated_client --meta none --fail-on-warning"
    run("openapi-python-client", "generate", *options.split(), cwd=folder)


def generate_models(folder):
    """Make ``generated_models.py`` from ``openapi.json`` with datamodel-code-generator."""
    options = "--output-model-type pydantic_v2.BaseModel --use-annotated --formatters builtin"
    files = "--input openapi.json --input-file-type openapi --output generated_models.py"
    run("datamodel-codegen", *options.split(), *files.split(), cwd=folder)


def operations(document):
    return [(path, method, one) for path, methods in document["paths"].items() for method, one in methods.items()]


@pytest.fixture(scope="module")
def python(folder, service):
    """Generate the client, and connect it."""
    generate_client(folder)
    sys.path.insert(0, str(folder))
    try:
        made = importlib.import_module("generated_client")
        with made.Client(base_url=f"http://127.0.0.1:{service.port}") as client:
            yield client
    finally:
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if name.split(".")[0] == "generated_client"]:
            del sys.modules[name]


def function_of(operation):
    name = f"generated_client.api.{operation['tags'][0]}.{operation['operationId']}"
    return importlib.import_module(name).sync_detailed


def arguments_of(function, operation, decision_id):
    """Take the parameters that have an example; those in the query are values of generated enumerations."""
    given = {one["name"]: one["example"] for one in operation.get("parameters", []) if "example" in one}
    if "decision_id" in given:
        given["decision_id"] = decision_id
    for name, value in given.items():
        kind = typing.get_type_hints(function)[name]
        first = typing.get_args(kind)[0] if typing.get_args(kind) else kind
        item = typing.get_args(first)[0] if isinstance(value, list) else first
        given[name] = [item(one) for one in value] if isinstance(value, list) else item(value)
    return given


def typed_body(function, request):
    """Make the generated type that has exactly the example's values."""
    if request.content_type == FILE:
        file = importlib.import_module("generated_client.types").File
        return file(payload=io.BytesIO(request.body.encode()))
    example = json.loads(request.body)
    kind = typing.get_type_hints(function)["body"]
    fitting = [made for one in typing.get_args(kind) or (kind,) if (made := made_from(one, example))]
    assert fitting, f"no type of {kind} holds the example {request.name}"
    return fitting[0]


def made_from(kind, example):
    if not hasattr(kind, "from_dict"):
        return None
    try:
        made = kind.from_dict(example)
    except (KeyError, TypeError):
        return None
    return made if made.to_dict() == example else None


def plain(value):
    """Turn a parsed answer into JSON values."""
    if isinstance(value, list):
        return [plain(one) for one in value]
    written = json.dumps(value.to_dict() if hasattr(value, "to_dict") else value)
    return json.loads(written.replace('+00:00"', 'Z"'))  # two ways to write the same time


def test_a_python_client_calls_every_route_and_reads_every_answer(document, python, decision_id):
    called = set()
    for path, method, operation in operations(document):
        function = function_of(operation)
        for request in list_requests(path, method, operation):
            body = {"body": typed_body(function, request)} if request.body else {}
            answer = function(client=python, **arguments_of(function, operation, decision_id), **body)
            assert answer.status_code == 200, (path, request.name, answer.content[:500])
            called.add((path, method))
            if answer.headers["Content-Type"] == "application/json":
                assert plain(answer.parsed) == json.loads(answer.content), (path, request.name)
    assert called == {(path, method) for path, method, _ in operations(document)}


def test_a_python_client_reads_problems(python, document):
    lookup = function_of(document["paths"]["/predict/{client_id}"]["get"])
    problem = lookup(client=python, client_id="999999").parsed
    assert type(problem).__name__ == "Problem"
    assert problem.type_ == "urn:problem:unknown-client"


def test_pydantic_models_are_generated_and_read_every_answer(document, folder, monkeypatch):
    generate_models(folder)
    monkeypatch.syspath_prepend(folder)
    models = importlib.import_module("generated_models")
    read = set()
    for _, _, operation in operations(document):
        content = operation["responses"]["200"]["content"].get("application/json", {})
        names = re.findall(r"#/components/schemas/(\w+)", json.dumps(content.get("schema", {})))
        for example in content.get("examples", {}).values():
            keys = set(example["value"]) if isinstance(example["value"], dict) else set()
            for name in names:
                kind = getattr(models, name)
                if keys >= {field.alias or one for one, field in kind.model_fields.items() if field.is_required()}:
                    kind.model_validate(example["value"])
                    read.add(name)
    assert read >= {"Decision", "Predictions", "Explanation", "Inspection", "Upload", "ModelInfo", "Index", "Ready"}


@pytest.fixture(scope="module")
def packages():
    """Install the pinned packages beside the client, or skip."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("Node.js with npm is not installed")
    wanted = json.loads((TYPESCRIPT / "package.json").read_text())["devDependencies"]
    modules = TYPESCRIPT / "node_modules"
    installed = {
        name: json.loads(file.read_text())["version"]
        for name in wanted
        if (file := modules / name / "package.json").exists()
    }
    if installed != wanted:
        command = ("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")
        ended = subprocess.run(command, cwd=TYPESCRIPT, capture_output=True, text=True, timeout=300, check=False)
        if ended.returncode:
            pytest.skip(f"npm could not install {', '.join(wanted)}: {ended.stderr[-300:]}")
    return modules


@pytest.fixture
def typescript(packages, folder, document, service, decision_id):
    """Gather the client, the packages and the examples in one folder."""
    made = folder / "typescript"
    made.mkdir()
    for name in ("client.ts", "package.json", "tsconfig.json"):
        shutil.copy(TYPESCRIPT / name, made)
    (made / "node_modules").symlink_to(packages)
    bodies = document["paths"]["/predict"]["post"]["requestBody"]["content"]["application/json"]["examples"]
    file = document["paths"]["/table"]["post"]["requestBody"]["content"][FILE]["examples"]["table"]
    lookup = document["paths"]["/predict/{client_id}"]["get"]["parameters"]
    examples = {
        "address": f"http://127.0.0.1:{service.port}",
        "decision": decision_id,
        "client": lookup[0]["example"],
        "feature": "AMT_CREDIT",
        "csv": file["value"],
        "application": bodies["application"]["value"],
        "row": bodies["rows"]["value"]["data"][0],
        "positional": bodies["positional"]["value"]["data"][0],
    }
    lines = [f"export const {name} = {json.dumps(value)};" for name, value in examples.items()]
    (made / "examples.ts").write_text("\n".join(lines), encoding="utf-8")
    return made


@pytest.mark.drill
def test_a_typescript_client_compiles_and_calls_every_route(typescript, document):
    tools = typescript / "node_modules" / ".bin"
    run(tools / "openapi-typescript", "../openapi.json", "-o", "schema.ts", cwd=typescript)
    run(tools / "tsc", cwd=typescript)
    answer = json.loads(run("node", "compiled/client.js", cwd=typescript))
    called = answer.pop("called")
    lookup = "GET /predict/{client_id}"
    assert called.pop(lookup) == 404  # its last call asks for an unknown client
    assert set(called.values()) == {200}
    assert {*called, lookup} == {f"{method.upper()} {path}" for path, method, _ in operations(document)}
    assert answer["kind"] == "urn:problem:unknown-client"
    assert 0 < answer["probability"] < 1
    assert answer["fields"] > 100
