"""Which store of clients a place names: a client file, PostgreSQL, or else a table that is read whole."""

from collections.abc import Callable, Collection
from importlib import import_module
from pathlib import Path

from scoring.errors import SettingError, how_to_install
from scoring.storage.clients.client_store import CLIENT_FILE_BEGINNING, ClientStore
from scoring.storage.clients.loading.stored_schema import StoredSchema

POSTGRES = ("postgresql://", "postgres://")


def is_client_file(path: Path) -> bool:
    """Whether a file begins as client files do; opens nothing but files: a pipe would be waited for."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return file.read(len(CLIENT_FILE_BEGINNING)) == CLIENT_FILE_BEGINNING
    except (OSError, ValueError):  # what reads the table says what is wrong
        return False


def open_clients(place: Path | str, wanted: StoredSchema, columns: Collection[str] = ()) -> ClientStore | None:
    """Open the store that SCORING_CLIENTS names; None for a table that is read whole.

    Parameters
    ----------
    place : path of a file, or a text such as ``postgresql://USER@HOST/DATABASE``.
    wanted : what the model needs; a store that was loaded for another one is refused.
    columns : that portfolios name.

    Raises
    ------
    ClientTableError
        If the store cannot be read, or was made for a model with other columns.
    SettingError
        If a package is missing.
    """
    if isinstance(place, str):
        return _load("postgres.postgres_clients", "open_postgres_clients")(place, wanted, columns)
    if is_client_file(place):
        return _load("file.client_file", "open_client_file")(place, wanted)
    return None


def _load(module: str, function: str) -> Callable[..., ClientStore]:
    """Import what opens a store only where it is needed: a store in memory needs none of their packages."""
    try:
        opener: Callable[..., ClientStore] = getattr(import_module(f"scoring.storage.clients.{module}"), function)
    except ModuleNotFoundError as error:
        raise SettingError(
            f"SCORING_CLIENTS: the package {error.name} is not installed\n{how_to_install('postgres')}"
        ) from None
    return opener
