"""A pin and a signature say whose model is loaded, also from a folder of this machine."""

import json
import subprocess

import pytest
from click.testing import CliRunner

from scoring.cli import model_commands
from scoring.errors import ArtefactError, SettingError
from scoring.settings import Settings
from scoring.storage.artefacts import load_bundle
from scoring.storage.checksums import sha256
from scoring.storage.published_model import load_published
from scoring.storage.trust import SIGNATURE, Trust
from tests.commands import run_command
from tests.conftest import clean_environment

MANIFEST = "modele_retenu.json"


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """Two private keys, made as the docs say."""
    folder = tmp_path_factory.mktemp("keys")
    for name in ("lender", "stranger"):
        made = ["openssl", "genpkey", "-algorithm", "ed25519", "-out", folder / name]
        subprocess.run(made, check=True, capture_output=True)
    return folder


def sign(folder, key):
    ended = run_command("sign", folder, "--key", key, cwd=folder, environment=clean_environment())
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.splitlines()[1].rpartition(" ")[2]


def test_a_signed_model_is_loaded_and_openssl_accepts_the_signature(folder, keys):
    key = sign(folder, keys / "lender")
    assert load_bundle(folder, trust=Trust(None, key)).synthetic_clients
    assert load_published(folder, "X", Trust(None, key)).version
    Settings.from_environment({"SCORING_MANIFEST_KEY": key})
    verify = ["openssl", "pkeyutl", "-verify", "-rawin", "-inkey", keys / "lender", "-sigfile", folder / SIGNATURE]
    subprocess.run([*verify, "-in", folder / MANIFEST], check=True, capture_output=True)


@pytest.mark.parametrize("damage", ["no signature", "another key", "another manifest", "cut off", "longer"])
def test_what_the_key_did_not_sign_is_refused(folder, keys, damage):
    key, path = sign(folder, keys / "lender"), folder / SIGNATURE
    if damage == "no signature":
        path.unlink()
    elif damage == "another key":
        sign(folder, keys / "stranger")
    elif damage == "another manifest":
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    else:
        path.write_bytes(path.read_bytes()[:-1] if damage == "cut off" else path.read_bytes() + b"\n")
    words = "cannot be read" if damage == "no signature" else f"by the key {key[:12]}"
    for load in (
        lambda: load_bundle(folder, trust=Trust(None, key)),
        lambda: load_published(folder, "X", Trust(None, key)),
    ):
        with pytest.raises(ArtefactError, match=words) as told:
            load()
        assert str(told.value).count("\n") == 1


def test_a_pin_holds_for_a_folder_of_this_machine_too(folder):
    pin = sha256((folder / MANIFEST).read_bytes())
    assert load_bundle(folder, trust=Trust(pin)).manifest
    (folder / MANIFEST).write_bytes((folder / MANIFEST).read_bytes() + b"\n")
    with pytest.raises(ArtefactError, match=f"the pinned one with {pin[:12]}"):
        load_bundle(folder, trust=Trust(pin))


@pytest.mark.parametrize(("trust", "name"), [(Trust("ab" * 32), "SHA256"), (Trust(None, "ab" * 32), "KEY")])
def test_a_folder_without_a_manifest_cannot_be_trusted(unverified, trust, name):
    with pytest.raises(SettingError, match=f"SCORING_MANIFEST_{name} is set, and .* has no {MANIFEST}"):
        load_bundle(unverified, threshold=0.5, trust=trust)


def test_the_key_may_be_in_the_environment_and_is_never_shown(folder, keys):
    pem = (keys / "lender").read_text(encoding="ascii")
    ended = run_command("sign", folder, cwd=folder, environment=clean_environment(SCORING_SIGNING_KEY=pem))
    assert ended.returncode == 0
    assert sha256((folder / MANIFEST).read_bytes()) in ended.stdout
    broken = pem.replace("M", "N")
    ended = run_command("sign", folder, cwd=folder, environment=clean_environment(SCORING_SIGNING_KEY=broken))
    assert ended.returncode == 1
    assert "key in SCORING_SIGNING_KEY: cannot be used, expected a private Ed25519 key" in ended.stderr
    assert broken.splitlines()[1] not in ended.stderr
    bare = pem.splitlines()[1]  # without its first and its last line
    ended = run_command("sign", folder, cwd=folder, environment=clean_environment(SCORING_SIGNING_KEY=bare))
    assert ended.returncode == 1
    assert "key in SCORING_SIGNING_KEY: cannot be used" in ended.stderr
    assert bare not in ended.stderr
    with pytest.raises(SettingError, match="SCORING_SIGNING_KEY is not a setting of the service: it signs models"):
        Settings.from_environment({"SCORING_SIGNING_KEY": pem})


def test_an_empty_key_is_named_as_the_option_that_it_is(folder):
    answer = CliRunner().invoke(model_commands.sign, [str(folder), "--key", ""])
    assert (answer.exit_code, "Invalid value for --key: it is empty" in answer.output) == (2, True)


def test_an_incomplete_model_is_not_signed(folder, keys):
    (folder / "scaler.pkl").write_bytes(b"other")
    ended = run_command("sign", folder, "--key", keys / "lender", cwd=folder, environment=clean_environment())
    assert ended.returncode == 1
    assert "scaler.pkl has sha256" in ended.stderr
    assert not (folder / SIGNATURE).exists()
