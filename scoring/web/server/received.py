"""What a connection has sent of its next request, and whether that suffices to answer it."""

import re

from gunicorn.http.errors import LimitRequestHeaders
from gunicorn.http.unreader import Unreader

from scoring.web.body.request_body import MOST_BYTES, too_large

_MOST_HEAD = 2**16  # bytes of the request line and the headers
_MOST_SIZE_LINE = 2**13  # bytes of the line with a chunk's size
_MOST_OVERHEAD = 2**18  # bytes of a chunked body that are not its content
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,18})[ \t]*\r\n")
_CODING = re.compile(rb"\r\ntransfer-encoding:([^\r\n]*)\r\n")
_CONTINUE = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*\r\n")
_CHUNK_SIZE = re.compile(rb"[0-9a-f]{1,16}[ \t]*", re.IGNORECASE)  # 64 bits


class Received(Unreader):  # type: ignore[misc]
    """The received bytes; gunicorn's parser takes them from here instead of from the socket.

    ``suffices`` decides at which moment the parser is called; the parser decides what a request means. Bytes that
    cannot become a valid request count as sufficient at once, so that the parser refuses them.

    Attributes
    ----------
    pending : received, and not yet taken by the parser.
    whole : the request is there to its last byte.
    size : bytes of the body, as far as they are declared.
    chunked : the size of the body is not declared.
    expects_continue : the caller sends the body only after the interim answer 100.
    """

    def __init__(self) -> None:
        super().__init__()
        self.pending = bytearray()
        self.begin()

    def begin(self) -> None:
        """Start the next request, with what was received beyond the last one."""
        self.pending[:0] = self.take_buffered()
        self.whole, self.size, self.expects_continue = False, 0, False
        self.chunked = False
        self._head = 0  # length of the head; 0 until it is there
        self._searched = 0
        self._end = 0  # where the request ends; if it is chunked, where the line with the next chunk's size begins
        self._limit: Exception | None = None  # to raise, if the request exceeds a limit

    def give_back(self) -> None:
        """Move what was received beyond the request into gunicorn's own buffer, because gunicorn looks only there."""
        self.buf.seek(0, 2)
        self.buf.write(self.pending)
        self.pending.clear()

    def chunk(self, size_hint: int | None = None) -> bytes:
        """Give the parser the next piece: an empty one where no more was received."""
        size = max(size_hint or 0, 2**13)
        piece = bytes(self.pending[:size])
        del self.pending[:size]
        if not piece and self._limit:
            raise self._limit
        return piece

    def suffices(self) -> bool:
        """Whether the request is whole, or has something for which it is refused."""
        if not self._head:
            start = self.pending.find(b"\r\n\r\n", max(0, self._searched - 3))
            if start < 0:
                return self._is_hopeless_head()
            self._read_head(start)
        if self.chunked:
            return self._follow_chunks()
        self.whole = len(self.pending) >= self._end
        return self.whole or self.size > MOST_BYTES

    def _is_hopeless_head(self) -> bool:
        self._searched = len(self.pending)
        if self._searched > _MOST_HEAD:
            self._limit = LimitRequestHeaders(f"{_MOST_HEAD} bytes")
        # TLS or another protocol, or lines that end without a carriage return: the end would never be found.
        foreign = bool(self.pending) and not (self.pending[:1].isalpha() or self.pending.startswith(b"\r"))
        return foreign or self._limit is not None or self.pending.count(b"\n") != self.pending.count(b"\r\n")

    def _read_head(self, start: int) -> None:
        """Read from the head how long the body is, or that it is chunked."""
        self._head = self._end = start + 4
        head = bytes(self.pending[: start + 2]).lower()
        self.expects_continue = _CONTINUE.search(head) is not None
        # The parser refuses any coding but chunked, and a coding together with a length
        if coding := _CODING.search(head):
            self.chunked = coding[1].strip().endswith(b"chunked")
        elif length := _LENGTH.search(head):
            self.size = int(length[1])
            self._end += self.size

    def _follow_chunks(self) -> bool:
        """Follow the sizes of the chunks; returns whether the body is whole or refused."""
        while (line_end := self.pending.find(b"\r\n", self._end)) >= 0:
            digits = bytes(self.pending[self._end : line_end]).partition(b";")[0]
            if not _CHUNK_SIZE.fullmatch(digits):
                return True
            size = int(digits, 16)
            if size == 0:
                self.whole = self.pending.find(b"\r\n\r\n", line_end) >= 0
                return self.whole or len(self.pending) - line_end > _MOST_HEAD
            self.size += size
            self._end = line_end + 2 + size + 2
            if self.size > MOST_BYTES or self._end - self._head - self.size > _MOST_OVERHEAD:
                self._limit = too_large("The body")
                return True
        return len(self.pending) - self._end > _MOST_SIZE_LINE
