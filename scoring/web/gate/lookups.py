"""Counts the clients that a request looks up, so that a key that walks through client numbers is noticed."""

from collections.abc import Iterable
from hashlib import blake2b
from typing import TYPE_CHECKING

from flask import g

from scoring.access.walk_alarm import Lookup
from scoring.errors import ClientsUnavailable
from scoring.model.schema import ClientId, Identity
from scoring.storage.clients.known_clients import KnownClients

if TYPE_CHECKING:
    from scoring.access.key_ring import Accepted
    from scoring.access.meter import Meter


def count_lookups(clients: KnownClients, given: Iterable[object], *, may_be_new: bool = False) -> None:
    """Count clients whose numbers are in a body; raises TooManyRequests. Without keys, nothing is counted.

    Parameters
    ----------
    clients : those that the caller may see.
    given : client numbers or text IDs as they were sent, valid or not.
    may_be_new : new applicants may be among them, with numbers that no client has yet. For a key that was made with
        ``--bulk``, nothing is then counted.
    """
    counting: tuple[Meter, Accepted] | None = g.get("counting")
    if counting is None:
        return
    meter, accepted = counting
    if not (may_be_new and accepted.bulk):
        meter.count_key(accepted.caller.key_id or "", None, find_lookups(clients, given), bulk=accepted.bulk)


def find_lookups(clients: KnownClients, given: Iterable[object]) -> list[Lookup]:
    """Return the lookups for client numbers or text IDs; the store is asked once, about all that have a valid form.

    While the store cannot be read, all these IDs count as known.
    """
    read = (_read_id(clients.identity, one) for one in given)
    client_ids = [one for one in read if one is not None]
    try:
        known = [row is not None for row in clients.store.find_rows(client_ids)] if client_ids else []
    except ClientsUnavailable:
        known = [True] * len(client_ids)
    return [make_lookup(one, known=is_known) for one, is_known in zip(client_ids, known, strict=True)]


def make_lookup(client_id: ClientId, *, known: bool) -> Lookup:
    """Return the lookup of a client number or text ID."""
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
