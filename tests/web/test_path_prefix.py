import pytest

from fonction_api_prediction import create_app
from scoring.errors import SettingError
from scoring.settings import Settings


@pytest.mark.parametrize(
    "prefix",
    ["credit", "/", "/credit/", "//evil.example", "/a//b", "/..", "/a/../b", "/a b", "/é", "/a?b", "https://a/b"],
)
def test_what_is_no_path_is_refused(prefix):
    with pytest.raises(SettingError, match="expected a path such as /credit"):
        Settings.from_environment({"SCORING_PREFIX": prefix})


@pytest.mark.parametrize("prefix", ["/predict", "/docs/x", "/health"])
def test_a_path_that_begins_like_a_route_is_refused(prefix):
    with pytest.raises(SettingError, match=f"SCORING_PREFIX={prefix}"):
        create_app(Settings(prefix=prefix))


@pytest.fixture(scope="module")
def behind_proxy():
    return create_app(Settings(prefix="X-Forwarded-Prefix")).test_client()


@pytest.mark.parametrize(
    ("forwarded", "root"),
    [
        ("/credit", "/credit"),
        ("/credit/", "/credit"),
        ("/anything, /credit", "/credit"),  # the nearest proxy is the trusted one
        ("/a/b.c~d_e-f", "/a/b.c~d_e-f"),
        ("/", ""),
        ("", ""),
        ("credit", ""),
        ("//evil.example", ""),
        ("/../x", ""),
        ('/"onload=', ""),
        ("https://evil.example", ""),
        ("/é", ""),
    ],
)
def test_a_forwarded_prefix_is_used_if_it_is_a_path(behind_proxy, forwarded, root):
    headers = {"X-Forwarded-Prefix": forwarded.encode().decode("latin-1")}
    answer = behind_proxy.get("/?client_id=500024", headers={**headers, "Accept": "text/html"})
    assert answer.headers["Location"] == f"{root}/predict/500024"
    assert behind_proxy.get("/", headers=headers).json["try"].startswith(f"{root}/predict/")
    assert behind_proxy.get("/openapi.json", headers=headers).json["servers"] == [{"url": root or "/"}]


def test_a_path_that_only_begins_with_the_same_letters_is_not_under_the_prefix():
    client = create_app(Settings(prefix="/credit")).test_client()
    assert client.get("/credit").status_code == client.get("/credit/").status_code == 200
    assert client.get("/credit/health").status_code == client.get("/health").status_code == 200
    assert client.get("/credits/health").status_code == 404
    assert client.get("/credit/credit/health").status_code == 404
