"""A real gunicorn serves a remote model; whatever is wrong with the place stops a start, and no reload harms."""

import os
import pickle
import shutil
import subprocess
import sys

import pytest

from scoring.storage.checksums import sha256
from scoring.storage.signature import load_signer
from scoring.storage.trust import SIGNATURE
from tests.conftest import PROJECT, clean_environment, copy_published, eventually, start_gunicorn
from tests.service.damage import write
from tests.service.reloads import REFUSED, reload, version
from tests.storage.remote.stand_ins import place_of, publishing

MANIFEST, SCALER = "modele_retenu.json", "scaler.pkl"
SECONDS = {"http": 12}  # to fetch a model; others need more on a busy machine, for importing their client
MORE_SECONDS = 40
FAULTS = {
    "missing": (404, "scaler.pkl: the server answered with status 404: it is not there"),
    "revoked token": (403, "scaler.pkl: the server answered with status 403: access is refused, or a token has ended"),
    "truncated": ("truncated", ": "),
    "slow": ("slow", "did not arrive completely within"),
    "silent": ("silent", "did not arrive completely within"),
    "wrong hash": (None, "scaler.pkl: has another sha256 than the manifest says"),
    "wrong signature": (None, "modele_retenu.json.sig: is not a signature of modele_retenu.json by the key"),
    "dead server": (None, ": "),
    "full disk": (None, "cannot be written (No space left on device)"),
}


class Lender:
    """Publishes models in a folder, which a stand-in serves."""

    def __init__(self, root, published, signer):
        self.root, self.published, self.signer, self.count = root, published, signer, 0

    def publish(self):
        """Publish a model with other bytes than the last one."""
        folder = self.root / "publishing"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        copy_published(folder)
        self.count += 1
        scaler = pickle.loads((folder / SCALER).read_bytes())
        scaler.published = self.count
        write(folder, SCALER, pickle.dumps(scaler))
        (folder / SIGNATURE).write_bytes(self.signer.sign((folder / MANIFEST).read_bytes()))
        self.published.files = {path.name: path.read_bytes() for path in folder.iterdir()}
        self.published.faults = {}

    def spoil(self, fault):
        status, message = FAULTS[fault]
        if status:
            self.published.faults[SCALER] = status
        elif fault == "wrong hash":
            self.published.files[SCALER] += b" "
        elif fault == "wrong signature":
            self.published.files[MANIFEST] += b" "
        elif fault == "dead server":
            self.published.faults["*"] = "close"
        elif fault == "full disk":
            self.published.files["df_sample.csv"] += b" " * 2**22
        return message


@pytest.fixture(scope="module")
def signer(tmp_path_factory):
    path = tmp_path_factory.mktemp("key") / "key.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", path], check=True, capture_output=True)
    return load_signer(path)


@pytest.fixture(scope="module")
def small_disk(tmp_path_factory):
    """Mount a file system with room for a model and a half; None where that is not allowed."""
    folder = tmp_path_factory.mktemp("small")
    as_root = [] if os.geteuid() == 0 or not shutil.which("sudo") else ["sudo", "-n"]
    mount = [*as_root, "mount", "-t", "tmpfs", "-o", "size=5m,mode=0777", "small", str(folder)]
    mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    yield folder if mounted else None
    if mounted:
        subprocess.run([*as_root, "umount", "--lazy", str(folder)], check=True)


@pytest.fixture(
    scope="module", params=["http", *(pytest.param(one, marks=pytest.mark.drill) for one in ("s3", "gs", "hf"))]
)
def started_service(request, tmp_path_factory, signer, small_disk):
    """A service that fetched a signed model; its cache has little room."""
    root = tmp_path_factory.mktemp("remote")
    folder = root / "first"
    folder.mkdir()
    with publishing(copy_published(folder)) as published:
        lender = Lender(root, published, signer)
        lender.publish()
        address, environment = place_of(request.param, published)
        cache = small_disk or root / "cache"
        running = start_gunicorn(
            root,
            **environment,
            WEB_CONCURRENCY=1,
            HF_HOME=root / "hub",
            SCORING_ARTEFACTS=address,
            SCORING_MANIFEST_KEY=signer.public_key,
            SCORING_CACHE=cache,
            SCORING_FETCH_SECONDS=SECONDS.get(request.param, MORE_SECONDS),
        )
        running.lender, running.cache = lender, cache
        yield running
        running.stop()


