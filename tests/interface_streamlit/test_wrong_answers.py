"""Answers of the API with one wrong value, at every key of every route: the page names the answer and goes on."""

from itertools import cycle

import pytest
from streamlit import cache_resource

from tests.interface_streamlit.conftest import shown
from tests.interface_streamlit.fake_api import MISSING, paths_of

CLIENT = 500145  # refused, with an offer
PAGE = "from officer.pages import {0}\n{0}.show()\n"
LONG = "![x](http://a.invalid/x.png) **b** :material/home: $x$ <b>h</b>\n\n# t \u202e" * 5000
# 10 ** 400 is a number that no float can hold; JSON as Python writes it has NaN and Infinity.
NAN = float("nan")
WRONG = (MISSING, None, "x", "", -7, 2.5, 10**400, 1e308, NAN, True, [], {}, [None], {"a": {}}, LONG, [[1]] * 50)
HEAD = "NAME_CONTRACT_TYPE,AMT_CREDIT,AMT_INCOME_TOTAL,AMT_ANNUITY,DAYS_BIRTH"
TABLE = f"{HEAD}\nCash loans,500000,150000,25000,-15000\nCash loans,-1,150000,25000,-15000\n".encode()


def open_page(name):
    return lambda apptest, url: apptest(PAGE.format(name), client=CLIENT, SCORING_API_URL=url)


def open_app(apptest, url):
    return apptest(client=CLIENT, SCORING_API_URL=url)


def move_a_lever(apptest, url):
    page = open_page("what_if")(apptest, url)
    if page.slider:
        page.slider[0].set_value(page.slider[0].min).run()
    if page.button and (offered := [one for one in page.button if one.key == "try"]):
        offered[0].click().run()
    return page


def send_a_form(credit):
    return lambda apptest, url: fill_in_a_form(open_page("new_application")(apptest, url), credit)


def fill_in_a_form(page, credit):
    keys = {one.key for one in page.text_input}
    values = {"AMT_CREDIT": credit, "AMT_INCOME_TOTAL": "150000", "AMT_ANNUITY": "25 000", "DAYS_BIRTH": "41"}
    for name, value in values.items():
        if f"new {name}" in keys:
            page.text_input(key=f"new {name}").set_value(value)
    product = [one for one in page.selectbox if one.key == "new NAME_CONTRACT_TYPE fr"]
    if product and product[0].options:
        product[0].set_value("Cash loans")
    buttons = [one for one in page.button if "valuer la demande" in one.label]
    return buttons[0].click().run() if buttons else page


def upload_a_file(apptest, url):
    page = open_page("new_application")(apptest, url)
    if not page.file_uploader:
        return page
    page.file_uploader(key="upload").upload("a.csv", TABLE, "text/csv").run()
    buttons = [one for one in page.button if one.key == "score file"]
    return buttons[0].click().run() if buttons else page


STEPS = {
    "client": open_app,
    "why": open_page("why"),
    "compare": open_page("compare"),
    "what if": move_a_lever,
    "form": send_a_form("500000"),
    "invalid form": send_a_form("-5"),
    "file": upload_a_file,
}
USED = {  # by steps: the routes that they ask for
    "client": ("GET /model", "GET /predict/<id>", "GET /clients", "GET /clients/<id>"),
    "why": ("GET /model", "GET /explain/<id>"),
    "compare": ("GET /model", "GET /clients/<id>", "GET /population"),
    "what if": ("GET /model", "GET /clients/<id>", "GET /explain/<id>", "POST /predict"),
    "form": ("GET /model", "POST /data", "POST /predict", "POST /explain"),
    "invalid form": ("POST /predict",),
    "file": ("POST /table", "POST /predict"),
}
CASES = [(steps, route) for steps, routes in USED.items() for route in routes]


NOT_USED = {"report", "metrics", "choice", "reference", "model", "costs", "typical", "versions"}  # of /model
# Whatever else is wrong, these stay: only the answers to these routes are needed for them.
NEEDED_FOR_A_DECISION = ("GET /model", "GET /predict/<id>")


