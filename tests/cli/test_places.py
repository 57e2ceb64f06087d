"""Where commands write: what cannot be written is told before the work, and nothing but a file is ever replaced."""

import contextlib
import errno
import io
import os
import signal
import stat
import subprocess
import sys
import tempfile

import click
import pytest
from click.testing import CliRunner

from scoring.cli import commands, main
from scoring.cli.shared import Place, SettingArgument, SettingOption
from scoring.cli.written_files import refuse_unwritable, scratch_folder
from scoring.errors import DataError, SettingError
from scoring.settings import PREFIX, Settings
from scoring.storage.whole_files import write_whole
from tests.conftest import PROJECT, clean_environment


def run(*arguments):
    return CliRunner().invoke(commands, [*map(str, arguments)])


class FullDisk(io.StringIO):
    def write(self, text):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def end_main(*arguments, monkeypatch, output=None):
    """Run a command that ends with an error; gives its message."""
    monkeypatch.setattr(sys, "argv", ["scoring", *map(str, arguments)])
    with contextlib.redirect_stdout(output), pytest.raises(SystemExit) as ended:
        main()
    return str(ended.value.code)


def test_a_link_stays_and_the_file_that_it_leads_to_is_replaced(tmp_path):
    file, link = tmp_path / "real.md", tmp_path / "link.md"
    link.symlink_to(file)
    for content in (b"one", b"two"):
        refuse_unwritable(link)
        write_whole(link, content)
        assert (link.is_symlink(), file.read_bytes()) == (True, content)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.md", "real.md"]


def test_a_result_for_the_output_goes_into_the_file_that_the_output_is(tmp_path):
    """The link to the output stands in for /dev/stdout, which root could replace."""
    own, file = tmp_path / "stdout", tmp_path / "card.md"
    own.symlink_to("/proc/self/fd/1")
    with file.open("wb") as output:
        subprocess.run(
            [sys.executable, "-m", "scoring", "card", ".", "--out", str(own)],
            cwd=PROJECT,
            env=clean_environment(),
            stdout=output,
            check=True,
            timeout=60,
        )
    assert own.is_symlink()
    assert file.read_text(encoding="utf-8").startswith("# ")


def test_a_file_in_a_folder_in_which_none_can_be_made_is_written_in_place(tmp_path, monkeypatch):
    file = tmp_path / "scores.csv"
    file.touch()
    number = file.stat().st_ino
    monkeypatch.setattr("os.access", lambda path, _mode: path == file)  # root may write anywhere
    refuse_unwritable(file)
    write_whole(file, b"x")
    assert (file.read_bytes(), file.stat().st_ino) == (b"x", number)
    monkeypatch.setattr("os.access", lambda _path, _mode: False)
    with pytest.raises(DataError, match=r"scores\.csv: cannot be written \(Permission denied\)"):
        refuse_unwritable(file)


@pytest.mark.parametrize("option", ["--out", "--work"])
def test_a_folder_that_cannot_be_written_is_told_before_training(option, tmp_path):
    given = {"--out": tmp_path / "new", "--data": PROJECT, option: "/proc/nothing/model"}
    done = run("train", "--no-tracking", *(part for pair in given.items() for part in pair))
    assert str(done.exception) == (
        f"{option} /proc/nothing/model: cannot be written (No such file or directory)\n"
        "Name a folder that can be written to."
    )
    assert not (tmp_path / "new").exists()


def test_the_result_of_a_verification_replaces_no_pipe_and_is_refused_before_it(tmp_path):
    pipe, url = tmp_path / "pipe", f"{tmp_path}/d.db"
    assert run("decisions", "create", url).exit_code == 0
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    assert run("decisions", "verify", url, "--result", pipe).exit_code == 0
    assert (os.read(reader, 2), stat.S_ISFIFO(pipe.stat().st_mode)) == (b"{\n", True)
    os.close(reader)
    done = run("decisions", "verify", f"{tmp_path}/missing.db", "--result", tmp_path / "new" / "x")
    assert str(done.exception).startswith(f"--result {tmp_path}/new/x: cannot be written")


