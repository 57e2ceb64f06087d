"""compose.yaml, app.json, heroku.yml, the Kubernetes manifest and the Hugging Face Space say what the code does."""

import json
import re
import subprocess
import sys
import tomllib

import kubernetes_validate
import psycopg
import pytest
import yaml

from scoring.settings import PREFIX, Settings
from tests.commands import run_command
from tests.conftest import clean_environment
from tests.http_servers import QuietHandler, serving
from tools.images.dockerfile import read_dockerfile
from tools.images.space import make_space

OF_THE_PLATFORM = {"PORT", "WEB_CONCURRENCY"}  # gunicorn.conf.py reads them
KUBERNETES = "1.35"


def read_yaml(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def compose(project):
    return read_yaml(project / "compose.yaml")


@pytest.fixture(scope="module")
def version(project):
    return tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


@pytest.fixture(scope="module")
def objects(project):
    listed = yaml.safe_load_all((project / "deploy" / "kubernetes" / "scoring.yaml").read_text(encoding="utf-8"))
    return {one["kind"]: one for one in listed}


@pytest.fixture(scope="module")
def pod(objects):
    return objects["Deployment"]["spec"]["template"]["spec"]


@pytest.fixture(scope="module")
def container(pod):
    return pod["containers"][0]


@pytest.fixture(scope="module")
def image(project):
    return read_dockerfile((project / "Dockerfile").read_text(encoding="utf-8"))[-1]


def requires_settings(names):
    """Assert that each name is a setting of the service, or a variable that gunicorn's configuration reads."""
    known = {PREFIX + name.upper() for name in Settings.model_fields} | OF_THE_PLATFORM
    assert {name for name in names if name.startswith(PREFIX) or name in OF_THE_PLATFORM} <= known


def test_each_image_of_compose_is_built_here_or_pinned_by_version_and_digest(compose, version):
    for name, service in compose["services"].items():
        if "build" in service:
            assert service["image"].endswith(f":{version}"), name
        else:
            assert re.fullmatch(r"[a-z/]+:v?\d[\w.]*@sha256:[0-9a-f]{64}", service["image"]), name


def test_each_container_of_compose_has_few_rights_and_listens_on_this_machine_only(compose):
    for name, service in compose["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), name
        assert "privileged" not in service, name


def test_compose_waits_for_what_it_needs_and_each_file_that_it_mounts_is_there(project, compose):
    services = compose["services"]
    built_with_check = {"service", "front", "mlflow"}
    for service in services.values():
        for name, how in service.get("depends_on", {}).items():
            checked = "healthcheck" in services[name] or name in built_with_check
            assert how["condition"] == "service_completed_successfully" or checked
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert (project / source).exists() if source.startswith("./") else source in compose["volumes"]


def test_compose_gives_only_settings_that_exist_and_no_secret(project, compose, image):
    from officer.settings import read_settings

    requires_settings(compose["services"]["service"]["environment"])
    given = compose["services"]["service"]["environment"]
    Settings.from_environment({name: value for name, value in given.items() if name.startswith(PREFIX)})
    front = compose["services"]["front"]["environment"]
    assert str(read_settings(front).api_url).rstrip("/") == f"http://service:{image.ports[0]}"
    for service in compose["services"].values():
        for name, value in service.get("environment", {}).items():
            if "PASSWORD" in name:
                assert re.fullmatch(r"\$\{[A-Z_]+:\?set it .*docs/containers\.md\)\}", value), name


def test_the_checkpoints_of_compose_lie_outside_the_database_in_the_volume_of_the_image(compose, image):
    service = compose["services"]["service"]
    folder = service["volumes"][0].split(":")[1]
    assert service["environment"]["SCORING_DECISIONS_CHECKPOINTS"].startswith(f"{folder}/")
    assert image.environment["SCORING_DECISIONS"].startswith(f"{folder}/")


def test_prometheus_and_grafana_of_compose_use_the_rules_and_the_dashboard(project, compose, image):
    example = read_yaml(project / "ops" / "prometheus" / "prometheus.yml")
    used = read_yaml(project / "ops" / "prometheus" / "compose.yml")
    assert used["scrape_configs"][0]["static_configs"] == [{"targets": [f"service:{image.ports[0]}"]}]
    for config in (example, used):
        del config["scrape_configs"][0]["static_configs"]
    assert used == example
    mounted = dict(volume.split(":")[:2] for volume in compose["services"]["grafana"]["volumes"])
    provider = read_yaml(project / "ops" / "grafana" / "provisioning" / "dashboards" / "scoring.yaml")
    folder = provider["providers"][0]["options"]["path"]
    assert mounted["./ops/grafana/dashboard.json"].rpartition("/")[0] == folder
    source = read_yaml(project / "ops" / "grafana" / "provisioning" / "datasources" / "prometheus.yaml")
    assert source["datasources"][0]["url"] == "http://prometheus:9090"


def test_the_script_of_compose_makes_a_user_who_may_only_read_and_add_rows(project, postgres, tmp_path):
    script = (project / "ops" / "postgres" / "service_role.sh").read_text(encoding="utf-8")
    statements = [line for line in script.split("<<'SQL'\n")[1].split("SQL")[0].splitlines() if line[0] != "\\"]
    url = postgres.new_database()
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("\n".join(statements).replace(":'password'", "'made-up'"))
    try:
        assert run_command("decisions", "create", url, cwd=tmp_path).returncode == 0
        with psycopg.connect(url, autocommit=True) as service:
            service.execute("SET ROLE scoring_service")
            assert service.execute("SELECT count(*) FROM record_entries").fetchone() == (0,)
            for refused in (
                "DELETE FROM record_entries",
                "UPDATE record_heads SET chain = chain",
                "DROP TABLE record_bodies",
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    service.execute(refused)
    finally:
        with psycopg.connect(url, autocommit=True) as owner:
            owner.execute("DROP OWNED BY scoring_service; DROP ROLE scoring_service")


def test_heroku_builds_the_image_and_gets_settings_that_exist(project, image):
    app, heroku = json.loads((project / "app.json").read_text(encoding="utf-8")), read_yaml(project / "heroku.yml")
    assert app["stack"] == "container"
    assert heroku["build"]["docker"] == {"web": "Dockerfile"}
    command = heroku["run"]["web"].split()
    assert command == ["export", 'SCORING_DECISIONS="$DATABASE_URL"', "&&", "exec", *image.command]
    assert app["addons"] == [{"plan": "heroku-postgresql:essential-0"}]  # it sets DATABASE_URL
    requires_settings({*app["env"], "SCORING_DECISIONS"})
    values = {name: one["value"] for name, one in app["env"].items() if "value" in one}
    Settings.from_environment({name: value for name, value in values.items() if name.startswith(PREFIX)})
    assert all(one["description"].endswith(".") for one in app["env"].values())
    assert all("value" in one or one["required"] is False for one in app["env"].values())


def test_the_objects_for_kubernetes_are_valid(objects):
    assert set(objects) == {"Deployment", "Service", "PodDisruptionBudget"}
    for one in objects.values():
        kubernetes_validate.validate(one, KUBERNETES, strict=True)


def test_the_pod_runs_as_the_user_of_the_image_with_few_rights(pod, container, image):
    security = pod["securityContext"]
    assert f"{security['runAsUser']}:{security['runAsGroup']}" == image.user
    assert security["fsGroup"] == security["runAsGroup"]
    assert security["runAsNonRoot"] is True
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def test_the_pod_gets_only_settings_that_exist_and_none_of_the_platform(pod, container):
    names = {one["name"] for one in container["env"]}
    requires_settings(names)
    assert pod["enableServiceLinks"] is False
    assert "valueFrom" in next(one for one in container["env"] if one["name"] == "SCORING_DECISIONS")


def test_the_pods_ports_labels_and_version_agree(objects, container, image, version):
    assert container["image"].endswith(f"/scoring:{version}")
    assert [port["containerPort"] for port in container["ports"]] == image.ports
    assert {"name": "PORT", "value": str(image.ports[0])} in container["env"]
    chosen = objects["Deployment"]["spec"]["selector"]["matchLabels"]
    assert chosen == objects["Service"]["spec"]["selector"]
    assert chosen == objects["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"]
    labels = objects["Deployment"]["spec"]["template"]["metadata"]["labels"]
    assert chosen.items() <= labels.items()
    assert labels["app.kubernetes.io/version"] == version
    assert objects["Service"]["spec"]["ports"][0]["targetPort"] == container["ports"][0]["name"]


def test_the_pods_probes_ask_routes_that_exist_and_leave_time_to_load(app, container):
    routes = {str(rule) for rule in app.url_map.iter_rules()}
    assert container["livenessProbe"]["httpGet"]["path"] in routes
    startup = container["startupProbe"]
    assert startup["httpGet"]["path"] in routes
    assert startup["periodSeconds"] * startup["failureThreshold"] > Settings().load_seconds


@pytest.mark.parametrize(("status", "code"), [(200, 0), (401, 1), (503, 1)])
def test_the_pods_check_of_readiness_sends_the_key_and_fails_unless_the_answer_is_200(
    container, app, tmp_path, status, code
):
    asked = []

    class Ready(QuietHandler):
        def do_GET(self):
            asked.append((self.path, self.headers["Authorization"]))
            self.answer(status, "application/json", b"{}")

    (tmp_path / "probe").write_text("pad_made_up\n")
    with serving(Ready) as address:
        program = container["readinessProbe"]["exec"]["command"][2]
        assert "http://127.0.0.1:8000/" in program
        program = program.replace("/etc/scoring", str(tmp_path)).replace("http://127.0.0.1:8000", address)
        ended = subprocess.run([sys.executable, "-c", program], capture_output=True, env=clean_environment())
    assert ended.returncode == code
    assert asked == [("/health/ready", "Bearer pad_made_up")]
    assert "/health/ready" in {str(rule) for rule in app.url_map.iter_rules()}


def test_the_pods_secrets_are_where_the_settings_look_for_them(pod, container):
    keys = next(one["value"] for one in container["env"] if one["name"] == "SCORING_API_KEYS")
    mounted = {one["mountPath"]: one["name"] for one in container["volumeMounts"]}
    volumes = {one["name"]: one for one in pod["volumes"]}
    assert "secret" in volumes[mounted[keys.rpartition("/")[0]]]
    assert volumes[mounted["/tmp"]]["emptyDir"]["medium"] == "Memory"


def test_the_space_has_the_image_with_the_port_that_its_page_names(project, tmp_path):
    make_space(tmp_path / "space")
    head = yaml.safe_load((tmp_path / "space" / "README.md").read_text(encoding="utf-8").split("---\n")[1])
    stage = read_dockerfile((tmp_path / "space" / "Dockerfile").read_text(encoding="utf-8"))[-1]
    assert head["sdk"] == "docker"
    assert str(head["app_port"]) == stage.environment["PORT"] == str(stage.ports[-1])
    assert stage.user == "1000:1000"
    given = {name: value for name, value in stage.environment.items() if name.startswith(PREFIX)}
    assert Settings.from_environment(given)
    assert all(value.startswith("/tmp/") for value in given.values())
    assert (tmp_path / "space" / "requirements" / "postgres.txt").exists()
    assert not (tmp_path / "space" / "tests").exists()


def test_a_space_is_not_written_into_a_folder_that_has_files(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SystemExit, match="is not empty"):
        make_space(tmp_path)
