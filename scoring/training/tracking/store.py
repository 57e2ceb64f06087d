"""The store of runs and models: a SQLite file by default, any MLflow tracking server on request."""

import logging
import os
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from scoring.errors import SettingError

if TYPE_CHECKING:
    from mlflow import MlflowClient

SETTING = "MLFLOW_TRACKING_URI"
_FILE = "sqlite:///"
# What MLflow's own code is warned of; nothing that a caller could do about it.
_ITS_WARNINGS = (
    "The ``noload`` loader strategy",  # its mappings; SQLAlchemy 2.1 will drop what they ask for
    "Operation with range is deprecated",  # its comparison of column names; pandas 4 will read it differently
    ".*Any type hint is inferred as AnyType",  # its classes for language models, when pyfunc is imported
)
# MLflow reads these when it is imported; a value that the user set stays.
_MANNERS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",  # a bank's training tells nobody that it ran
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3",  # a quarter of a minute until a server counts as unreachable, not four
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",  # two lines a run
    "GIT_PYTHON_REFRESH": "quiet",  # no complaint where git is not installed
}


def default_uri(folder: Path) -> str:
    """Where runs are recorded when nobody says otherwise: ``mlflow.db`` in a folder.

    >>> default_uri(Path("/models"))
    'sqlite:////models/mlflow.db'
    """
    return f"{_FILE}{folder.absolute() / 'mlflow.db'}"


def connect(uri: str, *, create: bool) -> "MlflowClient":
    """Open a store.

    Parameters
    ----------
    uri : as MLflow's ``MLFLOW_TRACKING_URI``.
    create : make the SQLite file where there is none.

    Raises
    ------
    SettingError
        Where the store cannot be opened or reached.
    """
    _check_file(uri, create)
    _import_mlflow()
    from mlflow import MlflowClient

    with reported(uri), without_its_warnings():
        client = MlflowClient(tracking_uri=uri, registry_uri=uri)
        client.search_experiments(max_results=1)  # the first question, so that a dead server is found now
        client.search_registered_models(max_results=1)
    return client


def artefacts_beside(uri: str) -> str | None:
    """Folder for the files of runs: beside a SQLite file; None leaves it to the server.

    >>> artefacts_beside("sqlite:////models/mlflow.db")
    'file:///models/mlartifacts'
    >>> artefacts_beside("http://127.0.0.1:5000") is None
    True
    """
    path = _path(uri)
    return (path.absolute().parent / "mlartifacts").as_uri() if path else None


@contextmanager
def without_its_warnings() -> Iterator[None]:
    """Leave out the warnings that MLflow's own code causes."""
    with warnings.catch_warnings():
        for message in _ITS_WARNINGS:
            warnings.filterwarnings("ignore", message)
        yield


@contextmanager
def reported(uri: str) -> Iterator[None]:
    """Turn what MLflow or the disk says into one message that names the store, without its password."""
    from mlflow.exceptions import MlflowException

    try:
        yield
    except (MlflowException, OSError) as error:
        said = str(error).replace(uri, without_password(uri)).strip()
        raise SettingError(
            f"{SETTING}={without_password(uri)}: cannot be used ({said})\n"
            f"Expected a store that answers: sqlite:///FILE, or the address of an MLflow server. Unset {SETTING} "
            "to record runs in a file."
        ) from None


def without_password(uri: str) -> str:
    """Hide the credentials in an address.

    >>> without_password("postgresql://me:secret@db/mlflow")
    'postgresql://***@db/mlflow'
    """
    return re.sub(r"//[^/@]*@", "//***@", uri)


def _import_mlflow() -> None:
    """Import MLflow for the first time; whoever imports it before gets its telemetry."""
    for name, value in _MANNERS.items():
        os.environ.setdefault(name, value)
    try:
        import mlflow  # noqa: F401
    except ModuleNotFoundError as error:
        raise SettingError(
            f"MLflow cannot be imported ({error}), and runs and registered models are kept by it\n"
            "Install the extra for training: pip install -e '.[train]'"
        ) from None
    for name in ("mlflow", "alembic"):  # a new file is told of in forty lines otherwise
        logging.getLogger(name).setLevel(logging.WARNING)


def _path(uri: str) -> Path | None:
    return Path(uri.removeprefix(_FILE).partition("?")[0]) if uri.startswith(_FILE) else None


def _check_file(uri: str, create: bool) -> None:
    """Refuse a file that cannot be a store: MLflow would try it for two minutes."""
    path = _path(uri)
    if path is None:
        return
    if not path.exists():
        if not create:
            raise SettingError(f"{SETTING}={uri}: no such file\nExpected the file that training recorded its runs in.")
        return
    try:
        with path.open("rb") as file:
            start = file.read(16)
    except OSError as error:
        raise SettingError(f"{SETTING}={uri}: cannot be read ({error.strerror})\nExpected a SQLite file.") from None
    if start not in (b"", b"SQLite format 3\0"):
        raise SettingError(f"{SETTING}={uri}: is not a SQLite file\nName another file, or remove this one.")
