"""Requests that are small for their work, a few for every route; ``request_costs.py`` measures them."""

import csv
import json
from typing import Any
from urllib.parse import urlencode

from benchmarks.posts import applications
from benchmarks.serving import PROJECT, client_numbers

MOST_RECORDS = 1000
_REQUIRED = ("AMT_CREDIT", "AMT_INCOME_TOTAL", "AMT_ANNUITY", "DAYS_BIRTH", "NAME_CONTRACT_TYPE")


def get(address: str, *headers: str) -> bytes:
    """Write a GET request."""
    return "\r\n".join([f"GET {address} HTTP/1.1", "Host: x", "Connection: close", *headers, "", ""]).encode()


def post(route: str, body: object, kind: str = "application/json") -> bytes:
    """Write a POST request; what is not bytes becomes JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body, separators=(",", ":")).encode()
    head = f"POST {route} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: {kind}\r\n"
    return f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content


def model_row() -> list[float]:
    """Return the model-ready row of the first client."""
    with (PROJECT / "df_sample.csv").open(encoding="utf-8", newline="") as file:
        row = next(csv.DictReader(file))
    return [float(text) for name, text in row.items() if name not in {"SK_ID_CURR", "TARGET"}]


def _bodies() -> dict[str, Any]:
    """Bodies for every route that takes JSON."""
    whole = applications()[0]
    minimal = {name: whole[name] for name in _REQUIRED}
    misspelled = {"AMT_CREDI": 1, "AMT_INCOME_TOTALL": 1, "AMT_ANUITY": 1, "DAYS_BIRT": 1}
    unusual = {name: 10**9 if isinstance(value, int | float) and value > 1 else value for name, value in whole.items()}
    row = model_row()

    def several(record: object, count: int = MOST_RECORDS, key: str = "applications") -> dict[str, object]:
        return {key: [record] * count}

    return {
        "one application, 5 fields": minimal,
        "one application, 121 fields": whole,
        "1,000 applications, 5 fields": several(minimal),
        "1,000 applications, 121 fields": several(whole),
        "1,000 applications with misspelled fields": several(misspelled),
        "1,000 empty applications": several({}),
        "1,000 applications out of the usual range": several(unusual),
        "1,000 applications, unknown categories": several({**minimal, "NAME_CONTRACT_TYPE": "?"}),
        "100,000 unknown fields": {f"AMT_CREDIT{i}": 1 for i in range(100_000)},
        "1,000 model-ready rows": several(row, key="data"),
        "1,000 empty rows": several([], key="data"),
        "1,000 rows of texts": several(["x"] * len(row), key="data"),
        "a row of a million numbers": {"data": [[1] * 1_000_000]},
        "a million records": several(1, 1_000_000),
        "two million empty lists": b'{"data":[[' + b"[]," * 2_000_000 + b"1]]}",
        "half a million objects": b'{"data":[[' + b'{"a":1},' * 500_000 + b"1]]}",
        "a million keys": b"{" + b",".join(b'"%x":1' % i for i in range(700_000)) + b"}",
        "the same key a million times": b"{" + b'"a":1,' * 1_000_000 + b'"a":1}',
        "nested 100,000 deep": b"[" * 100_000,
        "a text of 8 MB": {"a": "x" * 8_000_000},
        "a text of a million escapes": b'{"a":"' + rb"\u00e9" * 1_000_000 + b'"}',
        "numbers of 4,000 digits": b'{"data":[[' + (b"9" * 4_000 + b",") * 1_000 + b"1]]}",
        "not JSON after 8 MB": b'{"a":"' + b"x" * 8_000_000 + b"\x00",
        "not UTF-8 after 8 MB": b'{"a":"' + b"x" * 8_000_000 + b"\xff",
    }


def _addresses() -> dict[str, bytes]:
    known = client_numbers()[0]
    with (PROJECT / "modele_retenu.json").open(encoding="utf-8") as file:
        names = [field["name"] for field in json.load(file)["input_schema"]["fields"]]
    html, conditions = "Accept: text/html", urlencode([("where", f"{name}:0..1") for name in names[:10]])
    misspelled = ",".join(f"{name}X" for name in names[:10])
    return {
        "GET /predict": get(f"/predict/{known}"),
        "GET /predict, as a page": get(f"/predict/{known}", html),
        "GET /predict, unknown, as a page": get("/predict/999999", html),
        "GET /predict, 8 KB": get("/predict/" + "9" * 8_000),
        "GET /, as a page": get("/", html),
        "GET /model, as a page": get("/model", html),
        "GET /application": get("/application", html),
        "GET /docs": get("/docs"),
        "GET /openapi.json": get("/openapi.json"),
        "GET /explain": get(f"/explain/{known}"),
        "GET /clients": get("/clients?limit=1000"),
        "GET /clients/<id>": get(f"/clients/{known}"),
        "GET /health": get("/health"),
        "GET /population": get("/population"),
        "GET /population, 10 features, 10 conditions": get(f"/population?features={','.join(names[:10])}&{conditions}"),
        "GET /population, 10 misspelled features": get(f"/population?features={misspelled}"),
        "GET /population, 8,000 commas": get("/population?features=" + "," * 8_000),
        "GET /population, 4,000 names": get("/population?features=" + "a," * 4_000),
        "GET /population, 1,000 features=": get("/population?" + "features=&" * 800),
        "GET /population, 1,000 where=": get("/population?" + "where=a:&" * 880),
        "GET /, 4,000 parameters": get("/?" + "a&" * 4_000, html),
        "GET /, Accept of 8 KB": get("/", "Accept: text/html," + "a/b;q=0.1," * 800),
        "GET /, Accept-Language of 8 KB": get("/", html, "Accept-Language: " + "fr;q=0.1," * 880),
        "GET /, 90 headers of 700 bytes": get("/", *(f"X-{i}: " + "a" * 700 for i in range(90))),
        "GET of 1,000 folders": get("/a" * 4_000),
        "GET /docs/static, 1,000 folders up": get("/docs/static" + "/.." * 2_600),
        "malformed": b"GET / HTTP/9.9\r\n\r\n",
    }


def _other_bodies() -> dict[str, bytes]:
    form = "application/x-www-form-urlencoded"
    columns = list(applications()[0])
    header, row = ",".join(columns) + "\n", ",".join(["1"] * len(columns)) + "\n"
    chunk = b"POST /predict HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
    chunked = chunk + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\n1\r\n" * 40_000 + b"0\r\n\r\n"
    return {
        "POST /application, empty": post("/application", b"", form),
        "POST /application, 9,999 unknown fields": post("/application", b"&".join([b"AMT_CREDI=1"] * 9_999), form),
        "POST /application, 9,999 different fields": post(
            "/application", b"&".join(b"AMT_CREDIT%d=1" % i for i in range(9_999)), form
        ),
        "POST /application, a text of 1 MB": post("/application", b"AMT_CREDIT=" + b"1" * 1_000_000, form),
        "POST /application, 1 MB of escapes": post("/application", b"AMT_CREDIT=" + b"%31" * 330_000, form),
        "POST /table, a row": post("/table", (header + row).encode(), "text/csv"),
        "POST /table, 2,000 rows": post("/table", (header + row * 2_000).encode(), "text/csv"),
        "POST /table, 19,000 lines": post("/table", b"a\n" * 19_000, "text/csv"),
        "POST /table, 1 MB of separators": post("/table", b"," * 1_000_000, "text/csv"),
        "POST /table, 1 MB of lines": post("/table", b"a\n" * 500_000, "text/csv"),
        "POST /table, 1 MB of quotes": post("/table", b'"' * 1_000_000, "text/csv"),
        "POST /predict, a byte a chunk": chunked,
    }


def requests() -> dict[str, bytes]:
    """Return every request, by its description."""
    routes = ("/predict", "/predict_proba", "/explain", "/data")
    bodies = {f"POST {route}, {name}": post(route, body) for name, body in _bodies().items() for route in routes}
    return {**_addresses(), **bodies, **_other_bodies()}
