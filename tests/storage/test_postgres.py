import pytest

from scoring.errors import SettingError
from scoring.storage.postgres import show_url


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://db.example/clients",
        "postgres://loader@db.example:5433/clients?sslmode=require&target_session_attrs=any",
        "postgresql:///clients?host=/run/postgresql&passfile=/etc/pgpass",
        "postgresql://loader@[::1]:5432/clients",
    ],
)
def test_a_url_without_a_password_is_shown_as_it_is(url):
    assert show_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://loader:s3cret@db.example/clients",
        "postgresql://loader:s3%40cret@db.example:5433/clients?sslmode=require",
        "postgresql://loader@db.example/clients?password=s3cret",
        "postgresql://loader@db.example/clients?sslpassword=s3cret",
    ],
)
def test_a_url_with_a_password_is_shown_as_host_and_database(url):
    assert show_url(url) == "postgresql://***@db.example/clients"


@pytest.mark.parametrize("url", ["postgresql://loader:s3@cret@db/clients", "postgresql://loader%3As3cret@db/clients"])
def test_a_url_that_may_have_a_part_of_a_password_elsewhere_is_not_shown(url):
    with pytest.raises(SettingError) as raised:
        show_url(url)
    assert "cret" not in str(raised.value)
