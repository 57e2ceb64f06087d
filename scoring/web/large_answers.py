"""Large answers that change only with the model: encoded and compressed once, each with an ETag."""

import gzip
import hashlib
from functools import cached_property

from flask import Response, request


class LargeAnswer:
    """A view that always gives the same body, plain or compressed as the caller accepts.

    A caller that sends the ETag of the answer it has (``If-None-Match``) gets 304 without a body.
    """

    def __init__(self, body: bytes, content_type: str = "application/json", **headers: str) -> None:
        self._body, self._content_type, self._headers = body, content_type, headers

    def __call__(self) -> Response:
        """Answer the current request."""
        answer = Response(headers={**self._headers, "Cache-Control": "no-cache"}, content_type=self._content_type)
        answer.vary.add("Accept-Encoding")
        if _prefers_gzip():
            answer.set_data(self._compressed)
            answer.content_encoding = "gzip"
            answer.set_etag(f"{self._digest}-gzip")  # another representation needs another ETag
        else:
            answer.set_data(self._body)
            answer.set_etag(self._digest)
        answer.make_conditional(request)
        return answer

    @cached_property
    def _digest(self) -> str:
        return hashlib.sha256(self._body).hexdigest()[:32]

    @cached_property
    def _compressed(self) -> bytes:
        return gzip.compress(self._body, mtime=0)  # every worker process makes the same bytes


def _prefers_gzip() -> bool:
    accepted = request.accept_encodings
    return 0 < accepted.quality("gzip") >= accepted.quality("identity")
