import re
from pathlib import Path

import pytest

from scoring.errors import SettingError
from scoring.explanation.counterfactual import MOST_INSTALMENT
from scoring.settings import Settings


def test_without_variables_the_bundled_files_are_served(project):
    assert Settings.from_environment({"SCORING_DECISIONS": "off"}) == Settings(artefacts=project)


@pytest.mark.parametrize("place", ["decisions.db", "sqlite:///decisions.db", "postgresql://scoring@db.example/credit"])
def test_decisions_are_recorded_in_a_local_file_or_where_the_setting_says(place):
    assert Settings.from_environment({}).decisions == "decisions.db"
    assert Settings.from_environment({"SCORING_DECISIONS": ""}).decisions == "decisions.db"
    assert Settings.from_environment({"SCORING_DECISIONS": place}).decisions == place
    assert Settings().decisions == "off"


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("DECISIONS", "mysql://me:se@cret@host/db", "mysql:***"),
        ("DECISIONS", "postgresql://me:se cret@host/db", "postgresql:***"),
        ("DECISIONS", "postgresql:/me:se/cret@host/db", "postgresql:***"),
        ("DECISIONS", "mysql://host/db?user=me&password=secret", "mysql:***"),
        ("DECISIONS", "host=[::1] user=me password=secret", "***"),
        ("RATE_LIMIT", "redis://:secret@host", "redis:***"),
        ("CLIENTS", "mysql://me:secret@host/db", "mysql:***"),
        ("ARTEFACTS", "s3://me:secret@host/models", "s3:***"),
        ("DECISIONS_CHECKPOINTS", "host=h password=secret", "***"),
        ("API_KEYS", "pad_0a1b2c3d_secret", "***"),
        ("DECISIONS_KEY", "-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n", "***"),
        ("MANIFEST_KEY", "-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n", "***"),
        ("MANIFEST_KEY", "MC4CAQAwBQYDK2VwBCIEIsecret", "MC4CAQAwBQY…"),
    ],
)
def test_a_message_does_not_repeat_a_password(name, value, shown):
    with pytest.raises(SettingError) as caught:
        Settings.from_environment({f"SCORING_{name}": value})
    assert f"SCORING_{name}={shown}: expected " in str(caught.value)
    assert "cret" not in str(caught.value)


def test_the_share_of_an_instalment_is_that_of_explanations_without_settings():
    assert Settings().most_instalment == MOST_INSTALMENT


def test_values_are_read_in_their_types():
    given = {
        "SCORING_DECISIONS": "off",
        "SCORING_ARTEFACTS": "models",
        "SCORING_CLIENTS": "clients.csv",
        "SCORING_THRESHOLD": "0.25",
        "SCORING_OPEN": "1",
        "SCORING_CLIENT_ID_DIGITS": "8",
        "SCORING_CURRENCY": "EUR",
        "SCORING_CORS_ORIGINS": "https://app.example.org, http://localhost:3000",
    }
    assert Settings.from_environment(given) == Settings(
        artefacts=Path("models"),
        clients=Path("clients.csv"),
        threshold=0.25,
        open=True,
        client_id_digits=8,
        currency="EUR",
        cors_origins=("https://app.example.org", "http://localhost:3000"),
    )


def test_an_empty_value_counts_as_not_set():
    assert Settings.from_environment({"SCORING_THRESHOLD": ""}).threshold is None


def test_other_variables_and_the_front_ends_are_let_alone():
    front_end = {"SCORING_API_URL": "y", "SCORING_API_KEY": "z", "SCORING_OWN_VIEW_FIRST": "1"}
    Settings.from_environment({"HOME": "x", **front_end})


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("THRESHOLD", "1.2", "a number from 0 to 1"),
        ("THRESHOLD", "nan", "a number from 0 to 1"),
        ("THRESHOLD", "half", "a number from 0 to 1"),
        ("OPEN", "maybe", "1 or 0"),
        ("CLIENT_ID_DIGITS", "0", "a whole number from 1 to 18"),
        ("CLIENT_ID_DIGITS", "6.5", "a whole number from 1 to 18"),
        ("CORS_ORIGINS", "null", "origins such as https://app.example.org"),
        ("CORS_ORIGINS", "example.org", "origins such as https://app.example.org"),
        ("CORS_ORIGINS", "https://Example.org", "origins such as https://app.example.org"),
        ("CORS_ORIGINS", "https://example.org/", "origins such as https://app.example.org"),
        ("CORS_ORIGINS", "https://example.org:443", "origins such as https://app.example.org"),
        ("CORS_ORIGINS", "http://localhost:65536", "origins such as https://app.example.org"),
        ("CORS_ORIGINS", "http://localhost:80", "origins such as https://app.example.org"),
        ("CURRENCY", "€", "the code of a currency: three capital letters, such as EUR"),
        ("CURRENCY", "euro", "the code of a currency"),
        ("RATE_LIMIT", "600", "a number of requests and a time, such as 600/minute"),
        ("RATE_LIMIT", "0/minute", "a number of requests and a time"),
        ("RATE_LIMIT", "600/min", "a number of requests and a time"),
        ("LOAD_SECONDS", "0", "a whole number from 1 to 86400"),
    ],
)
def test_an_unusable_value_is_named_with_what_was_expected(name, value, expected):
    with pytest.raises(SettingError, match=f"SCORING_{name}={value}: expected {expected}"):
        Settings.from_environment({f"SCORING_{name}": value})


