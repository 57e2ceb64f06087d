"""The bytes of entries and bodies, and their hashes: what is stored is what is hashed."""

import json
import os
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from json.encoder import encode_basestring_ascii as quote  # what json.dumps does with a text
from typing import Any, NamedTuple

from scoring.record.entries import Body, Content, EncodedBody, EncodedContent, Kind, NewEntry

# Each hash begins with what it is of, so that a hash of one thing can never pass as that of another.
ENTRY, BODY, CHECKPOINT = (
    b"decision record, entry 1\n",
    b"decision record, body 1\n",
    b"decision record, checkpoint 1\n",
)
BEGINNING = bytes(32)  # stands for the hash before the first entry of a chain and before the first checkpoint
_SALT = 16  # bytes
_DRAWN = 256  # salts at once


class PreparedEntry(NamedTuple):
    """An entry before it has a place in a chain.

    Attributes
    ----------
    content : canonical JSON.
    body_hash : None where the entry has no body.
    body : salt, client id (escaped) and content (canonical JSON), as they are stored.
    """

    id: str
    kind: Kind
    about: str | None
    content: str
    body_hash: bytes | None
    body: tuple[bytes, str | None, str] | None


class EntryRow(NamedTuple):
    """An entry as the table has it."""

    chain: str
    position: int
    id: str
    kind: str
    time: str
    about: str | None
    content: str
    body: bytes | None
    previous: bytes
    hash: bytes


def canonical(value: Any) -> str:
    r"""Write JSON in one way only: keys sorted, no space, ASCII, the shortest digits that give the same float.

    Raises
    ------
    ValueError
        For NaN and infinity, which JSON does not have.
    TypeError
        For what is not JSON.

    >>> canonical({"b": 0.1, "a": [None, True, "é"]})
    '{"a":[null,true,"\\u00e9"],"b":0.1}'
    """
    return "null" if value is None else _ENCODER.encode(value)  # for all but a text, the encoder is made again


def _plain(value: object) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"an entry of the decision record has a value of type {type(value).__name__}, expected JSON")


_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False, default=_plain)


def escape(text: str | None) -> str | None:
    r"""Write a text without characters that a database would refuse.

    >>> escape("100001"), escape("a\x00é"), escape(None)
    ('100001', 'a\\u0000\\u00e9', None)
    """
    return None if text is None else quote(text)[1:-1]


def unescape(text: str | None) -> str | None:
    r"""Undo ``escape``.

    >>> unescape(escape("a\x00é\ud800")) == "a\x00é\ud800"
    True
    """
    return None if text is None else str(json.loads(f'"{text}"'))


def write_time(moment: datetime) -> str:
    """Write a time in UTC; such texts sort like the times.

    >>> from datetime import UTC
    >>> write_time(datetime(2026, 11, 26, 13, 5, 1, tzinfo=UTC))
    '2026-11-26T13:05:01.000000Z'
    """
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def prepare(entry: NewEntry) -> PreparedEntry:
    """Write an entry's content and body; raises ValueError or TypeError for what is not JSON."""
    content = _content_text(entry.content)
    if entry.body is None:
        return PreparedEntry(entry.id, entry.kind, entry.about, content, None, None)
    body = _salted(entry.body)
    return PreparedEntry(entry.id, entry.kind, entry.about, content, hash_body(*body), body)


def _content_text(content: Content) -> str:
    if isinstance(content, EncodedContent):
        return f"{{{','.join(sorted(content.members))}}}"  # their order is that of the keys, which are plain words
    return canonical(content)


def encode_content(content: Content) -> EncodedContent:
    """Write the members of an entry's content, whose keys are plain words, unless they are written already.

    >>> encode_content({"b": 1, "a": None})
    EncodedContent(members=('"b":1', '"a":null'))
    """
    if isinstance(content, EncodedContent):
        return content
    return EncodedContent(tuple([f'"{key}":{canonical(value)}' for key, value in content.items()]))


def extend_content(content: Content, more: Mapping[str, Any]) -> Content:
    """Add keys to the content of an entry.

    >>> extend_content({"a": None}, {"b": 1})
    {'a': None, 'b': 1}
    >>> extend_content(EncodedContent(('"a":null',)), {"b": 1})
    EncodedContent(members=('"a":null', '"b":1'))
    """
    if isinstance(content, EncodedContent):
        return EncodedContent(content.members + encode_content(more).members)
    return {**content, **more}


def _salted(body: Body | EncodedBody) -> tuple[bytes, str | None, str]:
    return _take_salt(), escape(body.client_id), encode_body(body).content


_salts: list[bytes] = []  # drawn in advance: each call of the system would let other threads go first
os.register_at_fork(after_in_child=_salts.clear)


def _take_salt() -> bytes:
    try:
        return _salts.pop()
    except IndexError:
        drawn = os.urandom(_SALT * _DRAWN)
        _salts.extend(drawn[i : i + _SALT] for i in range(_SALT, len(drawn), _SALT))
        return drawn[:_SALT]


def encode_body(body: Body | EncodedBody) -> EncodedBody:
    """Write a body's content, unless it is written already.

    >>> encode_body(Body("100001", {"b": 1, "a": None}))
    EncodedBody(client_id='100001', content='{"a":null,"b":1}')
    """
    return body if isinstance(body, EncodedBody) else EncodedBody(body.client_id, canonical(body.content))


def hash_body(salt: bytes, client_id: str | None, content: str) -> bytes:
    """Hash a body as it is stored. Without the salt, nobody can find an erased body by trying."""
    return sha256(BODY + salt + _body_text(client_id, content)).digest()


def _body_text(client_id: str | None, content: str) -> bytes:
    quoted = "null" if client_id is None else f'"{client_id}"'
    return f'{{"client_id":{quoted},"content":{content}}}'.encode()


def entry_text(row: EntryRow) -> bytes:
    """Write an entry with its place as canonical JSON.

    >>> place = EntryRow("chain", 1, "id", "decision", "2026-11-26T13:05:01.123456Z", None, "{}", None, b"", b"")
    >>> entry_text(place).decode()
    '{"about":null,"body":null,"chain":"chain","content":{},"id":"id","kind":"decision","position":1,"time":"2026-11-26T13:05:01.123456Z"}'
    """
    about = "null" if row.about is None else quote(row.about)
    body = "null" if row.body is None else f'"{row.body.hex()}"'
    return (
        f'{{"about":{about},"body":{body},"chain":{quote(row.chain)},"content":{row.content},'
        f'"id":{quote(row.id)},"kind":{quote(row.kind)},"position":{row.position},'
        f'"time":{quote(row.time)}}}'
    ).encode()


def hash_entry(previous: bytes, text: bytes) -> bytes:
    """Hash an entry and the hash before it; a chain can be followed with the sha256 of its entries alone."""
    return sha256(ENTRY + previous + sha256(text).digest()).digest()


def seal(row: EntryRow) -> EntryRow:
    """Give a row its hash."""
    return row._replace(hash=hash_entry(row.previous, entry_text(row)))
