"""A remote model becomes a verified folder of this machine, or one message says why not."""

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from scoring.errors import ArtefactError, SettingError
from scoring.storage.artefacts import load_bundle
from scoring.storage.remote import fetch_with_retries, fetching
from scoring.storage.remote import model_folder as remote
from scoring.storage.remote.model_folder import Cache, model_folder
from scoring.storage.signature import load_signer
from scoring.storage.trust import ANYBODY, SIGNATURE, Trust
from tests.commands import run_command
from tests.conftest import PUBLISHED, clean_environment
from tests.storage.remote.stand_ins import publishing

SCHEMES = ("http", "s3", "gs", "hf")
# Every scheme is asked for a file, and fails, through its own client; what does not depend on it is tried with one.
EVERY_DAY = {("http", "slow"), ("s3", "status 403"), ("hf", "status 401"), ("gs", "truncated"), ("http", "missing")}
TOKEN = "hf_token"  # of all stand-ins


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "cache", 60)


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch):
    monkeypatch.setattr(
        fetching,
        "_PROGRAM",
        fetching._PROGRAM.replace(
            "main()", "import scoring.storage.remote.fetch_with_retries as t; t.PAUSE = 0.01; main()"
        ),
    )


def fetched(place, pin, cache, **more):
    return model_folder(place, "SCORING_ARTEFACTS", Trust(pin), cache, **more)[0]


def refused(place, trust, cache, kind=ArtefactError, **more):
    with pytest.raises(kind) as told:
        model_folder(place, "SCORING_ARTEFACTS", trust, cache, **more)
    said = str(told.value)
    assert said.startswith(f"SCORING_ARTEFACTS={place.partition('?')[0].partition('#')[0]}")
    assert TOKEN not in said
    assert said.count("\n") == 1
    return said


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_pinned_model_is_fetched_once_and_then_taken_from_the_cache_without_a_request(
    scheme, place, published, cache, caplog
):
    address = place(scheme)
    folder = fetched(address, published.pin, cache)
    assert sorted(path.name for path in folder.iterdir()) == sorted(PUBLISHED)
    assert folder == cache.folder / published.pin
    (used,) = cache.folder.glob("used-*")
    assert used.read_text() == published.pin
    assert [path.name for path in cache.folder.iterdir() if not path.name.startswith("used-")] == [published.pin]
    asked = len(published.asked)
    published.faults["*"] = 500
    assert fetched(f"{address}#sha256={published.pin}", None, cache) == folder
    assert len(published.asked) == asked
    assert load_bundle(folder, trust=Trust(published.pin)).synthetic_clients


FAULTS = {
    "status 401": (401, "status 401: access is refused, or a token has ended\n"),
    "status 403": (403, "status 403: access is refused, or a token has ended\n"),
    "missing": (404, "scaler.pkl: the server answered with status 404: it is not there\nCheck the address"),
    "status 503": (503, "the server answered with status 503"),
    "truncated": ("truncated", "scaler.pkl: the file ended too early"),
    "slow": ("slow", "did not arrive completely within"),
    "silent": ("silent", "did not arrive completely within"),
}
CASES = [
    pytest.param(scheme, fault, marks=() if (scheme, fault) in EVERY_DAY else pytest.mark.drill)
    for scheme in SCHEMES
    for fault in FAULTS
]


@pytest.mark.parametrize(("scheme", "fault"), CASES)
def test_a_fault_of_the_server_is_told_in_one_message_and_leaves_nothing_behind(scheme, fault, place, published, cache):
    address = place(scheme)
    published.faults["scaler.pkl"], message = FAULTS[fault]
    seconds = (15 if scheme == "hf" else 4) if fault in {"slow", "silent"} else 60
    said = refused(address, Trust(published.pin), cache._replace(seconds=seconds))
    assert message in said
    assert "scaler.pkl: " in said or seconds < 60  # on a busy machine the time may be over before
    assert list(cache.folder.iterdir()) == []


@pytest.mark.parametrize("scheme", ["http", "s3", "gs", pytest.param("hf", marks=pytest.mark.drill)])
def test_a_server_that_does_not_run_is_told(scheme, place, published, cache, monkeypatch):
    address = place(scheme)
    for name in ("HF_ENDPOINT", "AWS_ENDPOINT_URL", "STORAGE_EMULATOR_HOST"):
        if name in os.environ:
            monkeypatch.setenv(name, "http://127.0.0.1:9")
    dead = "http://127.0.0.1:9/models" if scheme == "http" else address
    assert "the server cannot be reached" in refused(dead, Trust(published.pin), cache._replace(seconds=40))


