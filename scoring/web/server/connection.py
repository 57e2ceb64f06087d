"""One connection: what was received on it, and what could not be sent yet."""

import contextlib
import socket
import time
from collections.abc import Callable
from typing import Any

from gunicorn.http.parser import RequestParser
from gunicorn.workers.gthread import TConn

from scoring.record.entries import Pending
from scoring.web.server.held_answer import HeldAnswer
from scoring.web.server.received import Received

_PIECE = 2**16  # bytes to receive at once
_PATIENT = 0.05  # seconds after which a caller may have given up


class Outgoing:
    """A socket that never blocks: it keeps the rest of an answer if the caller reads slowly, and the thread goes on.

    gunicorn writes an answer as head and body; they are sent together.
    """

    def __init__(self, inner: socket.socket) -> None:
        self.inner = inner
        self.unsent: list[memoryview] = []
        self.held: HeldAnswer | None = None
        self.fileno, self.close = inner.fileno, inner.close

    def shutdown(self, how: int = socket.SHUT_WR) -> None:
        """Tell the caller that no more is sent."""
        self.inner.shutdown(how)

    def sendall(self, data: bytes) -> None:
        """Keep the data for ``flush``."""
        if data:
            self.unsent.append(memoryview(data))

    def flush(self) -> bool:
        """Send what the caller takes now; return True if nothing is left to send, or if the caller is gone."""
        while self.unsent:
            try:
                sent = self.inner.sendmsg(self.unsent[:16])
            except BlockingIOError:
                return False
            except OSError:
                self.unsent.clear()
                return True
            while self.unsent and sent >= len(self.unsent[0]):
                sent -= len(self.unsent.pop(0))
            if sent:
                self.unsent[0] = self.unsent[0][sent:]
        return True

    def recv(self, _size: int) -> bytes:
        """Return nothing, even if the caller is still sending: gunicorn would make a thread read and discard it."""
        return b""

    def hold(self, pending: Pending, has_body: bool) -> None:
        """Keep the answer to the current request back until its decisions are durable."""
        self.held = HeldAnswer(pending, has_body)

    def end_hold(self) -> None:
        """Let the answer go; one whose decisions could not be recorded is replaced."""
        held, self.held = self.held, None
        if held is not None:
            self.unsent = held.release(self.unsent)

    def _keep(self, value: object) -> None:
        """Stay non-blocking, whatever gunicorn sets."""

    setblocking = settimeout = _keep


class Connection(TConn):  # type: ignore[misc]
    """A connection whose requests are parsed from what was received.

    Attributes
    ----------
    received : the bytes of the next request that have arrived.
    deadline : when to stop waiting for the caller, on the monotonic clock.
    dispatched : when the request was handed to a thread.
    reserved : bytes of the worker's room for large bodies.
    discarded : bytes that came after an answer that closes the connection.
    """

    def __init__(self, linger: Callable[["Connection"], None], *arguments: Any) -> None:
        super().__init__(*arguments)
        self._linger = linger
        _, accepted, *_ = arguments
        self.sock = Outgoing(accepted)
        self.received = Received()
        self.parser = RequestParser(self.cfg, (), self.client)
        self.parser.unreader = self.received
        self.initialized = self.data_ready = True  # gunicorn must not wait for data in a thread
        self.deadline, self.dispatched = 0.0, 0.0
        self.reserved, self.discarded = 0, 0

    def begin_request(self) -> bool:
        """Begin the next request; returns whether some of it was received with the last one."""
        self.received.begin()
        return bool(self.received.pending)

    def receive(self) -> bytes | None:
        """Return the bytes that have arrived: None for nothing, an empty value if the caller sends no more."""
        try:
            return self.sock.inner.recv(_PIECE)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def send_continue(self) -> None:
        """Send the interim answer 100, if the caller waits for it before it sends the body."""
        if self.received.expects_continue:
            self.received.expects_continue = False
            with contextlib.suppress(OSError):
                self.sock.inner.send(b"HTTP/1.1 100 Continue\r\n\r\n")

    def is_abandoned(self) -> bool:
        """Whether the caller hung up while the request waited for a thread."""
        if time.monotonic() - self.dispatched < _PATIENT:
            return False
        try:
            return not self.sock.inner.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            return True

    def close(self, graceful: bool = False) -> None:
        """Close the connection. If the caller may still be sending, first give it time to read the answer."""
        if graceful and not self.received.whole:
            self._linger(self)
        else:
            with contextlib.suppress(OSError):
                self.sock.close()
