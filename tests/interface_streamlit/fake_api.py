"""An API that answers as the real one does, but for one change: another value, a delay, a byte at a time."""

import contextlib
import copy
import json
import re
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MISSING = object()  # the key is left out
DRIP_SECONDS = 1.0


class FakeApi:
    """Passes requests on to a real service, remembers its answers, and changes what it answers.

    Attributes
    ----------
    route : whose answers are changed, such as ``GET /clients/<id>``; None for no change.
    path, value : key by key what is replaced, and by what; with an empty path the whole answer.
    pace : ``hang`` (no answer at all), ``drip`` (a byte a second, from the first header on), ``drip the body``.
    rewrite : turns every document into another; None for no change.
    asked : the routes that were asked for.
    """

    def __init__(self, real, port=0):
        self.real, self.known, self.asked = real, {}, []
        self.reset()
        self.server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self.server.daemon_threads = True
        self.port = self.server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def reset(self):
        self.route, self.path, self.value, self.pace = None, (), None, ""
        self.rewrite = None
        self.asked.clear()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def real_answer(self, method, path, body=None, kind="application/json"):
        """Status, type and content of the real service's answer."""
        key = (method, path, body)
        if key not in self.known:
            request = urllib.request.Request(f"http://127.0.0.1:{self.real.port}{path}", body, method=method)
            if body is not None:
                request.add_header("Content-Type", kind)
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:
                    self.known[key] = answer.status, answer.headers["Content-Type"], answer.read()
            except urllib.error.HTTPError as error:
                self.known[key] = error.code, error.headers["Content-Type"], error.read()
        return self.known[key]

    def answers_of(self, route):
        """Documents that were answered on a route so far."""
        known = [(method, path, content) for (method, path, _), (_, _, content) in self.known.items()]
        return [json.loads(content) for method, path, content in known if route_of(method, path) == route]

    def answer(self, method, path, body, kind):
        status, kind, content = self.real_answer(method, path, body, kind)
        if self.route == route_of(method, path):
            value = self.value
            content = value if isinstance(value, bytes) else changed(json.loads(content), self.path, value)
        elif self.rewrite:
            content = json.dumps(self.rewrite(json.loads(content))).encode()
        return status, kind, content

    def _handler(self):
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length) if length else None
                route = route_of(self.command, self.path)
                fake.asked.append(route)
                pace = fake.pace if fake.route in {route, "all"} else ""
                if pace == "hang":
                    wait_until(lambda: fake.pace != "hang")
                    return
                status, kind, content = fake.answer(self.command, self.path, body, self.headers.get("Content-Type"))
                head = (
                    f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(content)}\r\n"
                    "Connection: close\r\n\r\n"
                )
                if pace:
                    at_once, slowly = (b"", head.encode() + content) if pace == "drip" else (head.encode(), content)
                    self.wfile.write(at_once)
                    for byte in slowly:
                        self.wfile.write(bytes([byte]))
                        wait_until(lambda: not fake.pace, DRIP_SECONDS)
                else:
                    self.wfile.write(head.encode() + content)

            do_POST = do_GET  # noqa: N815

            def log_message(self, *arguments):
                pass

            def finish(self):
                try:
                    super().finish()
                except OSError:
                    self.close_connection = True  # the front-end has given up

            def handle(self):
                try:
                    super().handle()
                except OSError:
                    self.close_connection = True

        return Handler


def wait_until(condition, seconds=120.0):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)


def route_of(method, path):
    """Route of an address, without client numbers.

    >>> route_of("GET", "/clients/500024?a=b")
    'GET /clients/<id>'
    """
    return method + " " + re.sub(r"^(/(?:predict|explain|clients))/[^/?]+", r"\1/<id>", path.split("?")[0])


def paths_of(document, most=40, at=()):
    """Ways to every kind of value of a JSON document: of a list two elements, of a large object the first key."""
    if at:
        yield at
    if isinstance(document, dict):
        keys = list(document)
        for key in keys if len(keys) <= most else keys[:1]:
            yield from paths_of(document[key], most, (*at, key))
    elif isinstance(document, list) and document:
        for place in sorted({0, min(6, len(document) - 1)}):
            yield from paths_of(document[place], most, (*at, place))


def changed(document, path, value):
    """Write a document with one value replaced; as it is where it has no such key."""
    if not path:
        return json.dumps(value).encode()
    document = copy.deepcopy(document)
    with contextlib.suppress(KeyError, IndexError, TypeError):
        inside = document
        for key in path[:-1]:
            inside = inside[key]
        inside[path[-1]]  # is there
        if value is MISSING:
            del inside[path[-1]]
        else:
            inside[path[-1]] = value
    return json.dumps(document).encode()
