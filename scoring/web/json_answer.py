"""Answers as JSON."""

from collections.abc import Callable
from functools import lru_cache

from flask import Response
from pydantic import BaseModel
from pydantic_core import to_json


def json_answer(answer: object) -> Response:
    """Encode an answer."""
    return Response(to_json(answer), content_type="application/json")


def cached_answers(use_case: Callable[[str], BaseModel], most: int) -> Callable[[str], Response]:
    """Answer by client with the encoded answers of a use case; the last ``most`` are cached, errors are not.

    A cached answer touches hardly any code and memory, which are most of what a request costs.
    """

    @lru_cache(most)
    def encoded(client_id: str) -> bytes:
        return use_case(client_id).model_dump_json().encode()

    return lambda client_id: Response(encoded(client_id), content_type="application/json")
