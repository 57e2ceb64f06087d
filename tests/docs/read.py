"""Give a block that is no command to the program that reads such a file."""

import configparser
import json
import re
import shutil
import tomllib
import urllib.error
import urllib.request

import psycopg

from tests.commands import run_command
from tests.conftest import BROWSERS, PROJECT, REQUIRED
from tests.docs import names
from tests.docs.expected import parse_json
from tests.docs.prepared import database_url, prepare
from tests.http_servers import QuietHandler, serving


def read(block, text, reader):
    """Read a block with its reader; returns what it answers, or None. Raises what the reader raises."""
    if posted := block.said.get("posted to"):
        return _post(posted, text, reader)
    return READERS[block.said.get("read by", block.language)](text, reader)


def _post(route, text, reader):
    method, path = route.split(" ", 1)
    asked = urllib.request.Request(
        f"{reader.need_service()}{path}", text.encode(), {"Content-Type": "application/json"}, method=method
    )
    try:
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as error:
        raise ValueError(f"{route} answers {error.code}: {error.read().decode()}") from error


def _policy(text, reader):
    (reader.folder / "block-policy.json").write_text(text, encoding="utf-8")
    checked = run_command("policy", "check", "block-policy.json", "--model", PROJECT, cwd=reader.folder)
    assert checked.returncode == 0, checked.stderr
    return checked.stdout


def _part_of_policy(text, reader):
    example = json.loads((reader.folder / "docs/examples/policy.json").read_text(encoding="utf-8"))
    return _policy(json.dumps({**example, **json.loads(f"{{{text}}}")}), reader)


def _bins(text, reader):
    prepare("credit.csv", reader)
    (reader.folder / "block-bins.toml").write_text(text, encoding="utf-8")
    table = "--table credit.csv --target default --id client --candidates scorecard --no-tracking"
    return reader.run(f"python -m scoring train {table} --bins block-bins.toml --out out/bins")


def _cron(text, reader):
    for line in filter(str.strip, text.splitlines()):
        parts = line.split(None, 5)
        assert len(parts) == 6, line
        assert all(re.fullmatch(r"[\d*/,-]+", one) for one in parts[:5]), line
        for call in names.calls_of(parts[5]):
            assert names.faults_of_call(call, is_whole=True) == [], line


def _ini(text, reader):
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str
    parser.read_string(text)
    assert parser.sections(), text
    for section in parser.sections():
        for value in parser[section].values():
            for call in names.calls_of(value or ""):
                assert names.faults_of_call(call, is_whole=True) == [], value


def _sql(text, reader):
    with psycopg.connect(database_url(reader), autocommit=True) as connection:
        connection.execute(text)


def _nginx(text, reader):
    (reader.folder / "block-nginx.conf").write_text(
        f"daemon off; pid {reader.folder}/nginx.pid; error_log stderr; events {{}} http {{ access_log off;\n"
        f"server {{ listen 127.0.0.1:{reader.other};\n{text}\n}} }}\n"
    )
    return reader.run(f"nginx -t -p {reader.folder} -c {reader.folder}/block-nginx.conf")


def _yaml(text, _):
    import yaml

    assert all(list(yaml.safe_load_all(text)))


def _page_of_another_site(text, reader):
    """Run a script in a page of an origin that the service allows, with a key."""
    from playwright.sync_api import sync_playwright

    key = reader.run(
        "python -m scoring keys add --file script-keys.json --name script --scope score 2>/dev/null"
    ).strip()
    with serving(_Site) as site, sync_playwright() as playwright:
        former = dict(reader.environment)
        reader.environment |= {"SCORING_CORS_ORIGINS": site, "SCORING_API_KEYS": "script-keys.json"}
        reader.stop()
        reader.need_service()
        reader.environment = former
        browser = playwright.chromium.launch(
            executable_path=next(filter(None, map(shutil.which, BROWSERS))),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = browser.new_page()
        page.goto(site)
        decision = page.evaluate(f"async ([key, application]) => {{\n{text}\nreturn decision; }}", [key, REQUIRED])
        browser.close()
    assert decision["decision"] in {"ACCEPTED", "REFUSED"}, decision
    reader.stop()


class _Site(QuietHandler):
    def do_GET(self):
        self.answer(200, "text/html", b"<!doctype html><title>another site</title>")


READERS = {
    "policy": _policy,
    "part of a policy": _part_of_policy,
    "bins": _bins,
    "a page of another site": _page_of_another_site,
    "cron": _cron,
    "ini": _ini,
    "sql": _sql,
    "nginx": _nginx,
    "json": lambda text, _: parse_json(text) and None,
    "toml": lambda text, _: tomllib.loads(text) and None,
    "yaml": _yaml,
}
