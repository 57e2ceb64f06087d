"""A real PgBouncer in front of a real PostgreSQL."""

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import psycopg
import pytest

from tests.postgres import is_alive, wait_until

_USER = {"user": "pgserver"} if os.geteuid() == 0 else {}  # the user of the database: neither wants to be root


class PgBouncer:
    """A pooler that gives each transaction, statement or session to one of a few connections to a database."""

    def __init__(self, url, mode="transaction"):
        program = shutil.which("pgbouncer", path=os.environ["PATH"] + ":/usr/sbin")
        if program is None:
            pytest.skip("needs pgbouncer")
        parts = psycopg.conninfo.conninfo_to_dict(url)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self._folder = Path(tempfile.mkdtemp(prefix="pgbouncer"))
        self._folder.chmod(0o755)
        settings = self._folder / "pgbouncer.ini"
        settings.write_text(
            "[databases]\n"
            f"clients = host={parts['host']} user=postgres dbname={parts['dbname']}\n"
            "[pgbouncer]\n"
            f"listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n"
            f"pool_mode = {mode}\ndefault_pool_size = {20 if mode == 'session' else 2}\nserver_login_retry = 1\n"
        )
        self.url = f"postgresql://officer@127.0.0.1:{port}/clients"
        self._log = (self._folder / "log").open("wb")
        self._process = subprocess.Popen([program, str(settings)], stdout=self._log, stderr=self._log, **_USER)
        try:
            wait_until(self._answers)
        except BaseException:
            self.end()
            raise

    def _answers(self):
        assert is_alive(self._process.pid), (self._folder / "log").read_text()
        try:
            psycopg.connect(self.url).close()
        except psycopg.OperationalError:
            return False
        return True

    def end(self):
        self._process.kill()
        self._process.wait()
        self._log.close()
        shutil.rmtree(self._folder)
