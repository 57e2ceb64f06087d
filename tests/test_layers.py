"""Imports point downward only, and third parties stay behind their fences."""

import ast
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
# From the lowest room to the highest; a room may import those named.
ROOMS = {
    "errors": set(),
    "model": {"errors"},
    "readable": {"errors", "model"},
    "model_card": {"errors", "model", "readable"},
    "tables": {"errors", "model"},
    "home_credit": {"errors", "model", "readable", "tables"},
    "storage": {"errors", "model", "readable", "tables", "small_files"},
    "application": {"errors", "model", "readable", "tables"},
    "policy": {"errors", "model", "readable", "small_files"},
    "explanation": {"errors", "model", "readable", "policy"},
    "record": {"errors", "model", "storage"},
    "access": {"errors"},
    "service": {"errors", "model", "readable", "tables", "storage", "application", "explanation", "record", "policy"},
    "export": {"errors", "model", "readable", "tables", "storage", "application", "explanation"},
    "decisions": {
        *("errors", "model", "storage", "application", "explanation", "record", "service"),
        "policy",
    },
    "batch": {
        *("errors", "model", "readable", "tables", "home_credit", "storage", "application", "explanation", "record"),
        *("service", "decisions", "policy"),
    },
    "training": {
        "errors",
        "model",
        "readable",
        "tables",
        "home_credit",
        "storage",
        "application",
        "explanation",
        "service",
        "small_files",
        "model_card",
    },
    "validation": {"errors", "model", "readable", "tables", "storage", "model_card", "training"},
    "monitoring": {
        *("errors", "model", "readable", "tables", "storage", "application", "explanation", "record", "service"),
        *("decisions", "model_card", "training", "validation"),
    },
    "replay": {
        *("errors", "model", "readable", "storage", "application", "explanation", "record", "service", "decisions"),
        *("model_card", "training", "monitoring", "policy", "validation"),
    },
    "web": {
        *("errors", "processes", "model", "readable", "tables", "storage", "application", "explanation", "service"),
        *("model_card", "record", "decisions", "access", "monitoring", "policy"),
    },
    "settings": {"errors", "storage"},
    "small_files": set(),
    "processes": {"errors"},
    "cli": {
        *("errors", "model", "readable", "tables", "home_credit", "storage", "application", "explanation", "service"),
        *("training", "settings", "model_card", "record", "decisions", "access", "batch", "export"),
        *("validation", "monitoring", "policy", "replay"),
    },
}
FENCES = {  # third party: where it may be imported
    "flask": {"web", "fonction_api_prediction"},
    "werkzeug": {"web"},
    "gunicorn": {"web"},
    "mlflow": {"training"},
    "ibis": {"home_credit"},
    "pyspark": {"home_credit", "batch"},
    "duckdb": {"home_credit", "batch"},
    "click": {"cli"},
    "prometheus_client": {"monitoring"},
    "opentelemetry": {"web"},
    "psycopg": {"record", "storage"},
    "cryptography": {"storage"},
    "huggingface_hub": {"storage"},
    "obstore": {"storage"},
    "onnx": {"export"},
    "onnxruntime": {"export"},
    "streamlit": set(),
    "altair": set(),
}
MOST_FILES = 14  # of a room, on one level
MODULES = [*sorted((PROJECT / "scoring").rglob("*.py")), PROJECT / "fonction_api_prediction.py"]
FRONT = PROJECT / "interface_streamlit"


def room_of(path):
    parts = path.relative_to(PROJECT).with_suffix("").parts
    return parts[1] if parts[0] == "scoring" and len(parts) > 1 else parts[0]


def imports_of(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PROJECT)))
def test_a_module_imports_only_rooms_below_its_own_and_third_parties_it_may(path):
    room = room_of(path)
    for name in imports_of(path):
        parts = name.split(".")
        if parts[0] == "scoring" and room in ROOMS and len(parts) > 1 and room_of(path) != "__main__":
            assert parts[1] == room or parts[1] in ROOMS[room], f"{room} must not import {name}"
        if parts[0] in FENCES:
            assert room in FENCES[parts[0]], f"{parts[0]} must not be imported in {room}"


def test_no_module_uses_assert_or_swallows_every_exception():
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            assert not isinstance(node, ast.Assert), f"assert in {path}"
            bare = isinstance(node, ast.ExceptHandler) and (
                node.type is None or getattr(node.type, "id", "") in {"Exception", "BaseException"}
            )
            # Unpickling damaged bytes and using such objects may raise anything, and so may libraries that fetch files;
            # it is turned into one message.
            assert not bare or path.name in {"pickles.py", "errors.py", "fetch_with_retries.py"}, (
                f"except Exception in {path}"
            )


def test_no_room_has_more_files_than_a_reader_can_survey():
    rooms = {path.parent for path in MODULES if path.name != "fonction_api_prediction.py"}
    crowded = {
        str(room.relative_to(PROJECT)): len(files)
        for room in rooms
        if len(files := [path for path in room.iterdir() if path.is_file()]) > MOST_FILES
    }
    assert crowded == {}


def test_a_module_has_a_name_of_its_own():
    names = [path.stem for path in MODULES if not path.stem.startswith("__")]
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_only_the_composition_roots_read_the_environment():
    readers = {str(p.relative_to(PROJECT)) for p in MODULES if "os.environ" in p.read_text(encoding="utf-8")}
    # spark-submit speaks to the programs it starts through the environment, and so does a Java elsewhere
    # a program of its own fetches files; it switches the telemetry of a library off
    # MLflow reads switches, its telemetry among them, from the environment when it is imported
    assert readers <= {
        "fonction_api_prediction.py",
        "scoring/cli/shared.py",
        "scoring/storage/remote/fetch_with_retries.py",
        "scoring/home_credit/spark_session.py",
        "scoring/training/tracking/mlflow_store.py",
    }


@pytest.mark.parametrize("path", sorted(FRONT.rglob("*.py")), ids=lambda path: str(path.relative_to(FRONT)))
def test_the_front_end_speaks_http_only(path):
    own = {"scoring", "fonction_api_prediction"}
    models = {"sklearn", "joblib", "lightgbm", "xgboost", "catboost", "pickle", "duckdb", "sqlalchemy", "flask"}
    for name in imports_of(path):
        assert name.split(".")[0] not in own | models, f"the front-end must not import {name}"
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        assert not isinstance(node, ast.Assert), f"assert in {path}"
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, f"except without a type in {path}"
            assert getattr(node.type, "id", "") not in {"Exception", "BaseException"}, f"except Exception in {path}"


def test_the_front_end_holds_no_data_no_model_and_no_threshold():
    kept = {path.suffix for path in FRONT.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    assert kept <= {"", ".py", ".toml", ".txt", ".md", ".svg", ".local", ".css", ".html", ".csv"}
    assert [path.name for path in FRONT.rglob("*.csv")] == ["verdict.csv"]  # words of the service's pages
    code = "".join(path.read_text(encoding="utf-8") for path in FRONT.rglob("*.py"))
    for name in ("AMT_", "SK_ID_CURR", "NAME_CONTRACT_TYPE", "0.0909", "0.525"):
        for line in code.splitlines():
            assert name not in line or ">>>" in line or line.lstrip().startswith("('"), line  # but in examples
