"""Counts the clients that a request looks up, so that a key that walks through client numbers is noticed."""

from collections.abc import Callable, Iterable
from hashlib import blake2b

from flask import g

from scoring.access.walk_alarm import Lookup
from scoring.model.schema import ClientId, Identity
from scoring.storage.known_clients import KnownClients

Count = Callable[[Iterable[Lookup]], None]


def count_lookups(clients: KnownClients, given: Iterable[object], *, may_be_new: bool = False) -> None:
    """Count clients whose numbers are in a body; raises TooManyRequests. Without keys, nothing is counted.

    Parameters
    ----------
    clients : those that the caller may see.
    given : client numbers or text IDs as they were sent, valid or not.
    may_be_new : unknown numbers are usual. A key for many lookups is then not counted.
    """
    count: Count | None = g.get("count_new" if may_be_new else "count_known")
    if count is not None:
        lookups = (find_lookup(clients, one) for one in given)
        count([lookup for lookup in lookups if lookup is not None])


def find_lookup(clients: KnownClients, given: object) -> Lookup | None:
    """Return the lookup that a client number or text ID means; None if it does not have the form of one."""
    client_id = _read_id(clients.identity, given)
    if client_id is None:
        return None
    known = client_id in clients
    if isinstance(client_id, int):
        return Lookup(client_id + 1, known)
    hashed = int.from_bytes(blake2b(client_id.encode(), digest_size=8).digest())
    return Lookup(hashed or 1, known, in_order=False)


def _read_id(identity: Identity, given: object) -> ClientId | None:
    """Read an ID from an address, a form or JSON.

    >>> [_read_id(Identity(name="id", digits=6), one) for one in ("000042", 42, 42.0, True, -1, "x", None)]
    [42, 42, 42, None, None, None, None]
    """
    if isinstance(given, float) and given.is_integer():
        given = int(given)
    if isinstance(given, bool) or not isinstance(given, int | str):
        return None
    text = given if isinstance(given, str) else identity.format_id(given)
    return identity.parse_id(text) if identity.pattern().fullmatch(text) else None
