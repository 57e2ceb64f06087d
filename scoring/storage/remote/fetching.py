"""Start the program that fetches files, end it when its time is over, and say in one message what went wrong."""

import importlib.util
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import scoring
from scoring.errors import ArtefactError, SettingError
from scoring.storage.remote.address import Address

SECONDS_SETTING, CACHE_SETTING = "SCORING_FETCH_SECONDS", "SCORING_CACHE"
_PACKAGES = {"hf": "huggingface_hub", "s3": "obstore", "gs": "obstore"}
_CREDENTIALS = {
    "hf": "Set HF_TOKEN to a token that may read the repository.",
    "s3": "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and AWS_SESSION_TOKEN if the key is temporary, of a user "
    "who may read the bucket; or AWS_SKIP_SIGNATURE=true if everybody may.",
    "gs": "Set GOOGLE_APPLICATION_CREDENTIALS to the file of an account that may read the bucket; or "
    "GOOGLE_SKIP_SIGNATURE=true if everybody may.",
    "https": "Ask those who run the server for access; if the address has a signature (?...), take a new one, since "
    "signatures end after some time.",
}
_CREDENTIALS["http"] = _CREDENTIALS["https"]
_WORDS = {  # by kind of failure
    "status": "the server answered with status {detail}",
    "unreachable": "the server cannot be reached ({detail})",
    "silent": "the server sent nothing for {detail} s",
    "truncated": "the file ended too early{size}",
    "certificate": "the server's certificate is not trusted",
    "redirect": "the server redirects to an address without https",
    "endpoint": "HF_ENDPOINT is an address without https, and others could read the token",
    "credentials": "no credentials are set",
    "large": "is larger than allowed{size}",
    "disk": "cannot be written ({detail})",
    "other": "failed ({detail})",
}
# The package may have been found through the working folder, or through PYTHONPATH.
_PROGRAM = (
    "import sys; sys.path.append(sys.argv[1]); from scoring.storage.remote.fetch_with_retries import main; main()"
)
_AGAIN = "Check the address, the network and the server, and start again."


class Unavailable(ArtefactError):
    """The place does not answer, or not in time: what was fetched before may still be used."""


def fetch(address: Address, files: Sequence[tuple[str, int]], folder: Path, deadline: float, seconds: float) -> None:
    """Fetch files into a folder.

    Parameters
    ----------
    files : names, and how many bytes each may have.
    deadline : when all must be there, as ``time.monotonic`` tells it.
    seconds : how long that was at the beginning, for the message.

    Raises
    ------
    Unavailable
        If the server cannot be reached, fails, or is too slow.
    ArtefactError
        If it refuses, has no such file, or sends too much; or if there is no room for the files.
    SettingError
        If the package for such addresses is not installed.
    """
    package = _PACKAGES.get(address.scheme)
    if package and importlib.util.find_spec(package) is None:
        raise SettingError(
            f"the package {package} is not installed; addresses {address.scheme}:// need it\n"
            "Add the line -r requirements/remote.txt to requirements.txt, and install it (docs/remote_artefacts.md)."
        )
    left = max(0.1, deadline - time.monotonic())
    request = {**address._asdict(), "files": files, "folder": str(folder), "seconds": left}
    try:
        ended = subprocess.run(  # noqa: S603
            [sys.executable, "-P", "-c", _PROGRAM, str(Path(scoring.__file__).parent.parent)],
            input=json.dumps(request).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # what libraries say may contain addresses with credentials
            timeout=left,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        lines = _read_lines(error.output or b"")
        if lines and "done" in lines[-1]:  # a client's threads may keep its program from ending
            return
        name = f"{lines[-1]['name']}: " if lines else ""
        failed = [line for line in lines if "kind" in line]
        last = f"; the last attempt failed: {_describe(failed[-1])}" if failed else ""
        raise Unavailable(
            f"{name}did not arrive completely within {seconds:g} s{last}\n"
            f"Check the server and the network, or set {SECONDS_SETTING} to more seconds if they need them."
        ) from None
    lines = _read_lines(ended.stdout)
    if not lines or not lines[-1].get("done"):
        ended_itself = {"kind": "other", "detail": f"its program ended with {ended.returncode}"}
        _raise(lines[-1] if lines and "kind" in lines[-1] else ended_itself, address, folder)


def _read_lines(output: bytes) -> list[Mapping[str, Any]]:
    return [json.loads(line) for line in output.splitlines(keepends=True) if line.endswith(b"\n")]


def _describe(line: Mapping[str, Any]) -> str:
    """Tell in words what went wrong."""
    detail = line.get("detail", "")
    return _WORDS[line["kind"]].format(detail=detail, size=f" ({detail} bytes)" if detail else "")


def _raise(line: Mapping[str, Any], address: Address, folder: Path) -> None:
    kind, detail = line["kind"], line.get("detail")
    words = _describe(line)
    if kind == "disk":
        raise _full(folder.parent.parent, str(detail))
    remedy = _AGAIN
    if detail in {400, 401, 403} or kind == "credentials":
        remedy = _CREDENTIALS[address.scheme]
        words += ": access is refused, or a token has ended" if kind == "status" else ""
    elif detail == 404:
        words += ": it is not there"
        remedy = "Check the address and whether the model was published completely." + (
            f" {_CREDENTIALS['hf']}" if address.scheme == "hf" else ""
        )
    elif kind == "certificate":
        remedy = (
            "If the server has a certificate of your own authority, set SSL_CERT_FILE to the authority's certificate."
        )
    elif kind == "large":
        remedy = "A model has no such file. Check the address."
    tried = f" after {line['attempt']} attempts" if line.get("attempt", 0) > 1 else ""
    name = f"{line['name']}: " if line.get("name") else ""
    raise (Unavailable if line.get("passing") else ArtefactError)(f"{name}{words}{tried}\n{remedy}")


def _full(cache: Path, reason: str) -> ArtefactError:
    return ArtefactError(
        f"the cache {cache} cannot be written ({reason})\n"
        f"Make room, or set {CACHE_SETTING} to a folder that the service may write to."
    )


@contextmanager
def cannot_write(cache: Path) -> Iterator[None]:
    """Say in one message that the cache cannot be written."""
    try:
        yield
    except OSError as error:
        raise _full(cache, error.strerror or type(error).__name__) from None
