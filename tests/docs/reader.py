"""Follow a page as its reader does: in a fresh copy of the project, one block after the other."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from tests.conftest import free_port
from tests.docs.expected import differences_of_output, matches, printed_comments
from tests.docs.fresh_copy import copy_project
from tests.docs.prepared import prepare
from tests.docs.read import read
from tests.docs.statements import console, statements

MOST_SECONDS = 900  # of a statement
_NOT_INHERITED = ("SCORING_", "GITHUB_", "HEROKU_", "PYTEST_", "STREAMLIT_", "PORT", "API_PORT", "FRONT_PORT")
PROGRAMS = Path(__file__).parent / "programs"
# Commands that go on until Ctrl-C, and the address that answers when they are ready.
_SERVICE, _FRONT = "http://127.0.0.1:{port}/health/live", "http://127.0.0.1:{front}/_stcore/health"
SERVERS = {
    r"\bmake serve\b|(?:^|[ /])gunicorn\b|\bhoncho start\b": [_SERVICE],
    r"\bmake front\b": [_SERVICE, _FRONT],
    r"\bstreamlit run\b": [_FRONT],
    r"^prometheus ": ["http://127.0.0.1:{other}/-/ready"],
    r"\bmake mlflow\b": ["http://127.0.0.1:5000/health"],
    r"\bmkdocs serve\b": ["http://127.0.0.1:{other}/"],
}


class Fault(Exception):
    """What a page says is not what happens."""


class Reader:
    """Runs the blocks of one page.

    Parameters
    ----------
    folder : for the copy; must not exist
    service : the port of a service that runs already; by default the page's own is started when a block needs it
    """

    def __init__(self, folder: Path, service: int | None = None) -> None:
        self.folder, self.port = folder, service or free_port()
        self.front, self.other = free_port(), free_port()
        self._shared, self._server, self._printed = service is not None, None, ""
        self._logs = folder.with_name(f"{folder.name}-logs")
        self._logs.mkdir(parents=True)
        self._state = self._logs / "state.sh"
        self._state.write_text("")
        (self._logs / ".curlrc").write_text(
            "silent\nshow-error\n"
        )  # as on a terminal, which shows no meter of progress
        copy_project(folder)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_INHERITED)}
        self.environment = {
            **kept,
            "PATH": os.pathsep.join([str(folder / ".venv/bin"), str(PROGRAMS), os.environ["PATH"]]),
            "PYTHONPATH": str(folder),
            "PORT": str(self.port),
            "API_PORT": str(self.port),
            "FRONT_PORT": str(self.front),
            "STREAMLIT_SERVER_PORT": str(self.front),
            "STREAMLIT_SERVER_HEADLESS": "true",
            "CURL_HOME": str(self._logs),
            "SNIPPETS_PYTHON": sys.executable,
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "PYTHONUNBUFFERED": "1",
        }

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def follow(self, block) -> None:
        """Run or read a block; raises Fault."""
        for _, name in block.stand_ins:
            prepare(name, self)
        text = self._with_ports(block.filled_in())
        if block.is_output():
            self._compare(block.language, text, self._printed)
        elif block.language == "sh":
            self._printed = "".join(self.run(one) for one in statements(text))
        elif block.language == "console":
            for command, shown in console(text):
                self._printed = self.run(command)
                if shown and not matches(shown, self._printed):
                    self._compare("json" if shown.lstrip()[:1] in "{[" else "text", shown, self._printed)
        elif block.language == "python":
            (self._logs / "block.py").write_text(text)
            self._printed = self.run(f'python "{self._logs / "block.py"}"', asks=_asks(text))
            shown = printed_comments(text)
            if shown:
                self._compare("text", "\n".join(shown), self._printed)
        else:
            self._printed = read(block, text, self) or ""

    def run(self, statement: str, *, asks: bool = False) -> str:
        """Run a statement as in a terminal; returns what it prints."""
        addresses = next((urls for pattern, urls in SERVERS.items() if re.search(pattern, statement)), None)
        if addresses and not re.search(r"--(?:version|help)", statement):
            self._serve(statement, addresses)
            return ""
        if asks or _asks(statement):
            self.need_service()
        output = self._logs / "output.txt"
        with output.open("w") as file:
            code = subprocess.run(
                ["bash", "-c", f'. "{self._state}"\n{statement}\n{self._keep_state()}'],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                timeout=MOST_SECONDS,
                check=False,
            ).returncode
        printed = output.read_bytes().decode("utf-8", errors="replace")
        if code:
            raise Fault(f"exit code {code}: {statement}\n{printed[-2000:]}")
        return printed

    def need_service(self) -> str:
        """Start the service of the copy unless one runs; returns its address."""
        if not self._shared and self._server is None:
            self._serve("WEB_CONCURRENCY=1 gunicorn", [_SERVICE])
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """End the server that runs, as Ctrl-C does."""
        if self._server is None:
            return
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._server.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._server.wait(timeout=30)
                break
        self._server = None

    def _serve(self, statement: str, addresses: list[str]) -> None:
        self.stop()
        log = self._logs / "server.txt"
        with log.open("w") as file:
            self._server = subprocess.Popen(
                ["bash", "-c", f'. "{self._state}"\n{statement}'],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )
        deadline = time.monotonic() + 120
        for address in addresses:
            while not _answers(address.format(port=self.port, front=self.front, other=self.other)):
                if self._server.poll() is not None or time.monotonic() > deadline:
                    said = log.read_text(errors="replace")[-2000:]
                    self.stop()
                    raise Fault(f"does not answer: {statement}\n{said}")
                time.sleep(0.1)

    def _keep_state(self) -> str:
        """Shell that keeps variables and the folder for the next statement, and ends with the statement's own code."""
        kept = r"declare -p | grep -vE '^declare -[a-zA-Z]*r|^declare -- _=|BASH'"
        return f'code=$?; {{ {kept}; printf "cd %q\\n" "$PWD"; }} > "{self._state}"; exit $code'

    def _with_ports(self, text: str) -> str:
        text = re.sub(r"((?:127\.0\.0\.1|localhost):|\bPORT=)8000\b", rf"\g<1>{self.port}", text)
        text = re.sub(r"((?:127\.0\.0\.1|localhost):)8501\b", rf"\g<1>{self.front}", text)
        return text.replace("OTHER_PORT", str(self.other))

    def _compare(self, language: str, shown: str, printed: str) -> None:
        if found := differences_of_output(language, shown, self._as_in_page(printed)):
            raise Fault("\n".join(found))

    def _as_in_page(self, printed: str) -> str:
        text = printed.replace(f":{self.port}", ":8000").replace(f":{self.front}", ":8501")
        return text.replace(f"{self.folder}/", "")


def _asks(text: str) -> bool:
    return re.search(r"(?:127\.0\.0\.1|localhost):\d+", text) is not None


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return answer.status == 200
    except urllib.error.HTTPError:
        return False
    except OSError:
        return False
