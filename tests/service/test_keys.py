"""A real service with keys: several workers, a browser, reloads, and drills."""

import contextlib
import http.client
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from scipy.stats import mannwhitneyu

from scoring.access.key_file import change_key_file, new_key, remove_key
from tests.conftest import eventually

PORTFOLIO = "NAME_INCOME_TYPE=Pensioner"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "keys.json"


@pytest.fixture
def add(path):
    """Add a key to the file; gives its text."""

    def adding(*scopes, **more):
        key, stored = new_key("a test", scopes or ("read",), **more)
        change_key_file(path, lambda file: file.replacing(None, stored))
        return key.reveal()

    return adding


class Caller:
    """Sends requests with one key on one connection."""

    def __init__(self, port, key):
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {"Authorization": f"Bearer {key}"}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._connection.close()

    def get(self, path):
        self._connection.request("GET", path, headers=self._headers)
        answer = self._connection.getresponse()
        answer.read()
        return answer.status


def send(port, key, path, times, statuses):
    with Caller(port, key) as caller:
        statuses += [caller.get(path) for _ in range(times)]


def test_a_limit_is_exact_over_all_workers_and_a_reload(serve, add, path, numbers):
    key = add("read")
    service = serve(SCORING_API_KEYS=path, SCORING_RATE_LIMIT="60/day", WEB_CONCURRENCY=3, SCORING_DECISIONS="off")

    def send_all():
        statuses = []
        work = (service.port, key, f"/predict/{numbers[0]}", 15, statuses)
        threads = [threading.Thread(target=send, args=work) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return statuses

    assert sorted(send_all()) == [200] * 60 + [429] * 30
    before = service.children()
    service.process.send_signal(1)  # SIGHUP
    assert eventually(lambda: service.children() and not set(service.children()) & set(before))
    assert send_all() == [429] * 90


def test_every_worker_notices_an_added_and_a_revoked_key(serve, add, path, numbers):
    kept, gone = add("read"), add("read")
    service = serve(SCORING_API_KEYS=path, WEB_CONCURRENCY=2, SCORING_DECISIONS="off")

    def status_with(key):  # each on a connection of its own, so that any worker may answer
        statuses = []
        for _ in range(8):
            send(service.port, key, f"/predict/{numbers[0]}", 1, statuses)
        return set(statuses)

    assert status_with(gone) == {200}
    late = add("read")
    remove_key(path, gone[4:12])
    assert eventually(lambda: status_with(late) == {200}, seconds=20)
    assert eventually(lambda: status_with(gone) == {401}, seconds=20)
    assert f"{path}: changed; 2 API keys are now accepted" in service.log.read_text()
    path.write_text("{")
    assert eventually(lambda: status_with(kept) == {200} and "former keys stay valid" in service.log.read_text())
    assert kept not in service.log.read_text()


def test_a_start_with_an_unusable_file_of_keys_ends_with_one_message(refused, path):
    code, said = refused("gunicorn", SCORING_API_KEYS=path)
    assert code == 1
    assert "keys.json: cannot be read" in said
    assert "Traceback" not in said


def test_an_officer_types_the_key_in_the_browsers_own_box(browser, serve, add, path, numbers):
    key = add("read", "score")
    service = serve(SCORING_API_KEYS=path, SCORING_DECISIONS="off")
    address = f"http://127.0.0.1:{service.port}"
    with contextlib.closing(browser.new_context(locale="en-GB")) as stranger:
        answer = stranger.request.get(f"{address}/predict/{numbers[0]}", headers={"Accept": "text/html"})
        assert answer.status == 401
        assert answer.headers["www-authenticate"].startswith("Basic ")
    credentials = {"username": "officer", "password": key}
    with contextlib.closing(browser.new_context(locale="en-GB", http_credentials=credentials)) as officer:
        page = officer.new_page()
        assert page.goto(address).status == 200
        page.get_by_role("textbox").first.fill(str(numbers[0]))
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/predict/{numbers[0]}*")
        page.goto(f"{address}/application")
        with page.expect_response(lambda answer: answer.request.method == "POST") as posted:
            page.locator("main form button[type=submit]").first.click()
        assert posted.value.status in {200, 422}  # and not 403: the form is the service's own


def test_a_page_of_another_site_cannot_send_a_form_with_the_officers_key(browser, serve, add, path):
    from tests.http_servers import QuietHandler, serving

    service = serve(SCORING_API_KEYS=path, SCORING_DECISIONS="off") if add("score") else None
    target = f"http://127.0.0.1:{service.port}/application"

    class Evil(QuietHandler):
        def do_GET(self):
            form = (
                f'<form method="post" action="{target}"><input name="AMT_CREDIT" value="1"><button>Win</button></form>'
            )
            self.answer(200, "text/html", f"<!doctype html><title>prize</title>{form}".encode())

    credentials = {"username": "officer", "password": add("score")}
    with serving(Evil) as evil, contextlib.closing(browser.new_context(http_credentials=credentials)) as officer:
        page = officer.new_page()
        assert eventually(lambda: page.goto(target).status == 200)  # the browser remembers the key
        page.goto(evil.replace("127.0.0.1", "localhost"))
        with page.expect_response(lambda answer: answer.request.method == "POST") as posted:
            page.get_by_role("button").click()
        assert posted.value.status in {401, 403}


def test_of_a_page_of_another_site_a_clicked_link_opens_but_a_script_cannot_open_it(browser, serve, add, path, numbers):
    from tests.http_servers import QuietHandler, serving

    credentials = {"username": "officer", "password": add("read")}
    service = serve(SCORING_API_KEYS=path, SCORING_DECISIONS="off")
    target = f"http://127.0.0.1:{service.port}/predict/{numbers[0]}"

    class Intranet(QuietHandler):
        def do_GET(self):
            opening = f'<script>location = "{target}"</script>' if self.path == "/script" else ""
            page = f'<!doctype html><title>x</title><a href="{target}">case</a>{opening}'
            self.answer(200, "text/html", page.encode())

    with serving(Intranet) as other, contextlib.closing(browser.new_context(http_credentials=credentials)) as officer:
        page = officer.new_page()
        assert page.goto(target).status == 200  # the browser remembers the key
        elsewhere = other.replace("127.0.0.1", "localhost").rstrip("/")
        with page.expect_response(lambda answer: answer.url == target and answer.status != 401) as opened:
            page.goto(f"{elsewhere}/script", wait_until="commit")
        assert opened.value.status == 403
        page.wait_for_url(target)
        page.goto(elsewhere)
        with page.expect_response(lambda answer: answer.url == target and answer.status != 401) as clicked:
            page.get_by_role("link").click()
        assert clicked.value.status == 200


def test_one_bad_key_keeps_no_other_from_being_revoked_also_at_a_start(serve, add, path, numbers):
    add("read", portfolio="NOCOL=1")
    kept, gone = add("read"), add("read")
    service = serve(SCORING_API_KEYS=path, WEB_CONCURRENCY=1, SCORING_DECISIONS="off")
    statuses = []
    for key in (kept, gone):
        send(service.port, key, f"/predict/{numbers[0]}", 1, statuses)
    assert statuses == [200, 200]
    remove_key(path, gone[4:12])

    def status(key):
        statuses = []
        send(service.port, key, f"/predict/{numbers[0]}", 1, statuses)
        return statuses[0]

    assert eventually(lambda: status(gone) == 401, seconds=20)
    assert status(kept) == 200
    assert "the clients do not have the column NOCOL" in service.log.read_text()


def test_the_log_has_neither_keys_nor_client_numbers(serve, add, path, numbers):
    key = add("read")
    service = serve(
        SCORING_API_KEYS=path,
        SCORING_DECISIONS="off",
        GUNICORN_CMD_ARGS="--access-logfile -",
        SCORING_RATE_LIMIT="99/day",
    )
    with Caller(service.port, key) as caller:
        for number in (numbers[0], *range(520000, 520040)):
            caller.get(f"/predict/{number}")
    assert eventually(lambda: "most numbers are unknown" in service.log.read_text())
    log = service.log.read_text()
    assert key.split("_")[2] not in log
    assert str(numbers[0]) not in log
    assert "52000" not in log
    assert key[4:12] in log


@pytest.mark.drill
def test_ten_thousand_walked_numbers_are_noticed_and_limited_and_nobody_else_is(serve, add, path, numbers):
    walker, officer = add("read"), add("read")
    service = serve(SCORING_API_KEYS=path, WEB_CONCURRENCY=4, SCORING_DECISIONS="off")
    statuses, own, started = [], [], time.monotonic()
    with Caller(service.port, walker) as walking, Caller(service.port, officer) as working:
        for count, number in enumerate(range(500000, 510000)):
            statuses.append(walking.get(f"/predict/{number}"))
            if count % 100 == 0:
                own.append(working.get(f"/predict/{numbers[count // 100]}"))
    minutes = (time.monotonic() - started) / 60
    assert 429 in statuses[:200]
    assert len([one for one in statuses if one != 429]) <= 200 + 10 * (minutes + 1)
    assert own == [200] * 100
    assert f"API key {walker[4:12]}" in service.log.read_text()
    assert f"API key {officer[4:12]}" not in service.log.read_text()


@pytest.mark.drill
def test_two_thousand_timed_requests_cannot_tell_unknown_from_forbidden_clients(serve, add, path, project):
    """Mann-Whitney over requests in random order; the machine's other work falls on both alike."""
    import pandas as pd

    table = pd.read_csv(project / "applications_sample.csv")
    known = set(table["SK_ID_CURR"])
    forbidden = table.loc[table["NAME_INCOME_TYPE"] != "Pensioner", "SK_ID_CURR"].tolist()
    draw = random.Random(1)
    unknown = draw.sample([number for number in range(500000, 560000) if number not in known], 1000)
    asked = [(number, "unknown") for number in unknown]
    asked += [(number, "forbidden") for number in draw.choices(forbidden, k=1000)]
    draw.shuffle(asked)
    # A key for each few numbers, so that no alarm limits the lookups.
    keys = [add("read", portfolio=PORTFOLIO) for _ in range(150)]
    service = serve(SCORING_API_KEYS=path, WEB_CONCURRENCY=1, SCORING_DECISIONS="off")
    with contextlib.ExitStack() as stack:
        callers = [stack.enter_context(Caller(service.port, key)) for key in keys]
        for caller in callers:
            caller.get("/features")
        for address in ("/predict/{}", "/explain/{}", "/clients/{}"):
            times = {"unknown": [], "forbidden": []}
            for count, (number, kind) in enumerate(asked):
                begun = time.perf_counter()
                status = callers[count % len(callers)].get(address.format(number))
                times[kind].append(time.perf_counter() - begun)
                assert status == 404
            assert mannwhitneyu(times["unknown"], times["forbidden"]).pvalue > 0.001, address


@pytest.mark.drill
def test_schemathesis_finds_no_route_that_ignores_the_key(serve, add, path, tmp_path):
    key = add("read", "score", "decide", "audit", "metrics", bulk=True)
    service = serve(SCORING_API_KEYS=path, SCORING_DECISIONS="off")
    (tmp_path / "schemathesis.toml").write_text("")
    ended = subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")),
            "run", f"http://127.0.0.1:{service.port}/openapi.json", "--checks", "ignored_auth",
            "--header", f"Authorization: Bearer {key}",
            "--max-examples", "20", "--seed", "1", "--no-color", "--generation-database", "none",
        ],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout[-8000:]
    assert "failure" not in ended.stdout
