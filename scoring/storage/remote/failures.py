"""Why a file could not be fetched: what errors of many libraries mean, without repeating their texts."""

import errno
import os
import re
import ssl
from collections.abc import Iterator
from http.client import HTTPException

SILENCE = 10  # seconds without a byte, after which an attempt has failed
_FULL = {errno.ENOSPC, errno.EDQUOT}
_CUT_OFF = {"IncompleteRead", "ReadError", "RemoteProtocolError"}
_STATUS = re.compile(r"status code: (\d{3})")
# Where machines of a cloud ask for their credentials; they are asked only if none are set.
_NO_CREDENTIALS = re.compile(r"169\.254\.169\.254|/latest/(api|meta-data)/|/computeMetadata/|metadata\.google")


class Failure(Exception):
    """Why a file could not be fetched: a kind, and a detail that may be shown."""

    def __init__(self, kind: str, detail: object = "") -> None:
        super().__init__(kind, detail)
        self.kind, self.detail = kind, detail

    def is_passing(self) -> bool:
        """Tell whether the same request may succeed a little later."""
        if self.kind == "status":
            return int(str(self.detail)) >= 500 or self.detail in {408, 429}
        return self.kind in {"unreachable", "silent", "truncated"}

    def told(self) -> dict[str, object]:
        """Return what the parent is told."""
        return {"kind": self.kind, "detail": self.detail, "passing": self.is_passing()}


def describe(error: BaseException) -> Failure:
    """Tell what an error of a library means, from its class and its numbers.

    >>> describe(ConnectionRefusedError(111, "refused")).args
    ('unreachable', 'ConnectionRefusedError')
    >>> describe(OSError(errno.ENOSPC, "full")).args
    ('disk', 'No space left on device')
    """
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, Failure):
            return cause
        if isinstance(cause, OSError) and cause.errno in _FULL:
            return Failure("disk", os.strerror(cause.errno or 0))
        if isinstance(cause, OSError) and cause.errno == errno.EFBIG:
            return Failure("large")
        status = getattr(getattr(cause, "response", None), "status_code", None) or getattr(cause, "code", None)
        if isinstance(status, int) and status >= 300:
            return Failure("status", status)
        if type(cause).__module__.startswith("obstore") or isinstance(cause, FileNotFoundError):
            return _describe_store(cause)
        if isinstance(cause, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in str(cause):
            return Failure("certificate")
    names = [type(cause).__name__ for cause in causes]
    if any("Timeout" in name for name in names):
        return Failure("silent", SILENCE)
    if _CUT_OFF & {*names} or "Consistency check failed" in str(error):  # so the Hub's client says it
        return Failure("truncated")
    # The innermost error says most; its class has no addresses in it.
    innermost = next((name for name in reversed(names) if name != "OSError"), names[0])
    is_network = any(
        isinstance(cause, OSError | HTTPException) or type(cause).__module__.startswith(("httpx", "httpcore"))
        for cause in causes
    )
    return Failure("unreachable" if is_network else "other", innermost)


def _describe_store(error: BaseException) -> Failure:
    text = str(error)
    if _NO_CREDENTIALS.search(text):
        return Failure("credentials")
    if found := _STATUS.search(text):
        return Failure("status", int(found[1]))
    if isinstance(error, FileNotFoundError):
        return Failure("status", 404)
    if "kind: Interrupted" in text or "body error" in text:
        return Failure("truncated")
    if "kind: Redirect" in text and "BadScheme" in text:
        return Failure("redirect")
    if "InvalidCertificate" in text or "invalid peer certificate" in text:
        return Failure("certificate")
    return Failure("silent", SILENCE) if "kind: Timeout" in text else Failure("unreachable", type(error).__name__)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        reason = getattr(error, "reason", None)  # of urllib's errors
        error = reason if isinstance(reason, BaseException) else error.__cause__ or error.__context__
