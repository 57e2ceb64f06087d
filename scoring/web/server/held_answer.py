"""An answer that is ready, and that nobody sees before its decisions are durable. No thread waits meanwhile."""

import time
from collections.abc import Callable

from flask import request

from scoring.record.entries import Pending
from scoring.web.problems import make_problem, name_problem
from scoring.web.request_headers import asks_for_page

PATIENCE = 1.8  # seconds that a caller waits for the record
_OF_CONTENT = (b"content-type:", b"content-length:", b"content-encoding:", b"transfer-encoding:")


class HeldAnswer:
    """An answer that waits for its decisions.

    Parameters
    ----------
    has_body : False for the answer to HEAD.

    Attributes
    ----------
    pending : the entries of its decisions.
    log : function that writes the line of the access log, with another status if one is given.
    listeners : functions that are called when the answer is sent: with None and an empty text; or with the status that
        is sent instead, and the kind of its problem.
    """

    def __init__(self, pending: Pending, has_body: bool = True) -> None:
        self.pending = pending
        self._has_body = has_body
        self.log: Callable[[str | None], None] = lambda _: None
        self.listeners: list[Callable[[str | None, str], None]] = []
        self._deadline = time.monotonic() + PATIENCE

    def is_over(self) -> bool:
        """Whether the wait is over: the entries are durable, or the record has not answered in time."""
        if not self.pending.is_done and time.monotonic() >= self._deadline:
            self.pending.give_up(PATIENCE)
        return self.pending.is_done

    def release(self, answer: list[memoryview]) -> list[memoryview]:
        """Return what to send: the answer, or a problem document where its decisions could not be recorded.

        The problem has all headers of the answer but those of its content.
        """
        error = self.pending.error
        if error is None:
            self.log(None)
            self._tell(None, "")
            return answer
        problem = make_problem(error)
        self.log(problem.status)
        self._tell(problem.status, name_problem(error))
        lines = b"".join(answer).partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]
        kept = [line for line in lines if not line.lower().startswith(_OF_CONTENT)]
        new = [f"{name}: {value}".encode("latin-1") for name, value in problem.headers]
        head = [f"HTTP/1.1 {problem.status}".encode(), *kept, *new]
        return [memoryview(b"\r\n".join([*head, b"", problem.get_data() if self._has_body else b""]))]

    def _tell(self, status: str | None, problem: str) -> None:
        for listener in self.listeners:
            listener(status, problem)


def hold_answer(pending: Pending) -> bool:
    """Keep the answer to the current request back where the server can; a page is not held."""
    hold = getattr(request.environ.get("gunicorn.socket"), "hold", None)
    if hold is None or asks_for_page():
        return False
    hold(pending, request.method != "HEAD")
    return True
