"""``GET /openapi.json`` and ``GET /docs``: the description of the API, for programs and for people."""

from functools import cache, lru_cache
from threading import Lock

from flask import Blueprint, Response, render_template, request
from pydantic_core import to_json

from scoring.service import Service
from scoring.web import openapi
from scoring.web.openapi_schemas import Json

# Nothing from other servers, no inline script or style.
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'"
)

_PREFIXES = 16  # the document is cached for this many path prefixes, if proxies serve it under several


def blueprint(service: Service) -> Blueprint:
    """Serve the OpenAPI document and the page; both are made at the first request."""
    routes = Blueprint(
        "docs", __name__, template_folder="../templates", static_folder="../static", static_url_path="/docs/static"
    )

    making = Lock()

    @cache
    def document() -> Json:
        with making:  # if several threads make Pydantic types at once, Python 3.11 crashes
            return openapi.document(service)

    @lru_cache(_PREFIXES)
    def encoded(root: str) -> bytes:
        return to_json({**document(), "servers": [{"url": root or "/"}]})

    @lru_cache(_PREFIXES)
    def page(root: str) -> str:
        return render_template("docs.html", api=document(), operations=_operations(document()), root=root)

    @routes.get("/openapi.json")
    def described() -> Response:
        return Response(encoded(request.script_root), content_type="application/json")

    @routes.get("/docs")
    def docs() -> Response:
        headers = {"Content-Security-Policy": _POLICY, "Referrer-Policy": "no-referrer"}
        return Response(page(request.script_root), headers=headers, content_type="text/html; charset=utf-8")

    return routes


def _operations(document: Json) -> list[Json]:
    """List the operations, each with its method, path, address to try and examples."""
    return [
        {
            "method": method.upper(),
            "path": path,
            "address": _example_address(path, operation),
            "examples": _examples(operation),
            **operation,
        }
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def _example_address(path: str, operation: Json) -> str:
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", str(parameter["example"]))
    return path


def _examples(operation: Json) -> dict[str, str]:
    content: Json = next(iter(operation.get("requestBody", {}).get("content", {}).values()), {})
    values = {name: example["value"] for name, example in content.get("examples", {}).items()}
    return {
        name: value if isinstance(value, str) else to_json(value, indent=1).decode() for name, value in values.items()
    }
