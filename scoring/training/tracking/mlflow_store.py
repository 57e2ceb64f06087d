"""The MLflow store of runs and models: a SQLite file by default, any MLflow tracking server on request."""

import logging
import os
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from scoring.errors import SettingError, how_to_install

SETTING = "MLFLOW_TRACKING_URI"
_FILE = "sqlite:///"
# Warnings that MLflow's own code causes; a caller cannot do anything about them.
_IGNORED_WARNINGS = (
    "The ``noload`` loader strategy",  # its mappings, with SQLAlchemy 2.1
    "Operation with range is deprecated",  # its comparison of column names, with pandas 3
    ".*Any type hint is inferred as AnyType",  # its classes for language models, when pyfunc is imported
)
# MLflow reads these when it is imported; a value that the user set stays.
_SWITCHES = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3",  # 15 seconds until a server counts as unreachable, not four minutes
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "GIT_PYTHON_REFRESH": "quiet",  # no warning where git is not installed
}


def default_uri(folder: Path) -> str:
    """Name the store that is used when no other is given: ``mlflow.db`` in a folder.

    >>> default_uri(Path("/models"))
    'sqlite:////models/mlflow.db'
    """
    return f"{_FILE}{folder.absolute() / 'mlflow.db'}"


@contextmanager
def mlflow_store(uri: str, *, create: bool = True) -> Iterator[ModuleType]:
    """Point MLflow's fluent functions at a store, and turn its errors into one message without a password.

    Parameters
    ----------
    uri : as MLflow's ``MLFLOW_TRACKING_URI``.
    create : allow MLflow to make the SQLite file.

    Yields
    ------
    The module ``mlflow``.

    Raises
    ------
    SettingError
        Where the store cannot be opened, reached or written to.
    """
    _check_file(uri, create)
    mlflow = _import_mlflow()
    from mlflow.exceptions import MlflowException

    try:
        with warnings.catch_warnings():
            for message in _IGNORED_WARNINGS:
                warnings.filterwarnings("ignore", message)
            mlflow.set_tracking_uri(uri)
            mlflow.set_registry_uri(uri)
            yield mlflow
    except (MlflowException, OSError) as error:
        raise SettingError(
            f"{SETTING}={without_password(uri)}: cannot be used ({without_password(str(error))})\n"
            f"Expected a store that answers: sqlite:///FILE, or the address of an MLflow server. Unset {SETTING} "
            "to record runs in a file."
        ) from None


def set_experiment(mlflow: ModuleType, uri: str, name: str) -> None:
    """Choose the experiment of the runs to come; the files of a new one lie next to the SQLite file."""
    path = _file_path(uri)
    if path and mlflow.get_experiment_by_name(name) is None:
        mlflow.create_experiment(name, (path.absolute().parent / "mlartifacts").as_uri())
    mlflow.set_experiment(name)


def without_password(text: str) -> str:
    """Hide the credentials of every address in a text.

    >>> without_password("postgresql://me:p@ss@db/mlflow")
    'postgresql://***@db/mlflow'
    """
    return re.sub(r"//[^/\s]*@", "//***@", text)


def _import_mlflow() -> ModuleType:
    for name, value in _SWITCHES.items():
        os.environ.setdefault(name, value)
    try:
        import mlflow
    except ModuleNotFoundError as error:
        raise SettingError(
            f"MLflow cannot be imported ({error}); it records training runs and registers models\n"
            f"{how_to_install('train')}"
        ) from None
    for name in ("mlflow", "alembic"):  # otherwise creating a store logs some forty lines
        logging.getLogger(name).setLevel(logging.WARNING)
    return mlflow


def _file_path(uri: str) -> Path | None:
    return Path(uri.removeprefix(_FILE).partition("?")[0]) if uri.startswith(_FILE) else None


def _check_file(uri: str, create: bool) -> None:
    """Refuse a file that cannot be a store: MLflow would retry for two minutes."""
    path = _file_path(uri)
    if path is None or (create and not path.exists()):
        return
    try:
        with path.open("rb") as file:
            start = file.read(16)
    except OSError as error:
        raise SettingError(
            f"{SETTING}={uri}: cannot be read ({error.strerror})\nExpected the SQLite file that training recorded in."
        ) from None
    if start not in (b"", b"SQLite format 3\0"):
        raise SettingError(f"{SETTING}={uri}: is not a SQLite file\nName another file, or remove this one.")
