"""Which store of clients a place names: a client file, PostgreSQL, or else a table that is read whole."""

from collections.abc import Callable, Collection, Sequence
from importlib import import_module
from pathlib import Path

from scoring.errors import SettingError
from scoring.model.schema import Identity, InputSchema
from scoring.storage.clients.client_store import CLIENT_FILE_BEGINNING, ClientStore

POSTGRES = ("postgresql://", "postgres://")


def is_client_file(path: Path) -> bool:
    """Whether a file begins as client files do."""
    try:
        with path.open("rb") as file:
            return file.read(len(CLIENT_FILE_BEGINNING)) == CLIENT_FILE_BEGINNING
    except (OSError, ValueError):  # what reads the table says what is wrong
        return False


def open_clients(
    place: Path | str,
    identity: Identity,
    features: Sequence[str],
    schema: InputSchema | None,
    columns: Collection[str] = (),
) -> ClientStore | None:
    """Open the store that SCORING_CLIENTS names; None for a table that is read whole.

    Parameters
    ----------
    place : path of a file, or a text such as ``postgresql://USER@HOST/DATABASE``.
    features : names of the model-ready columns, in order.
    schema : of raw applications; None for a model without a manifest.
    columns : that portfolios name.

    Raises
    ------
    ClientTableError
        If the store cannot be read, or was made for a model with other columns.
    SettingError
        If a package is missing.
    """
    if isinstance(place, str):
        return _load("postgres_clients", "open_postgres_clients")(place, identity, features, schema, columns)
    if is_client_file(place):
        return _load("client_file", "open_client_file")(place, identity, features, schema, columns)
    return None


def _load(module: str, function: str) -> Callable[..., ClientStore]:
    """Import what opens a store only where it is needed: a store in memory needs none of their packages."""
    try:
        opener: Callable[..., ClientStore] = getattr(import_module(f"scoring.storage.clients.{module}"), function)
    except ModuleNotFoundError as error:
        raise SettingError(
            f"SCORING_CLIENTS: the package {error.name} is not installed\nInstall the extra 'postgres' of this project."
        ) from None
    return opener