@pytest.mark.parametrize(
    "value", [" ", "off ", "off\r", '"off"', "'decisions.db'", "OFF", "0", "a\x1b[2Jb", "a\udcff", "\u202eb"]
)
def test_a_value_with_what_a_file_of_variables_adds_or_what_nobody_sees_is_refused(value):
    with pytest.raises(SettingError) as caught:
        Settings.from_environment({"SCORING_DECISIONS": value})
    message = str(caught.value)
    shown = repr(value) if value != value.strip() or not value.isprintable() else value
    assert f"SCORING_DECISIONS={shown}: expected off, the path of a SQLite file" in message
    assert message.count("\n") == 1


@pytest.mark.parametrize("name", ["API_KEYS", "ARTEFACTS", "CACHE", "CLIENTS", "LETTERS", "REPORTS", "SHADOW"])
def test_a_path_that_no_file_can_have_is_named_with_its_setting(name):
    for value in ("a" * 256, "a/" * 2500):
        with pytest.raises(SettingError, match=f"SCORING_{name}=a.*: expected "):
            Settings.from_environment({f"SCORING_{name}": value})


def test_each_unusable_origin_is_named_and_usable_ones_are_not():
    with pytest.raises(SettingError) as caught:
        Settings.from_environment({"SCORING_CORS_ORIGINS": "https://good.example,*,http://[::1]:8000,,ftp://x.org"})
    named = re.findall(r"SCORING_CORS_ORIGINS=(.*?): expected", str(caught.value))
    assert named == ["*", "", "ftp://x.org"]


def test_all_errors_are_listed_in_one_message():
    with pytest.raises(SettingError) as caught:
        Settings.from_environment({"SCORING_TRESHOLD": "0.5", "SCORING_OPEN": "perhaps", "SCORING_THRESHOLD": "2"})
    message = str(caught.value)
    assert message.startswith("settings: 3 errors")
    assert "SCORING_TRESHOLD is not a setting; did you mean SCORING_THRESHOLD?" in message
    assert message.endswith("docs/settings.md describes every setting.")


def test_a_setting_that_is_not_built_yet_is_refused_rather_than_ignored():
    with pytest.raises(SettingError, match=r"SCORING_RATE_STORE is not a setting yet: .* by each host"):
        Settings.from_environment({"SCORING_RATE_STORE": "redis://localhost"})


def test_variables_that_a_container_platform_sets_are_ignored_with_one_warning(caplog):
    of_platform = {
        "SCORING_SERVICE_HOST": "10.0.0.7",
        "SCORING_SERVICE_PORT": "80",
        "SCORING_SERVICE_PORT_HTTP": "80",
        "SCORING_PORT": "tcp://10.0.0.7:80",
        "SCORING_PORT_80_TCP": "tcp://10.0.0.7:80",
        "SCORING_PORT_80_TCP_PROTO": "tcp",
        "SCORING_PORT_80_TCP_PORT": "80",
        "SCORING_PORT_80_TCP_ADDR": "10.0.0.7",
        "SCORING_API_SERVICE_HOST": "10.0.0.8",  # of a service that is called scoring-api
        "SCORING_API_PORT_443_TCP_ADDR": "10.0.0.8",
    }
    assert Settings.from_environment(
        {**of_platform, "SCORING_THRESHOLD": "0.5", "SCORING_DECISIONS": "off"}
    ) == Settings(threshold=0.5)
    assert len(caplog.messages) == 1
    assert all(name in caplog.messages[0] for name in of_platform)


def test_a_setting_with_a_platforms_kind_of_value_is_checked_like_any_other():
    with pytest.raises(SettingError, match=r"SCORING_THRESHOLD=tcp://10\.0\.0\.7:80: expected a number"):
        Settings.from_environment({"SCORING_THRESHOLD": "tcp://10.0.0.7:80"})


@pytest.mark.parametrize("name", ["PORT", "SERVICES", "PORT_80_SCTPX"])
def test_a_name_that_only_resembles_one_of_a_platform_is_refused(name):
    with pytest.raises(SettingError, match=f"SCORING_{name} is not a setting"):
        Settings.from_environment({f"SCORING_{name}": "80"})


def test_the_retention_may_be_written_as_the_command_that_erases_takes_it():
    for given in ("400d", "26 weeks", "6 months", "2 years"):
        assert Settings.from_environment({"SCORING_DECISIONS_RETENTION": given}).decisions_retention == given


def test_the_lines_of_the_lenders_address_are_separated_by_bars():
    settings = Settings.from_environment({"SCORING_LENDER_ADDRESS": "1, rue de la Gare | 75012 Paris"})
    assert settings.lender_address == ("1, rue de la Gare", "75012 Paris")
    with pytest.raises(SettingError, match=r"SCORING_LENDER_ADDRESS=.*expected at most 6 lines"):
        Settings.from_environment({"SCORING_LENDER_ADDRESS": "|".join("abcdefg")})
    with pytest.raises(SettingError, match=r"SCORING_LENDER_ADDRESS=b+…: expected at most 6 lines of at most 100"):
        Settings.from_environment({"SCORING_LENDER_ADDRESS": "a|" + "b" * 300})