def test_what_passes_is_tried_again(place, published, cache):
    published.faults["scaler.pkl"] = [503, "truncated", 429]
    assert fetched(place("http"), published.pin, cache).is_dir()
    assert published.names().count("scaler.pkl") == fetch_with_retries.ATTEMPTS
    published.faults["modele_retenu.json"] = [404]
    published.asked.clear()
    shutil.rmtree(cache.folder)
    refused(place("http"), Trust(published.pin), cache)
    assert len(published.asked) == 1


def test_another_manifest_than_the_pinned_one_is_refused_before_anything_else_is_fetched(place, published, cache):
    said = refused(place("http"), Trust("ab" * 32), cache)
    assert f"modele_retenu.json: its sha256 begins with {published.pin[:12]}, the pinned one with abababababab" in said
    assert "take its sha256 from where it was published" in said
    assert published.pin not in said  # nobody shall paste it unseen
    assert published.names() == ["modele_retenu.json"]


def test_a_changed_file_is_refused(place, published, cache):
    published.files["scaler.pkl"] += b" "
    assert "scaler.pkl: has another sha256 than the manifest says" in refused(place("s3"), Trust(published.pin), cache)
    assert list(cache.folder.iterdir()) == []


def test_without_a_pin_and_a_key_nothing_is_requested(place, published, cache):
    said = refused(place("http"), ANYBODY, cache, SettingError)
    assert "nothing says whose model may be loaded from there" in said
    assert "not from this address" in said
    assert published.asked == []
    both = f"{place('http')}#sha256={published.pin}"
    assert "pin two different manifests" in refused(both, Trust("ab" * 32), cache, SettingError)


def test_a_manifest_cannot_name_a_file_elsewhere(place, published, cache):
    manifest = json.loads(published.files["modele_retenu.json"])
    for name in ("../evil.pkl", "/etc/passwd", ".."):
        manifest["files"] = {**manifest["files"], name: "ab" * 32}
        published.files["modele_retenu.json"] = json.dumps(manifest).encode()
        pin = remote.sha256(published.files["modele_retenu.json"])
        assert "modele_retenu.json" in refused(place("http"), Trust(pin), cache)
        del manifest["files"][name]
    assert set(published.names()) == {"modele_retenu.json"}


def test_a_file_larger_than_allowed_is_refused(place, published, cache, monkeypatch):
    monkeypatch.setattr(remote, "MOST_MANIFEST", 1000)
    for scheme in ("http", "hf"):
        said = refused(place(scheme), Trust(published.pin), cache)
        assert (
            f"modele_retenu.json: is larger than allowed ({len(published.files['modele_retenu.json'])} bytes)" in said
        )


def test_a_token_is_sent_to_the_hub_and_to_nobody_to_whom_it_redirects(place, published, cache, folder):
    with publishing(folder) as other:
        other_host = other.address.replace("127.0.0.1", "localhost")
        published.faults["scaler.pkl"] = other_host
        assert fetched(place("hf"), published.pin, cache).is_dir()
        assert {one.get("authorization", one.get("Authorization")) for one in published.headers} == {f"Bearer {TOKEN}"}
        assert "scaler.pkl" in other.names()
        assert TOKEN not in json.dumps(other.headers)


def test_a_query_is_sent_with_each_file_and_no_redirect_leads_to_http(place, published, cache):
    address = f"{place('http')}?sig={TOKEN}"
    published.faults["scaler.pkl"] = "http://models.example"
    assert "the server redirects to an address without https" in refused(address, Trust(published.pin), cache)
    assert all(asked.endswith(f"?sig={TOKEN}") for asked in published.asked)


def test_no_redirect_of_the_hub_leads_to_http(place, published, cache):
    published.faults["scaler.pkl"] = "http://models.example"
    said = refused(place("hf"), Trust(published.pin), cache)
    assert "scaler.pkl: the server redirects to an address without https\n" in said


