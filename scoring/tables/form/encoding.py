"""In which encoding a text file is written: UTF-8, UTF-16 or Windows-1252. A file that is not text is refused."""

import codecs
import re
from collections.abc import Iterator
from typing import IO

from scoring.tables.files import Source, open_unpacked
from scoring.tables.form.other_formats import refuse_other_formats
from scoring.tables.text.table_errors import TableError

UTF_8 = "utf-8-sig"  # with or without a byte-order mark
WINDOWS = "cp1252"
NAMES = {UTF_8: "UTF-8", "utf-16": "UTF-16", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", WINDOWS: "Windows-1252"}
_PIECE = 1 << 20
# The characters of Windows-1252 that occur in tables of Western Europe. Any other one shows that the encoding is
# another.
_WESTERN = re.compile(r"[\x00-\x7fÀ-ÖØ-öø-ÿŒœŸŠšŽž€£¥«»‘’“”–—…·²³½¼¾µ§°ºª\xa0]*")
# What another encoding looks like if its bytes are read as Windows-1252: three accented letters in a row; a capital
# within a word (the é of a Macintosh becomes Ž); Icelandic letters, or signs between letters, in place of the letters
# of Central Europe and Turkey, or a pound sign that begins a word (the Polish Ł) other than £thousands or £pcm. The
# last two are à, ê, ç and œ in UTF-8: such a file is in UTF-8 but for single bytes.
_FOREIGN = re.compile(
    r"[À-ÿ]{3}|[a-zà-ÿ][ŽŠŸ]|£(?!thou|mil|mln|bil|per|pcm|gbp)[a-zà-ÿ]{3}|[ÝÞÐýþð]|[^\W\d_][¥§°²³µ»ª«£½¼¾][^\W\d_]"
    r"|Ã[\xa0£¥«»·²³½¼¾µ§°ºª]|Å[“”‘’]"
)


def find_encoding(source: Source) -> str:
    """Find the encoding of a text from its whole content, by Python's name.

    Raises
    ------
    TableError
        The content is not text, or its encoding is not one of these.
    """
    with open_unpacked(source) as content:
        head = content.read(4096)
        if wide := _find_utf_16(head):
            refuse_other_formats(head.decode(wide, errors="ignore").encode())
            return wide
        refuse_other_formats(head)
        if _is_utf_8(_pieces(head, content)):
            return UTF_8
    with open_unpacked(source) as content:
        _require_western(_pieces(b"", content))
    return WINDOWS


def _pieces(head: bytes, content: IO[bytes]) -> Iterator[bytes]:
    yield head
    yield from iter(lambda: content.read(_PIECE), b"")


def _find_utf_16(head: bytes) -> str | None:
    """Recognise UTF-16 by its byte-order mark, or by a zero in most pairs of bytes."""
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise TableError("encoding")
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    first, second = head[0::2], head[1::2]
    if len(head) > 1 and 0 not in first and second.count(0) > len(second) * 0.7:
        return "utf-16-le"
    if len(head) > 1 and 0 not in second and first.count(0) > len(first) * 0.7:
        return "utf-16-be"
    return None


def _is_utf_8(pieces: Iterator[bytes]) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for piece in pieces:
            if b"\0" in piece:
                raise TableError("not_text")
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _require_western(pieces: Iterator[bytes]) -> None:
    end = ""  # letters in a row may be in two pieces
    for piece in pieces:
        if b"\0" in piece:
            raise TableError("not_text")
        try:
            text = end + piece.decode(WINDOWS)
        except UnicodeDecodeError:
            raise TableError("encoding") from None
        if _FOREIGN.search(text) or not _WESTERN.fullmatch(text):
            raise TableError("encoding")
        end = text[-3:]
