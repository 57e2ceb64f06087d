"""The gunicorn worker: its main loop receives and sends, and its threads only compute."""

import contextlib
import resource
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from selectors import EVENT_READ, EVENT_WRITE
from typing import Any

from gunicorn.http.errors import ParseException
from gunicorn.workers.gthread import ThreadWorker

from scoring.processes import release_memory
from scoring.web.body.request_body import MOST_BYTES
from scoring.web.request_headers import make_request_id
from scoring.web.server.answer_counting import count_refusal
from scoring.web.server.connection import Connection, Outgoing
from scoring.web.server.held_answer import HeldAnswer
from scoring.web.server.refusals import BUSY, FAILED, TOO_SLOW, find_refusal, refusal

REQUEST_SECONDS = 60  # for a request to arrive, from its first byte
SEND_SECONDS = 60  # for a caller to take an answer
LINGER_SECONDS = 20  # for a caller to read why its request was refused, while it is still sending
LARGE = 2**16  # bytes; larger bodies are worked on one at a time
VERY_LARGE = 2**20  # bytes; after larger bodies, memory is given back to the system
ROOM = 4 * MOST_BYTES  # bytes that all bodies of more than LARGE bytes may have together; further ones wait
_TURN = 16  # pieces of 64 KiB to receive from one connection before the others have their turn
_MOST_DISCARDED = 64 * 2**20
_STOP_SECONDS = 2  # for idle connections when the worker stops
_PAUSE = 0.1  # seconds to wait if the system has no room for a further connection
_LOOK = 0.1  # seconds between two looks at answers that wait for the decision record
_OTHER_FILES = 64  # open files that are not connections

Act = Callable[[Connection], None]


