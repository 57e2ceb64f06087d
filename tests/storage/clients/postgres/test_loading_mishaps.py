"""The disk, the database or the connection fails in the middle of a load."""

import contextlib
import os
import shutil
import socket
import subprocess
import threading

import numpy as np
import pandas as pd
import psycopg
import pytest

from scoring.errors import ClientTableError
from scoring.storage.clients.loading.client_source import ClientSource
from scoring.storage.clients.postgres import loading_connection
from scoring.storage.clients.postgres.postgres_loading import load_into_postgres
from tests.conftest import eventually
from tests.postgres import Postgres
from tests.storage.clients.postgres.conftest import ROWS, SCHEMA, tables

KEPT = "Nothing was loaded; the clients served before are kept."
MANY = 300_000


@pytest.fixture(scope="module")
def server():
    """Start a PostgreSQL that tests kill, and start again."""
    started = Postgres(in_memory=True)
    yield started
    started.end()


@pytest.fixture
def url(server):
    """Name a schema without clients."""
    return server.new_schema()


@pytest.fixture
def many(tmp_path):
    """Write more clients than are sent at once."""
    path, numbers = tmp_path / "many.parquet", np.arange(MANY)
    pd.DataFrame({"id": numbers, "a": np.sqrt(numbers), "b": 1.0}).to_parquet(path)
    return ClientSource(SCHEMA, path)


def once(action):
    """Make a function that acts when it is called for the first time."""
    calls = []

    def acting(_):
        calls.append(None)
        if len(calls) == 1:
            action()

    return acting


@pytest.fixture
def small_disk(server):
    """Mount a file system of few MB, which belongs to the user of the database; returns its folder."""
    folder = server.data_folder().parent / "small"
    folder.mkdir()
    as_root = [] if os.geteuid() == 0 or not shutil.which("sudo") else ["sudo", "-n"]
    options = f"size=8m,mode=0700,uid={server.data_folder().stat().st_uid}"
    mount = [*as_root, "mount", "-t", "tmpfs", "-o", options, "small", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        folder.rmdir()
        pytest.skip("needs the right to mount a file system")
    yield folder
    subprocess.run([*as_root, "umount", "--lazy", str(folder)], check=True)


def test_a_disk_that_is_full_is_named_and_is_as_free_as_before(server, load, many, url, small_disk, opened):
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(f"CREATE TABLESPACE small LOCATION '{small_disk}'")
    on_disk = f"{url}%20-cdefault_tablespace%3Dsmall"
    load(ROWS, to=on_disk)
    clients = opened(of=on_disk)
    free = os.statvfs(small_disk).f_bavail
    for _ in range(2):
        with pytest.raises(ClientTableError, match=r"could not extend file .* No space left on device") as told:
            load_into_postgres(on_disk, many)
        assert "The database needs room for the new clients beside those that are served. " + KEPT in str(told.value)
        assert clients.find(3).row.tolist() == [0.5, 1.0]
        assert eventually(lambda: os.statvfs(small_disk).f_bavail == free)
    assert load({**ROWS, "id": [7, 8, 9]}, to=on_disk) == 3
    assert clients.page(None, 9).client_ids == [7, 8, 9]
    with psycopg.connect(url, autocommit=True) as owner:
        for table in tables(url):
            owner.execute(f"DROP TABLE {table}")
        owner.execute("DROP TABLESPACE small")


def test_a_server_that_is_killed_in_the_middle_of_a_load_serves_the_former_clients(server, load, many, url, opened):
    load(ROWS)
    with pytest.raises(ClientTableError) as told:
        load_into_postgres(url, many, told=once(server.kill))
    assert str(told.value).endswith(KEPT)
    server.start()
    clients = opened()
    assert clients.page(None, 9).client_ids == [1, 2, 3]
    assert load({**ROWS, "id": [7, 8, 9]}) == 3
    assert clients.page(None, 9).client_ids == [7, 8, 9]
    assert len(tables(url)) == 4  # nothing is left of the other generations


def test_a_connection_that_is_cut_in_the_middle_of_a_load_changes_nothing(load, many, url, opened):
    load(ROWS)

    def cut():
        with psycopg.connect(url, autocommit=True) as owner:
            owner.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'load-clients'"
            )

    with pytest.raises(ClientTableError) as told:
        load_into_postgres(url, many, told=once(cut))
    assert str(told.value).endswith(KEPT)
    assert opened().page(None, 9).client_ids == [1, 2, 3]
    assert load_into_postgres(url, many) == MANY
    assert opened().count() == MANY