@pytest.fixture
def walk(apptest, fake_api, caplog):
    """Take steps through the front-end; nothing may be raised, and no traceback logged."""

    def walking(steps, route=None, path=(), value=None):
        fake_api.reset()
        fake_api.route, fake_api.path, fake_api.value = route, path, value
        cache_resource.clear()
        caplog.clear()
        page = STEPS[steps](apptest, fake_api.url)
        case = f"{steps}: {route} {path} {str(value)[:40]}"
        assert not page.exception, (case, [one.value for one in page.exception])
        logged = [one for one in caplog.records if one.exc_info or one.stack_info or "Traceback" in one.getMessage()]
        assert not logged, (case, logged)
        return page

    return walking


@pytest.fixture(scope="module")
def walked():
    """Remember the steps that were taken with right answers: what the API answers there is known."""
    return set()


def list_paths(fake_api, route):
    """Paths of all documents that the API answered on a route so far, each once."""
    known = fake_api.answers_of(route)
    assert known, f"{route} was not asked for"
    return list(dict.fromkeys(path for document in known for path in paths_of(document) if path[0] not in NOT_USED))


def try_wrong_values(walk, fake_api, steps, route, values):
    """Take the steps once for each path and value; return how often the page said that it cannot use the answer."""
    said = 0
    for path, value in values:
        if value is MISSING and (not path or isinstance(path[-1], int)):
            continue
        page = walk(steps, route, path, value)
        said += any(route.split("/<")[0] in shown(error.value) for error in page.error)
        if route not in NEEDED_FOR_A_DECISION and steps in {"client", "why", "compare"}:
            assert any("verdict" in one.value for one in page.markdown), (route, path, str(value)[:40])
    return said


@pytest.mark.parametrize(("steps", "route"), CASES)
def test_a_wrong_value_at_any_key_is_named_and_the_rest_is_shown(walk, walked, fake_api, steps, route):
    if steps not in walked:
        walk(steps)
        walked.add(steps)
    paths = list_paths(fake_api, route)
    stride = max(1, len(paths) // 2)  # some paths, each with one value; the drill takes all
    values = [((), WRONG[3]), *((path, WRONG[(5 * i) % len(WRONG)]) for i, path in enumerate(paths[::stride]))]
    assert try_wrong_values(walk, fake_api, steps, route, values)


@pytest.mark.drill
@pytest.mark.parametrize(("steps", "route"), CASES)
def test_a_wrong_value_at_every_key_is_named_and_the_rest_is_shown(walk, fake_api, steps, route):
    walk(steps)
    paths = [(), *list_paths(fake_api, route)]
    values = [(path, WRONG[i % len(WRONG)]) for i, path in enumerate(paths)]
    assert try_wrong_values(walk, fake_api, steps, route, values)


@pytest.mark.parametrize(("steps", "route"), [("why", "GET /explain/<id>"), ("form", "POST /explain")])
def test_a_concept_without_its_contributions_is_a_wrong_answer(walk, steps, route):
    page = walk(steps, route, ("contributions",), [])
    assert any(route.split("/<")[0] in shown(error.value) for error in page.error)
    assert any("verdict" in one.value for one in page.markdown)


NOT_JSON = (b"", b"[", b"null", b'{"a":' * 100_000, b"\xff\xfe", b'{"a": "\\ud800"}', b"<html>", b"{} {}")


PARTS = (("client", "GET /clients/<id>"), ("why", "GET /explain/<id>"), ("client", "GET /model"))


@pytest.mark.parametrize(("content", "part"), [*zip(NOT_JSON, cycle(PARTS))])
def test_an_answer_that_is_no_json_is_named(walk, fake_api, content, part):
    steps, route = part
    page = walk(steps, route, (), content)
    assert [route.split("/<")[0] in shown(error.value) for error in page.error] == [True]
