"""Each line of the table of docs/coming_from.md is true of a service that runs."""

import json
import re
import urllib.error
import urllib.request

import pytest

from tests.conftest import PROJECT, REQUIRED

PAGE = (PROJECT / "docs" / "coming_from.md").read_text(encoding="utf-8")
CODE = re.compile(r"`([^`]+)`")
LINES = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.split("## What to change")[1].split("What may surprise")[0].splitlines()
    if line.startswith("| `")
]


@pytest.fixture(scope="module")
def send(sample_service):
    """Send a request as a cell of the table describes it; returns status and answer."""
    columns = json.loads(sample_service.get("/features")[1])["columns"]
    bodies = {
        "raw fields": REQUIRED,
        '{"data": [[...]]}': {"data": [[0.0] * len(columns)]},
        '{"applications": [{...}]}': {"applications": [REQUIRED]},
        '{"SK_ID_CURR": 500024}': {"SK_ID_CURR": 500024},
        '{"features": {...}}': {"features": REQUIRED},
        "a list of applications": [REQUIRED],
        '{"dataframe_records": [{...}]}': {"dataframe_records": [REQUIRED]},
        '{"inputs": [[...]]}': {"inputs": [[0.0]]},
    }

    def sending(cell):
        method, path = CODE.findall(cell)[0].split()
        body = next((one for name, one in bodies.items() if name in cell), None) if method == "POST" else None
        asked = urllib.request.Request(
            f"http://127.0.0.1:{sample_service.port}{path}",
            None if body is None else json.dumps(body).encode(),
            {"Content-Type": "application/json"},
            method=method,
        )
        try:
            with urllib.request.urlopen(asked, timeout=60) as answer:
                text = answer.read().decode()
                return answer.status, json.loads(text) if "json" in answer.headers["Content-Type"] else text
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    return sending


@pytest.mark.parametrize("line", LINES, ids=lambda line: re.sub(r"[^\w/ ]", "", line[0])[:50])
def test_a_line_of_the_table_is_true(line, send):
    theirs, read_there, ours, read_here = line
    status, answer = send(theirs if ours == "the same" else ours)
    assert status == 200
    described = read_there if read_here == "the same" else read_here
    if isinstance(answer, dict):
        assert set(CODE.findall(described)) <= set(answer)
    elif isinstance(answer, list):
        assert described == "a list of probabilities"
        assert all(0 < one < 1 for one in answer)
    else:
        assert "<html" in answer


@pytest.mark.parametrize("line", [line for line in LINES if line[2] != "the same"], ids=lambda line: line[0][:40])
def test_a_request_that_has_to_change_is_refused_and_a_wrong_body_is_named(line, send):
    status, answer = send(line[0])
    if line[0].split(" of FastAPI")[0] == line[2] or line[0].startswith("`GET /clients`"):
        assert status == 200  # only what is read differs
        return
    assert status in {404, 405, 422}
    assert "(body)" not in str(answer) or "Send " in answer["detail"]


def test_the_table_has_the_known_contracts():
    assert len(LINES) >= 15
    for name in ("niveau de solvabilité", "MLflow", "FastAPI", "the same"):
        assert name in PAGE