def test_a_connection_that_cannot_be_set_up_is_closed(url, monkeypatch):
    monkeypatch.setattr(loading_connection, "_SETTINGS", ("SET no_such_setting = 1",))
    with pytest.raises(psycopg.errors.UndefinedObject) as raised:  # its traceback keeps the connection
        loading_connection.connect(url, "a database")
    with psycopg.connect(url, autocommit=True) as owner:
        left = "SELECT 1 FROM pg_stat_activity WHERE application_name = 'load-clients'"
        assert eventually(lambda: not owner.execute(left).fetchall()), raised


def test_of_two_loads_at_once_one_is_refused_and_the_other_is_whole(load, many, url, opened, monkeypatch):
    monkeypatch.setattr(loading_connection, "_PAUSE", 0.05)
    load(ROWS)
    refused = []

    def load_another():
        try:
            load({**ROWS, "id": [7, 8, 9]})
        except ClientTableError as error:
            refused.append(str(error))

    assert load_into_postgres(url, many, told=once(load_another)) == MANY
    assert ["clients are being loaded by another program" in one for one in refused] == [True]
    assert opened().count() == MANY
    assert tables(url) == ["client_generations", "client_pointer", "client_rows_2", "client_sample_2"]


class Wire:
    """A line to a server that is cut at a statement: before the server has it, or before its answer is here."""

    def __init__(self, server, folder, statement, *, is_sent, comes_back=True):
        self._server, self._statement = str(server.data_folder() / ".s.PGSQL.5432"), statement
        self._is_sent, self._comes_back, self._cut = is_sent, comes_back, None
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(folder / ".s.PGSQL.5432"))
        self._listening.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def end(self):
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                near = self._listening.accept()[0]
                if self._cut and not self._comes_back:
                    near.close()
                    continue
                far = socket.socket(socket.AF_UNIX)
                far.connect(self._server)
                for passing in (self._pass_there, self._pass_back):
                    threading.Thread(target=passing, args=(near, far), daemon=True).start()

    def _pass_there(self, near, far):
        with contextlib.suppress(OSError):
            while content := near.recv(1 << 16):
                if self._cut is None and self._statement in content:
                    self._cut = near
                    if not self._is_sent:
                        break
                far.sendall(content)
        hang_up(near, far)

    def _pass_back(self, near, far):
        with contextlib.suppress(OSError):
            while (content := far.recv(1 << 16)) and self._cut is not near:
                near.sendall(content)
        hang_up(near, far)


def hang_up(*ends):
    for end in ends:
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()


@pytest.fixture
def wire(server, url, tmp_path):
    """Make a URL that leads over a wire which is cut at a statement."""
    wires = []

    def leading(statement, **how):
        folder = tmp_path / str(len(wires))
        folder.mkdir()
        wires.append(Wire(server, folder, statement, **how))
        return url.replace(str(server.data_folder()), str(folder))

    yield leading
    for one in wires:
        one.end()


@pytest.mark.parametrize("is_sent", [True, False])
def test_a_connection_that_is_lost_at_the_last_step_is_asked_again_what_became_of_it(
    load, url, wire, opened, caplog, is_sent
):
    load(ROWS)
    new = {**ROWS, "id": [7, 8, 9]}
    to = wire(b"COMMIT", is_sent=is_sent)
    if is_sent:
        assert load(new, to=to) == 3
        assert "the new clients are served, and the next load removes the former" in caplog.text
        assert opened().page(None, 9).client_ids == [7, 8, 9]
    else:
        with pytest.raises(ClientTableError) as told:
            load(new, to=to)
        assert str(told.value).endswith(KEPT)
        assert opened().page(None, 9).client_ids == [1, 2, 3]
    load(new)
    assert len([name for name in tables(url) if "rows" in name]) == 1


def test_a_connection_that_is_lost_while_former_clients_are_removed_is_a_load(load, url, wire, caplog):
    load(ROWS)
    assert load({**ROWS, "id": [7, 8, 9]}, to=wire(b"lock_timeout", is_sent=False)) == 3
    assert "the new clients are served, and the next load removes the former" in caplog.text


def test_a_database_that_stays_away_after_the_last_step_is_told(load, wire, monkeypatch):
    monkeypatch.setattr(loading_connection, "_LOST_SECONDS", 1)
    load(ROWS)
    with pytest.raises(ClientTableError, match="The connection was lost at the last step: all new clients are served"):
        load({**ROWS, "id": [7, 8, 9]}, to=wire(b"COMMIT", is_sent=True, comes_back=False))