@pytest.fixture
def service(started_service):
    """Empty the cache: the service has its model in memory, and what one test fetched takes no room from another."""
    for kept in started_service.cache.iterdir():
        shutil.rmtree(kept) if kept.is_dir() else kept.unlink()
    return started_service


RELOADS = [pytest.param(fault, marks=pytest.mark.drill if fault == "silent" else ()) for fault in FAULTS]


@pytest.mark.parametrize("fault", RELOADS)
def test_a_reload_is_refused_with_one_message_and_the_former_model_answers(service, numbers, small_disk, fault):
    if fault == "full disk" and small_disk is None:
        pytest.skip("needs the right to mount a file system")
    served = version(service)
    service.lender.publish()
    message = service.lender.spoil(fault)
    said = reload(service, REFUSED)
    assert said.count(REFUSED) == 1
    assert f"{REFUSED} SCORING_ARTEFACTS=" in said
    assert message in said
    assert "Traceback" not in said
    assert "hf_token" not in said
    assert version(service) == served
    assert service.get(f"/predict/{numbers[0]}")[0] == 200


def test_a_new_model_with_a_valid_signature_is_taken_at_a_reload_and_only_then(service, numbers):
    served, asked = version(service), len(service.lender.published.asked)
    service.lender.publish()
    assert service.get(f"/predict/{numbers[0]}")[0] == 200
    assert len(service.lender.published.asked) == asked
    assert REFUSED not in reload(service, "Booting worker")
    assert eventually(lambda: version(service) != served)
    assert service.get(f"/predict/{numbers[0]}")[0] == 200


def started(**environment):
    command = [sys.executable, "-m", "gunicorn"]
    return subprocess.run(
        command, cwd=PROJECT, env=clean_environment(PORT=9, **environment),
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


STARTS = [pytest.param(fault, marks=() if fault == "revoked token" else pytest.mark.drill) for fault in FAULTS]


@pytest.mark.parametrize("fault", STARTS)
def test_what_is_wrong_with_the_place_stops_the_start_with_one_message(tmp_path, folder, signer, small_disk, fault):
    with publishing(folder) as published:
        lender = Lender(tmp_path, published, signer)
        lender.publish()
        message = lender.spoil(fault)
        address, environment = place_of("s3", published)
        given = {"SCORING_ARTEFACTS": address, "SCORING_FETCH_SECONDS": MORE_SECONDS, **environment}
        cache = small_disk / "start" if fault == "full disk" else tmp_path / "cache"
        ended = started(SCORING_CACHE=cache, SCORING_MANIFEST_KEY=signer.public_key, **given)
    assert ended.returncode == 1
    assert f"The service does not start. SCORING_ARTEFACTS={address}: " in ended.stderr
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "hf_token" not in ended.stderr


@pytest.mark.drill
def test_a_service_starts_from_the_cache_where_the_place_cannot_be_reached(tmp_path, folder, signer, numbers):
    given = {"SCORING_CACHE": tmp_path / "cache", "SCORING_FETCH_SECONDS": 30, "WEB_CONCURRENCY": 1}
    with publishing(folder) as published:
        Lender(tmp_path, published, signer).publish()
        address, pin = place_of("http", published)[0], sha256(published.files[MANIFEST])
        given.update(
            SCORING_ARTEFACTS=address,
            SCORING_MANIFEST_KEY=signer.public_key,
            SCORING_SHADOW=f"{address}#sha256={pin}",
            SCORING_DECISIONS=tmp_path / "decisions.db",
        )
        start_gunicorn(tmp_path, **given).stop()
        assert published.names().count("df_sample.csv") == 1  # the shadow is the same model
    again = start_gunicorn(tmp_path, **given)
    said = again.log.read_text(encoding="utf-8")
    assert again.get(f"/predict/{numbers[0]}")[0] == 200
    again.stop()
    assert "cannot be reached; the model that was fetched last is served" in said
    assert f"SCORING_SHADOW={address}: taken from the cache {tmp_path / 'cache'}; nothing was requested" in said
