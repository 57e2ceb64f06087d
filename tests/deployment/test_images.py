"""The Dockerfiles say what the code does."""

import re
import runpy

import pytest

from scoring.settings import PREFIX, Settings
from tools.images.context import list_context
from tools.images.dockerfile import read_dockerfile


def last_stage(root, context):
    return read_dockerfile((root / context / "Dockerfile").read_text(encoding="utf-8"))[-1]


def test_the_service_gets_only_settings_that_exist_and_accepts_them(root):
    given = {name: value for name, value in last_stage(root, "").environment.items() if name.startswith(PREFIX)}
    assert set(given) == {"SCORING_CACHE", "SCORING_DECISIONS"}
    assert Settings.from_environment(given).decisions == given["SCORING_DECISIONS"]


def test_the_service_listens_on_the_port_that_the_image_names(root, monkeypatch):
    stage = last_stage(root, "")
    monkeypatch.setattr("os.environ", {"PORT": stage.environment["PORT"]})
    assert runpy.run_path(str(root / "gunicorn.conf.py"))["bind"] == f"0.0.0.0:{stage.ports[0]}"
    assert len(stage.ports) == 1


def test_the_front_end_listens_on_the_port_that_the_image_names(root):
    from streamlit import config

    stage = last_stage(root, "interface_streamlit")
    assert stage.environment["STREAMLIT_SERVER_PORT"] == str(stage.ports[0])
    known = {option.env_var for option in config.get_config_options().values()}
    assert {name for name in stage.environment if name.startswith("STREAMLIT_")} <= known


def test_the_services_health_check_asks_a_route_that_exists(root, app):
    routes = {str(rule) for rule in app.url_map.iter_rules()}
    assert re.search(r"\}(/[a-z/]+)'", last_stage(root, "").health[-1])[1] in routes


def test_the_commands_are_those_of_the_procfiles(root):
    assert (root / "Procfile").read_text().split()[1] == last_stage(root, "").command[0]
    front = (root / "interface_streamlit" / "Procfile").read_text()
    assert front.startswith(f"web: {' '.join(last_stage(root, 'interface_streamlit').command)} ")


@pytest.mark.parametrize("folder", ["", "interface_streamlit", "ops/mlflow"])
def test_all_images_run_as_the_same_number_and_begin_with_the_same_base(root, folder):
    stages = read_dockerfile((root / folder / "Dockerfile").read_text(encoding="utf-8"))
    assert stages[-1].user == "10001:10001"
    assert stages[0].base == read_dockerfile((root / "Dockerfile").read_text(encoding="utf-8"))[0].base


def test_the_image_of_the_service_has_all_that_the_service_reads(root):
    given = {path.as_posix() for path in list_context(root)}
    needed = {"fonction_api_prediction.py", "gunicorn.conf.py", "df_sample.csv", "applications_sample.csv"}
    needed |= {"modele_retenu.json", "modele_retenu.pkl", "scaler.pkl"}
    needed |= {path.relative_to(root).as_posix() for path in (root / "scoring").rglob("*.*") if path.suffix != ".pyc"}
    assert needed <= given