@pytest.mark.parametrize(
    ("command", "variable", "given"),
    [
        (("keys", "list"), "SCORING_API_KEYS", "pad_0a1b2c3d_secret"),
        (("keys", "add", "--name", "x", "--scope", "read"), "SCORING_API_KEYS", "pad_0a1b2c3d_secret"),
        (("decisions", "verify"), "SCORING_DECISIONS_KEY", "-----BEGIN PRIVATE KEY-----\nsecret\n"),
    ],
)
def test_a_key_that_a_variable_has_instead_of_a_path_is_not_repeated(command, variable, given, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ended = CliRunner().invoke(commands, command, env={variable: given})
    assert str(ended.exception).startswith(f"settings: {variable}=***: expected the path of a file ")
    assert "secret" not in f"{ended.output}{ended.exception}"
    assert list(tmp_path.iterdir()) == []


def parameters_of(command):
    """All options and arguments of a command and of those below it."""
    return [
        *command.params,
        *(one for below in getattr(command, "commands", {}).values() for one in parameters_of(below)),
    ]


def test_commands_refuse_what_the_service_refuses_in_its_settings():
    read = [one for one in parameters_of(commands) if (one.envvar or "").startswith(PREFIX)]
    plain = {one.envvar for one in read if not isinstance(one, SettingOption | SettingArgument)}
    assert plain == {"SCORING_SIGNING_KEY"}, "it may have the key itself, and the service has no such setting"
    assert len(read) > 20
    for command, variable, given in [
        ("keys list", "SCORING_API_KEYS", "off "),
        ("decisions create", "SCORING_DECISIONS", '"x.db"'),
        ("decisions report", "SCORING_DECISIONS", "on"),
        ("decisions erase", "SCORING_DECISIONS_RETENTION", "6 months\r"),
    ]:
        with pytest.raises(SettingError) as refused:
            Settings.from_environment({variable: given})
        ended = CliRunner().invoke(commands, command.split(), env={variable: given})
        assert str(ended.exception) == str(refused.value)
    ended = CliRunner().invoke(commands, ["load-clients"], env={"SCORING_ARTEFACTS": "/nowhere"})
    assert "Invalid value for SCORING_ARTEFACTS: Directory '/nowhere' does not exist" in ended.output


def test_features_need_a_folder_for_further_files_beside_the_file(tmp_path, monkeypatch):
    (tmp_path / "features.parquet").touch()
    temporary = tempfile.TemporaryFile

    def refusing(*given, dir=None, **options):  # noqa: A002
        if dir == tmp_path:  # root may write anywhere
            raise PermissionError(errno.EACCES, "Permission denied")
        return temporary(*given, dir=dir, **options)

    monkeypatch.setattr("os.access", lambda path, _mode: path != tmp_path)
    monkeypatch.setattr(tempfile, "TemporaryFile", refusing)
    done = run("features", "--data", PROJECT, "--out", tmp_path / "features.parquet")
    assert str(done.exception).startswith(f"--out {tmp_path}: cannot be written (Permission denied)")


def test_an_output_that_takes_nothing_is_one_message(tmp_path, monkeypatch):
    file = ("--file", tmp_path / "keys.json")
    said = end_main("keys", "add", *file, "--name", "a", "--scope", "read", monkeypatch=monkeypatch, output=FullDisk())
    assert "is in the file, but could not be shown (No space left on device)\nNobody knows it. Give it a new" in said
    assert end_main("keys", "list", *file, monkeypatch=monkeypatch, output=FullDisk()) == (
        "Error: the output, or a file that the command needs: cannot be read or written (No space left on device)\n"
        "Make space, or name another place."
    )
    said = end_main("keys", "rotate", *file, "a", monkeypatch=monkeypatch)
    assert "could not be shown (the output is closed)" in said


def test_a_working_folder_that_was_removed_is_one_message(tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    said = end_main("decisions", "verify", monkeypatch=monkeypatch)
    assert said == (
        "Error: the working folder was removed\nChange into a folder that exists, and run the same command again."
    )


def test_the_folders_of_killed_commands_are_removed_and_those_of_running_ones_stay(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for name in ("work-dead", "work-young", "other"):
        (tmp_path / name).mkdir()
    with scratch_folder("work-") as running:
        for old in (running, tmp_path / "work-dead"):
            os.utime(old, (0, 0))
        with scratch_folder("work-") as second:
            assert {*tmp_path.iterdir()} == {running, second, tmp_path / "work-young", tmp_path / "other"}
    assert {*tmp_path.iterdir()} == {tmp_path / "work-young", tmp_path / "other"}
    with pytest.raises(DataError, match=r"the disk is full\nNothing was changed.*TMPDIR"), scratch_folder("work-"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_command_that_is_terminated_removes_its_temporary_folders(monkeypatch, tmp_path):
    def terminated():
        with tempfile.TemporaryDirectory(dir=tmp_path):
            os.kill(os.getpid(), signal.SIGTERM)

    former = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # Another test may have imported the package anew: then its name leads to other commands than those of ``main``.
    monkeypatch.setitem(main.__globals__, "commands", terminated)
    try:
        assert end_main(monkeypatch=monkeypatch) == "143"
    finally:
        signal.signal(signal.SIGTERM, former)
    assert list(tmp_path.iterdir()) == []


def test_memory_that_is_not_enough_is_one_message(monkeypatch):
    def use_up():
        raise MemoryError

    monkeypatch.setitem(main.__globals__, "commands", use_up)
    assert end_main(monkeypatch=monkeypatch).startswith("Error: there is not enough memory for this command\nUse")


@pytest.mark.parametrize(
    ("option", "value"),
    [("--seed", -1), ("--false-negative", 1e308), ("--margin", 1e300), ("--resamples", 10**30)],
)
def test_numbers_with_which_nothing_can_be_computed_are_wrong_options(option, value):
    given = [(command, one) for command in commands.commands.values() for one in command.params if option in one.opts]
    for command, one in given:
        if command.name != "synthesize":  # its seed may have any size, and has its own message
            with pytest.raises(click.BadParameter, match="not in the range"):
                one.type.convert(value, one, None)
    assert len(given) == (5 if option == "--seed" else 1)


def test_an_empty_path_is_not_the_working_folder():
    paths = [
        (command, one)
        for group in commands.commands.values()
        for command in (group.commands.values() if isinstance(group, click.Group) else [group])
        for one in command.params
        if isinstance(one.type, click.Path | Place)
    ]
    assert {command.name for command, _ in paths} >= {"train", "batch", "promote", "synthesize", "measure", "pull"}
    names = {one.opts[0] for _, one in paths}
    assert names >= {"--to", "--current", "--record", "--decisions", "--tracking", "--clients", "--spark-remote", "url"}
    for _, one in paths:
        with pytest.raises(click.BadParameter, match="it is empty; expected a path"):
            one.type.convert(" ", one, None)