class BufferingWorker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's worker with threads, but no thread ever waits for a caller.

    A connection waits in the main loop until its request is whole or too late, so that slow callers occupy no thread;
    the same holds for answers that a caller does not take. Large bodies have a thread of their own, and the memory that
    they use together is limited. If gunicorn itself handles TLS, HTTP/2 or the PROXY protocol, this worker behaves like
    gunicorn's own.
    """

    def init_process(self) -> None:
        """Prepare the process after the fork, and run."""
        files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        self.worker_connections: int = min(self.cfg.worker_connections, max(files - _OTHER_FILES, 1))
        self._is_direct = self.cfg.is_ssl or {self.cfg.proxy_protocol, self.cfg.http2_cleartext} != {"off"}
        self._waiting: dict[Connection, Act] = {}  # what to do at the deadline
        self._held: deque[Connection] = deque()  # with a large body, until there is room
        # Answers that wait for the decision record, in the order in which they are given up.
        self._held_answers: deque[tuple[HeldAnswer, Callable[[], None]]] = deque()
        self._room = ROOM
        self._checked = 0.0
        self._large_pool = ThreadPoolExecutor(1)
        super().init_process()

    def run(self) -> None:
        """Run until the worker is stopped."""
        super().run()
        self._large_pool.shutdown(wait=False, cancel_futures=True)

    # Receiving

    def accept(self, listener: Any) -> None:
        """Accept a connection, and take what it has sent."""
        if self._is_direct:
            super().accept(listener)
            return
        try:
            accepted, client = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        except OSError as error:  # the system has no more files or memory; a connection may end soon
            self.log.warning("A connection was not accepted: %s", error.strerror)
            time.sleep(_PAUSE)
            return
        self.nr_conns += 1
        self.enqueue_req(Connection(self._linger, self.cfg, accepted, client, listener.getsockname()))

    def enqueue_req(self, conn: Any) -> None:
        """Begin the next request of a connection.

        Gunicorn calls this where it would itself give the connection to a thread.
        """
        if not isinstance(conn, Connection):
            super().enqueue_req(conn)
            return
        begun = conn.begin_request()
        conn.deadline = time.monotonic() + (REQUEST_SECONDS if begun else self.cfg.keepalive)
        if begun and conn.received.suffices():
            self._dispatch(conn)
        else:
            self._receive(conn)

    def _receive(self, conn: Connection) -> None:
        for _ in range(_TURN):
            if not self._reserve(conn):
                self._held.append(conn)
                self._waiting[conn] = partial(self._refuse, *BUSY)
                return
            piece = conn.receive()
            if piece is None:
                break
            if not piece:
                self._finish_early(conn)
                return
            if not conn.received.pending:
                conn.deadline = time.monotonic() + REQUEST_SECONDS
            conn.received.pending += piece
            if conn.received.suffices():
                self._dispatch(conn)
                return
        conn.send_continue()
        late = partial(self._refuse, *TOO_SLOW) if conn.received.pending else self._drop
        self._wait(conn, EVENT_READ, self._receive, late)

    def _finish_early(self, conn: Connection) -> None:
        """Answer a caller that sends no more; without a head there is nothing to answer."""
        if conn.received.size:
            self._dispatch(conn)
        else:
            self._drop(conn)

    def _reserve(self, conn: Connection) -> bool:
        """Reserve room for the body if it is large; return False where too little room is left."""
        size = conn.received.size
        if conn.reserved or size <= LARGE:
            return True
        wanted = MOST_BYTES if conn.received.chunked else size
        if wanted > self._room:
            return False
        conn.reserved = wanted
        self._room -= wanted
        return True

    def _release(self, conn: Connection) -> None:
        self._room += conn.reserved
        conn.reserved = 0
        while self._held and self._reserve(self._held[0]):
            following = self._held.popleft()
            del self._waiting[following]
            self._receive(following)

    # Waiting

    def _wait(self, conn: Connection, event: int, act: Act, late: Act) -> None:
        self._waiting[conn] = late
        self.poller.register(conn.sock, event, partial(self._resume, conn, act))

    def _resume(self, conn: Connection, act: Act, _: Any) -> None:
        self.poller.unregister(conn.sock)
        del self._waiting[conn]
        act(conn)

    def murder_pending(self) -> None:
        """End what has waited too long: gunicorn calls this in each turn of the main loop."""
        super().murder_pending()
        now = time.monotonic()
        if now - self._checked < 1:
            return
        self._checked = now
        for conn in [one for one in self._waiting if one.deadline <= now]:
            late = self._waiting.pop(conn)
            if conn in self._held:
                self._held.remove(conn)
            else:
                self.poller.unregister(conn.sock)
            late(conn)
        if not self.alive:
            for conn in self._waiting:
                if not conn.received.pending and not conn.sock.unsent:
                    conn.deadline = min(conn.deadline, now + _STOP_SECONDS)

    # Working, in a thread

    def _dispatch(self, conn: Connection) -> None:
        conn.dispatched = time.monotonic()
        pool = self._large_pool if conn.received.size > LARGE else self.tpool
        future = pool.submit(self.handle, conn)
        future.add_done_callback(partial(self._finish_when_durable, conn))

    def _finish_when_durable(self, conn: Connection, future: "Future[Any]") -> None:
        """Have the main loop send the answer, once its decisions are recorded."""
        held = conn.sock.held
        if held is None:
            self.method_queue.defer(self.finish_request, conn, future)
            return
        self._held_answers.append((held, partial(self.finish_request, conn, future)))
        held.pending.when_done(self._wake_for_held)  # the main loop may have sent the answer already

    def _wake_for_held(self) -> None:
        self.method_queue.defer(self._finish_held)

    def _finish_held(self) -> None:
        """Send the answers whose decisions are recorded, and refuse those that have waited for too long."""
        waiting = [self._held_answers.popleft() for _ in range(len(self._held_answers))]
        over = [held.is_over() for held, _ in waiting]
        # Threads add answers meanwhile; those that still wait stay before them.
        self._held_answers.extendleft(
            reversed([one for one, is_over in zip(waiting, over, strict=True) if not is_over])
        )
        for (_, finish), is_over in zip(waiting, over, strict=True):
            if is_over:
                finish()

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Wait for what there is to do; answers that are held for too long are refused."""
        super().wait_for_and_dispatch_events(min(timeout, _LOOK) if self._held_answers else timeout)
        if self._held_answers and self._held_answers[0][0].is_over():
            self._finish_held()

    def handle(self, conn: Any) -> Any:
        """Answer a request, unless the caller has hung up while it waited for a thread."""
        if not isinstance(conn, Connection):
            return super().handle(conn)
        if conn.is_abandoned():
            return False
        keep = super().handle(conn)
        if conn.sock.held is None:
            conn.sock.flush()
        if conn.received.size > VERY_LARGE:
            release_memory()
        return keep

    def handle_request(self, req: Any, conn: Any) -> Any:
        """Answer a parsed request; if its end was not received, the connection cannot be used again."""
        if isinstance(conn, Connection):
            req._expected_100_continue = False  # answered by the main loop
            if not conn.received.whole:
                req.force_close()
        return super().handle_request(req, conn)

    def _keepalive_after(self, conn: Any, keepalive: Any) -> bool:
        try:
            return bool(super()._keepalive_after(conn, keepalive))
        except ParseException:  # in a body that the application did not read
            return False

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """If gunicorn's parser refuses a request, answer with a problem document, and log one line without content."""
        if not isinstance(client, Outgoing):
            super().handle_error(req, client, addr, exc)
            return
        status, detail = found = find_refusal(exc)
        request_id = make_request_id(None)
        if found == FAILED:
            self.log.error("request %s failed", request_id, exc_info=exc)
        else:
            self.log.warning("request %s refused: %s %s", request_id, status.value, type(exc).__name__)
        count_refusal(self.wsgi, status)
        client.sendall(refusal(status, detail, request_id))

    # Sending

    def finish_request(self, conn: Any, fs: "Future[Any]") -> None:
        """Send the rest of an answer, and keep the connection or close it."""
        if isinstance(conn, Connection):
            self._release(conn)
            conn.sock.end_hold()
            if conn.sock.unsent:
                conn.deadline = time.monotonic() + SEND_SECONDS
                self._send(fs, conn)
                return
            conn.received.give_back()
        super().finish_request(conn, fs)

    def _send(self, future: "Future[Any]", conn: Connection) -> None:
        if conn.sock.flush():
            self.finish_request(conn, future)
        else:
            self._wait(conn, EVENT_WRITE, partial(self._send, future), self._drop)

    def _refuse(self, status: Any, detail: str, conn: Connection) -> None:
        count_refusal(self.wsgi, status)
        conn.sock.sendall(refusal(status, detail, make_request_id(None)))
        conn.sock.flush()
        self._release(conn)
        self.nr_conns -= 1
        conn.close(graceful=True)

    # Closing

    def _linger(self, conn: Connection) -> None:
        """Wait before closing: otherwise a caller that is still sending could not read the answer."""
        with contextlib.suppress(OSError):
            conn.sock.shutdown()
        self.nr_conns += 1
        conn.deadline = time.monotonic() + LINGER_SECONDS
        self._discard(conn)

    def _discard(self, conn: Connection) -> None:
        for _ in range(_TURN):
            piece = conn.receive()
            if piece is None:
                break
            conn.discarded += len(piece)
            if not piece or conn.discarded > _MOST_DISCARDED:
                self._drop(conn)
                return
        self._wait(conn, EVENT_READ, self._discard, self._drop)

    def _drop(self, conn: Connection) -> None:
        self._release(conn)
        self.nr_conns -= 1
        conn.received.whole = True
        conn.close()
