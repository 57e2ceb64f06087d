"""PostgreSQL, for the decision record and for clients: which URL names a database, and how it is connected to."""

import re
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from scoring.errors import SettingError

CONNECTING: dict[str, Any] = {
    "connect_timeout": 2,  # seconds; the least that libpq accepts
    # A server that has vanished without a word is noticed after some ten seconds.
    "keepalives_idle": 4,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    "client_encoding": "UTF8",
}
_SECRET = {"password", "sslpassword", "oauth_client_secret"}
# Where a password has one of the characters that separate the parts of a URL, the rest of it is read as another part.
_PARTS = {"host": r"[^@:?#]*|[0-9a-fA-F:.]+", "port": r"[0-9,]*", "dbname": r"[^@:/?#]*", "user": r"[^:]*"}


def name_database(url: str, setting: str) -> str:
    """Name the host and the database of a URL; raises SettingError, which repeats nothing of the URL.

    Parameters
    ----------
    setting : what the error calls the URL.

    >>> name_database("postgresql://me:secret@db.example:5432/credit?sslmode=require", "SCORING_DECISIONS")
    'postgresql://db.example/credit'
    """
    try:
        parts = conninfo_to_dict(url)
    except psycopg.Error:  # its text repeats a part of the URL
        parts = {"port": "unreadable"}
    wrong = [name for name, form in _PARTS.items() if not re.fullmatch(form, str(parts.get(name, "")))]
    if wrong:
        raise SettingError(
            f"{setting}: a URL postgresql://... was received that cannot be read. It may have a password, so "
            "that it is not repeated here\nExpected postgresql://USER:PASSWORD@HOST:PORT/DATABASE. In user and "
            "password, write % as %25, / as %2F, @ as %40, ? as %3F and # as %23."
        )
    host = str(parts.get("host", ""))
    return f"postgresql://{'' if host.startswith('/') else host}/{parts.get('dbname', '')}"


def show_url(url: str) -> str:
    """Return the URL where nothing in it is secret or may be a part of a password, else the host and the database.

    >>> show_url("postgresql://me@db.example/credit?sslmode=require"), show_url("postgresql://me:secret@db.example/credit")
    ('postgresql://me@db.example/credit?sslmode=require', 'postgresql://***@db.example/credit')
    """
    name = name_database(url, "URL")
    if _SECRET.isdisjoint(conninfo_to_dict(url)):
        return url
    return name.replace("//", "//***@", 1)


def is_pooled(connection: psycopg.Connection[Any]) -> bool:
    """Tell whether a pooler such as PgBouncer stands between: the process that answers is not the one that was greeted.

    A pooler may give each transaction to another process of the server. What a session sets then stays with a process
    that others use as well, and a statement prepared under a name may be another one there.
    """
    found = connection.execute("SELECT pg_backend_pid()").fetchone()
    return found is None or found[0] != connection.info.backend_pid
