"""Fetch a few files from another place into a folder: a program of its own, which its parent starts and may end.

The libraries that it needs start threads and keep connections, which a process that forks workers must not have; and
only a process can be ended at any moment, whatever such a library is waiting for. It reads one JSON object from its
input and writes one JSON line for each failed attempt and one at the end. No line repeats a text of a library or of a
server, since these may contain addresses with credentials.
"""

import json
import os
import resource
import shutil
import signal
import sys
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from scoring.storage.remote.address import is_safe
from scoring.storage.remote.failures import SILENCE, Failure, describe

ATTEMPTS = 4  # for each file
PAUSE = 0.5  # seconds before the second attempt; doubled before each further one
_PIECE = 2**16
_ENDPOINTS = ("AWS_ENDPOINT", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3")


class Opened(NamedTuple):
    """What a server sends: how many bytes it promised, if it did, and the bytes."""

    size: int | None
    pieces: Iterable[Any]


Fetcher = Callable[[str, Path, int], None]


def write_file(opened: Opened, path: Path, most: int) -> None:
    """Write what a server sends into a file; raises Failure where it is too much, or less than was promised."""
    if opened.size is not None and opened.size > most:
        raise Failure("large", opened.size)
    written = 0
    with path.open("wb") as file:
        for piece in opened.pieces:
            written += len(piece)
            if written > most:
                raise Failure("large", written)
            file.write(piece)
    if opened.size is not None and written != opened.size:
        raise Failure("truncated", f"{written} of {opened.size}")


class _SafeRedirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects, but never to an address that others could read."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        if not is_safe(newurl) or (req.type == "https" and not newurl.lower().startswith("https:")):
            raise Failure("redirect")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def from_web(request: Mapping[str, Any]) -> Fetcher:
    """Fetch from a folder of a web server; the query of its address, such as a signature, is sent with each file."""
    opener = urllib.request.build_opener(_SafeRedirects)

    def fetch(name: str, path: Path, most: int) -> None:
        query = f"?{request['query']}" if request["query"] else ""
        url = f"{request['scheme']}://{request['root']}/{request['path']}{quote(name)}{query}"
        with opener.open(url, timeout=SILENCE) as answer:
            size = answer.headers.get("Content-Length")
            pieces: Iterator[bytes] = iter(lambda: answer.read1(_PIECE), b"")
            write_file(Opened(int(size) if size else None, pieces), path, most)

    return fetch


def from_bucket(request: Mapping[str, Any]) -> Fetcher:
    """Fetch from a bucket of S3 or Google Cloud Storage; credentials come from the usual variables."""
    import obstore
    from obstore.store import GCSStore, S3Store

    emulator = os.environ.get("STORAGE_EMULATOR_HOST", "")
    options: dict[str, Any] = {
        # Only where the operator says so, and otherwise not after a redirect either.
        "client_options": {
            "allow_http": bool(emulator) or any(os.environ.get(name, "").startswith("http://") for name in _ENDPOINTS),
            "connect_timeout": f"{SILENCE}s",
            "timeout": f"{max(1, round(request['seconds']))}s",
        },
        "retry_config": {"max_retries": 0, "retry_timeout": timedelta(seconds=SILENCE)},
    }
    if request["scheme"] == "s3":
        store: Any = S3Store(request["root"], **options)
    elif emulator:
        base = emulator if "://" in emulator else f"http://{emulator}"
        store = GCSStore(request["root"], base_url=base, skip_signature=True, **options)
    else:
        store = GCSStore(request["root"], **options)

    def fetch(name: str, path: Path, most: int) -> None:
        found = obstore.get(store, request["path"] + name)
        write_file(Opened(found.meta["size"], found.stream(min_chunk_size=_PIECE)), path, most)

    return fetch


def from_hub(request: Mapping[str, Any]) -> Fetcher:
    """Fetch from a repository of models on the Hugging Face Hub, or where HF_ENDPOINT says."""
    os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    from huggingface_hub import constants, get_hf_file_metadata, hf_hub_download, hf_hub_url

    if not is_safe(constants.ENDPOINT):  # the token would be sent in clear
        raise Failure("endpoint")
    repository, revision = request["root"], request["revision"]

    def fetch(name: str, path: Path, most: int) -> None:
        url = hf_hub_url(repository, request["path"] + name, revision=revision)
        found = get_hf_file_metadata(url, timeout=SILENCE)
        if not is_safe(found.location):
            raise Failure("redirect")
        if found.size is not None and found.size > most:
            raise Failure("large", found.size)
        beside = path.with_name(f"{name}.hub")
        try:
            got = hf_hub_download(
                repository, request["path"] + name, revision=revision, local_dir=beside, etag_timeout=SILENCE
            )
            Path(got).replace(path)
        finally:
            shutil.rmtree(beside, ignore_errors=True)

    return fetch


_SOURCES = {"https": from_web, "http": from_web, "s3": from_bucket, "gs": from_bucket, "hf": from_hub}


def fetch_with_retries(fetch: Fetcher, name: str, path: Path, most: int) -> None:
    """Fetch one file; what may pass is tried again after a pause. Raises Failure, which was told."""
    _say(name=name)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return fetch(name, path, most)
        except Exception as error:  # noqa: BLE001  (libraries raise many kinds)
            failure = describe(error)
            _say(name=name, attempt=attempt, **failure.told())
            if attempt == ATTEMPTS or not failure.is_passing():
                raise failure from None
        time.sleep(PAUSE * 2 ** (attempt - 1))
    return None


def _say(**line: object) -> None:
    with suppress(OSError):
        print(json.dumps(line), file=sys.__stdout__, flush=True)


def main() -> None:
    """Fetch what the object on the input asks for."""
    request = json.load(sys.stdin)
    sys.stdout = sys.stderr  # what a library prints is not for the parent
    signal.setitimer(signal.ITIMER_REAL, request["seconds"] + 1)  # if the parent cannot end this process any more
    most = max(limit for _, limit in request["files"])
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    try:
        fetch = _SOURCES[request["scheme"]](request)
    except Exception as error:  # noqa: BLE001  (as above)
        _say(name="", attempt=1, **describe(error).told())
        sys.exit(1)
    with suppress(Failure):
        for name, limit in request["files"]:
            fetch_with_retries(fetch, name, Path(request["folder"]) / name, limit)
        _say(done=True)