@pytest.mark.parametrize("scheme", ["https", "s3"])
def test_no_redirect_of_a_server_with_https_leads_to_http_on_this_machine(
    scheme, place, published, cache, certified, folder, monkeypatch
):
    secured, bucket = certified(published), place("s3")
    monkeypatch.setenv("SSL_CERT_FILE", str(certified.authority))
    monkeypatch.setenv("AWS_ENDPOINT_URL", secured.removesuffix("/models"))
    with publishing(folder) as other:
        published.faults["scaler.pkl"] = other.address
        told = refused(bucket if scheme == "s3" else secured, Trust(published.pin), cache)
        assert "scaler.pkl: the server redirects to an address without https\n" in told
        assert other.asked == []


def test_the_hub_without_https_is_refused_before_the_token_is_sent(place, published, cache, monkeypatch):
    address = place("hf")
    monkeypatch.setenv("HF_ENDPOINT", "http://hub.example")
    assert "HF_ENDPOINT is an address without https" in refused(address, Trust(published.pin), cache)


@pytest.fixture
def signed(tmp_path, published):
    """Sign the published model; returns what a service that knows the key trusts, and a function that signs again."""
    path = tmp_path / "key.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", path], check=True, capture_output=True)
    signer = load_signer(path)

    def sign():
        published.files[SIGNATURE] = signer.sign(published.files["modele_retenu.json"])

    sign()
    return Trust(None, signer.public_key), sign


def test_with_a_key_the_last_model_is_served_where_the_place_fails_at_a_start_and_only_there(
    place, published, cache, signed, caplog
):
    trust, sign = signed
    address = place("http")
    first = model_folder(address, "X", trust, cache)[0]
    published.files["modele_retenu.json"] += b"\n"
    assert "is not a signature of modele_retenu.json by the key" in refused(address, trust, cache)
    sign()
    second = model_folder(address, "X", trust, cache, "trial")[0]
    assert first != second
    asked = len(published.asked)
    assert model_folder(address, "X", trust, cache, "again")[0] == second
    assert len(published.asked) == asked
    published.faults["*"] = 503
    assert "status 503 after 4 attempts" in refused(address, trust, cache, when="trial")
    assert model_folder(address, "X", trust, cache)[0] == second
    assert f"X={address}: cannot be reached; the model that was fetched last is served." in caplog.text
    published.faults["*"] = 403
    assert "status 403: access is refused" in refused(address, trust, cache)
    (second / SIGNATURE).write_bytes(bytes(64))
    published.faults["*"] = 503
    refused(address, trust, cache)


def test_a_damaged_or_linked_model_in_the_cache_is_not_used(place, published, cache, tmp_path, caplog):
    address = place("http")
    folder = fetched(address, published.pin, cache)
    (folder / "scaler.pkl").write_bytes(b"other")
    assert fetched(address, published.pin, cache) == folder
    assert (folder / "scaler.pkl").read_bytes() == published.files["scaler.pkl"]
    assert "in the cache was damaged; it is replaced" in caplog.text
    elsewhere = tmp_path / "elsewhere"
    folder.rename(elsewhere)
    folder.symlink_to(elsewhere)
    assert fetched(address, published.pin, cache) == folder
    assert not folder.is_symlink()
    (folder / "other.csv").touch()  # a file that the manifest does not list
    assert not (fetched(address, published.pin, cache) / "other.csv").exists()
    (folder / "scaler.pkl").unlink()
    (folder / "scaler.pkl").symlink_to(elsewhere / "scaler.pkl")
    assert not (fetched(address, published.pin, cache) / "scaler.pkl").is_symlink()
    assert [path.name for path in cache.folder.iterdir() if not path.name.startswith("used-")] == [published.pin]


def test_services_that_start_at_once_do_not_disturb_each_other(place, published, cache):
    address = place("http")
    with ThreadPoolExecutor(3) as pool:
        found = set(pool.map(lambda _: fetched(address, published.pin, cache), range(3)))
    assert found == {cache.folder / published.pin}
    assert [path.name for path in cache.folder.iterdir() if not path.name.startswith("used-")] == [published.pin]


def test_a_cache_that_cannot_be_written_is_named(place, published, cache, tmp_path):
    (tmp_path / "file").write_text("x", encoding="ascii")
    for folder in (tmp_path / "file", tmp_path / "file" / "cache"):
        said = refused(place("http"), Trust(published.pin), Cache(folder, 60))
        assert f"the cache {folder} cannot be written" in said
        assert "SCORING_CACHE" in said


