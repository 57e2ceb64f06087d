"""A real HTTP server that speaks as much of the protocols of web folders, S3, Google Cloud Storage and the Hub as
fetching files needs, with the faults that servers have."""

import hashlib
import threading
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

from tests.http_servers import QuietHandler, serving

SLOW = 10  # seconds for each byte
DATE = "Wed, 21 Oct 2015 07:28:00 GMT"


class Published:
    """Files that a server has, what it was asked for, and what is wrong with it.

    Attributes
    ----------
    faults : by file name: a status, or ``truncated``, ``slow``, ``silent``, ``close``, or the address of a redirect.
    """

    def __init__(self, folder):
        self.files = {path.name: path.read_bytes() for path in folder.iterdir()}
        self.faults, self.asked, self.headers, self.ended = {}, [], [], threading.Event()
        self.address = ""

    def names(self):
        return [unquote(urlsplit(path).path).rpartition("/")[2] for path in self.asked]


def handler_for(published):
    class Handler(QuietHandler):
        def do_HEAD(self):
            self.reply()

        def do_GET(self):
            self.reply()

        def reply(self):
            published.asked.append(self.path)
            published.headers.append(dict(self.headers))
            path = unquote(urlsplit(self.path).path)
            name = path.rpartition("/")[2]
            fault = published.faults.get(name, published.faults.get("*"))
            body = published.files.get(name)
            if isinstance(fault, list):  # one for each request; then none
                fault = fault.pop(0) if fault else None
            if fault == "close":  # as a server does that is being stopped
                self.close_connection = True
                return None
            if isinstance(fault, int):
                return self.refuse(fault)
            if isinstance(fault, str) and "://" in fault:
                return self.redirect(fault + self.path, body)
            if body is None:
                return self.refuse(404)
            return self.send(body, fault)

        def about(self, size, body):
            self.send_header("Content-Length", str(size))
            self.send_header("ETag", f'"{hashlib.sha256(body or b"").hexdigest()}"')
            self.send_header("Last-Modified", DATE)
            self.send_header("X-Repo-Commit", "a" * 40)

        def refuse(self, status):
            self.send_response(status)
            code = {404: "EntryNotFound", 401: "GatedRepo"}.get(status)
            if code:
                self.send_header("X-Error-Code", code)
            body = b"<?xml version='1.0'?><Error><Code>Refused</Code><Message>the secret hf_token</Message></Error>"
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def redirect(self, to, body):
            self.send_response(302)
            self.send_header("Location", to)
            self.send_header("X-Repo-Commit", "a" * 40)
            self.send_header("X-Linked-Size", str(len(body or b"")))
            self.send_header("X-Linked-ETag", f'"{hashlib.sha256(body or b"").hexdigest()}"')
            self.send_header("Content-Length", "0")
            self.end_headers()

        def send(self, body, fault):
            begin = 0
            ranged = self.headers.get("Range", "")
            if ranged.startswith("bytes=") and fault is None and self.command == "GET":
                begin = int(ranged[6:].partition("-")[0] or 0)
            self.send_response(206 if begin else 200)
            if begin:
                self.send_header("Content-Range", f"bytes {begin}-{len(body) - 1}/{len(body)}")
            self.about(len(body) - begin, body)
            self.end_headers()
            if self.command == "HEAD":
                return
            if fault == "truncated":
                self.wfile.write(body[: len(body) // 2])
                self.close_connection = True
            elif fault == "slow":
                for place in range(len(body)):
                    self.wfile.write(body[place : place + 1])
                    if published.ended.wait(SLOW):
                        return
            elif fault == "silent":
                published.ended.wait(120)
            else:
                self.wfile.write(body[begin:])

    return Handler


@contextmanager
def publishing(folder):
    """Serve the files of a folder until the block ends."""
    published = Published(folder)
    with serving(handler_for(published)) as address:
        published.address = address
        try:
            yield published
        finally:
            published.ended.set()


def place_of(scheme, published):
    """Return the address of the files in a scheme, and the environment in which its client finds the server."""
    host = published.address
    return {
        "http": (f"{host}/models", {}),
        "hf": ("hf://acme/credit@v1", {"HF_ENDPOINT": host, "HF_TOKEN": "hf_token"}),
        "s3": (
            "s3://bucket/models",
            {"AWS_ENDPOINT_URL": host, "AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "hf_token",
             "AWS_REGION": "eu-west-1"},
        ),
        "gs": ("gs://bucket/models", {"STORAGE_EMULATOR_HOST": host}),
    }[scheme]  # fmt: skip