@pytest.fixture
def small_disk(tmp_path):
    """Mount a file system of one MB; returns its folder."""
    folder = tmp_path / "small"
    folder.mkdir()
    as_root = [] if os.geteuid() == 0 or not shutil.which("sudo") else ["sudo", "-n"]
    mount = [*as_root, "mount", "-t", "tmpfs", "-o", "size=1m,mode=0777", "small", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a file system")
    yield folder
    subprocess.run([*as_root, "umount", "--lazy", str(folder)], check=True)


@pytest.mark.parametrize(
    "scheme", ["s3", *(pytest.param(one, marks=pytest.mark.drill) for one in ("http", "gs", "hf"))]
)
def test_a_full_disk_is_told_and_is_as_free_as_before(scheme, place, published, small_disk):
    said = refused(place(scheme), Trust(published.pin), Cache(small_disk, 60))
    assert f"the cache {small_disk} cannot be written (No space left on device)\nMake room" in said
    assert list(small_disk.iterdir()) == []


def test_what_an_ended_fetch_left_is_removed_after_a_day(place, published, cache):
    for name, age in (("partial-old", 2 * 86400), ("partial-new", 60)):
        made = cache.folder / name
        made.mkdir(parents=True)
        os.utime(made, (made.stat().st_mtime - age,) * 2)
    fetched(place("http"), published.pin, cache)
    assert sorted(path.name for path in cache.folder.glob("partial-*")) == ["partial-new"]


@pytest.mark.parametrize(("scheme", "package"), [("hf", "huggingface_hub"), ("s3", "obstore"), ("gs", "obstore")])
def test_a_missing_package_is_named_with_what_to_install(scheme, package, place, published, cache, monkeypatch):
    monkeypatch.setattr(fetching.importlib.util, "find_spec", lambda _: None)
    said = refused(place(scheme), Trust(published.pin), cache, SettingError)
    assert f"the package {package} is not installed; addresses {scheme}:// need it" in said
    assert "Add the line -r requirements/remote.txt to requirements.txt" in said


def test_no_credentials_are_told(place, published, cache, monkeypatch):
    address = place("s3")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_METADATA_ENDPOINT", published.address)  # asked by machines of a cloud
    assert "no credentials are set\nSet AWS_ACCESS_KEY_ID and" in refused(address, Trust(published.pin), cache)


@pytest.mark.parametrize("scheme", ["https", "s3"])
def test_a_certificate_that_nobody_signed_is_refused_unless_its_authority_is_named(
    scheme, place, published, cache, certified, monkeypatch
):
    secured, bucket = certified(published), place("s3")
    monkeypatch.setenv("AWS_ENDPOINT_URL", secured.removesuffix("/models"))
    address = bucket if scheme == "s3" else secured
    assert "the server's certificate is not trusted\nIf the server has a certificate of your own authority" in refused(
        address, Trust(published.pin), cache
    )
    monkeypatch.setenv("SSL_CERT_FILE", str(certified.authority))
    assert fetched(address, published.pin, cache).is_dir()


def test_no_client_is_imported_in_the_process_that_forks_workers(place, published, cache):
    fetched(place("s3"), published.pin, cache)
    assert not {"huggingface_hub", "obstore", "fsspec"} & sys.modules.keys()


def test_a_program_that_ends_without_a_word_is_told(place, published, cache, monkeypatch):
    monkeypatch.setattr(fetching, "_PROGRAM", "raise SystemExit(7)")
    assert "its program ended with 7" in refused(place("http"), Trust(published.pin), cache)


def test_what_a_library_prints_is_not_taken_for_an_answer(place, published, cache, monkeypatch):
    prints = "t._SOURCES['http'] = lambda request: print('50 %') or t.from_web(request); t.main()"
    monkeypatch.setattr(fetching, "_PROGRAM", fetching._PROGRAM.replace("t.PAUSE = 0.01; main()", prints))
    assert fetched(place("http"), published.pin, cache).is_dir()


def test_a_command_takes_an_address_with_a_pin(place, published, cache, tmp_path):
    address = place("s3")
    environment = clean_environment(SCORING_CACHE=cache.folder, **{k: v for k, v in os.environ.items() if "AWS" in k})

    def card(artefacts):
        return run_command("card", artefacts, "--out", tmp_path / "card.md", cwd=tmp_path, environment=environment)

    ended = card(f"{address}#sha256={published.pin}")
    assert ended.returncode == 0, ended.stderr
    assert "scorecard" in (tmp_path / "card.md").read_text(encoding="utf-8")
    ended = card(address)
    assert ended.returncode == 1
    assert f"artefacts={address}: nothing says whose model may be loaded from there" in ended.stderr
