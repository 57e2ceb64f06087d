"""Addresses are read strictly, and shown without what may be secret."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scoring.errors import SettingError
from scoring.settings import Settings
from scoring.storage.remote.address import is_remote, parse_address
from tests.examples import examples

PIN = "ab" * 32


@pytest.mark.parametrize(
    ("text", "parts", "shown"),
    [
        ("hf://acme/credit@v1.2", ("hf", "acme/credit", "", "v1.2"), "hf://acme/credit@v1.2"),
        ("hf://acme/credit", ("hf", "acme/credit", "", "main"), "hf://acme/credit@main"),
        ("hf://acme/credit@main/2027/", ("hf", "acme/credit", "2027/", "main"), "hf://acme/credit@main/2027"),
        ("s3://models", ("s3", "models", "", ""), "s3://models"),
        ("s3://models/credit/2027", ("s3", "models", "credit/2027/", ""), "s3://models/credit/2027"),
        ("gs://models_x/credit/", ("gs", "models_x", "credit/", ""), "gs://models_x/credit"),
        ("https://a.example:8443/m/", ("https", "a.example:8443", "m/", ""), "https://a.example:8443/m"),
        ("https://[::1]:9000", ("https", "[::1]:9000", "", ""), "https://[::1]:9000"),
        ("http://127.0.0.1:9000/m", ("http", "127.0.0.1:9000", "m/", ""), "http://127.0.0.1:9000/m"),
    ],
)
def test_an_address_is_read_into_its_parts(text, parts, shown):
    address = parse_address(text, "X")
    assert (address[:4], str(address), address.pin) == (parts, shown, None)
    assert parse_address(f"{text}#sha256={PIN}", "X") == address._replace(pin=PIN)
    assert Settings(artefacts=text).artefacts == text


def test_a_query_is_sent_and_never_shown():
    address = parse_address(f"https://a.example/m?sig=se/cret%3D&se=2027#sha256={PIN}", "X")
    assert (address.query, address.path, address.pin) == ("sig=se/cret%3D&se=2027", "m/", PIN)
    assert "cret" not in str(address) + repr(address)


@pytest.mark.parametrize(
    "text",
    [
        "hf://credit", "hf://acme/credit@", "hf://datasets/acme/credit", "hf://acme/../credit", "hf://acme/credit/../x",
        "s3://", "s3://Bucket/m", "s3://b/m/../../x", "s3://b/m//x", "s3://bucket\\m", "S3://bucket/m", "gs:///m",
        "ftp://a.example/m", "file:///etc", "https://", "https://a.example/%2e%2e/x", "https://a.example/m%2Fx",
        "https://a.example:99999/m", "https://a.example:0/m", "https://a example/m", "https://a.example/m#v1",
        f"hf://acme/credit#sha256={PIN[:-1]}", f"hf://acme/credit#sha256={PIN.upper()}", "hf://acme/cré", "://",
        "https://a.example/\n", "https://a.example/m\x00", "https://" + "a" * 3000, "C:\\models://x",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused_with_one_message(text):
    with pytest.raises(SettingError, match="expected an address hf://ORG/REPO@REVISION") as told:
        parse_address(text, "SCORING_ARTEFACTS")
    assert str(told.value).startswith("SCORING_ARTEFACTS=")
    assert str(told.value).count("\n") == 1
    assert len(str(told.value)) < 600


@pytest.mark.parametrize("host", ["models.example", "10.0.0.7:9000", "127.0.0.1.example", "localhost.example"])
def test_http_is_for_this_machine_only(host):
    with pytest.raises(SettingError, match="expected https, since others can read and change what is sent over http\n"):
        parse_address(f"http://{host}/m", "X")


@pytest.mark.parametrize(
    "text",
    [
        "s3://AKIA:secret@bucket/m", "https://me:secret@a.example/m", "https://secret@a.example/m", "hf://me:secret@a/b",
        "https://a.exa mple/m?sig=secret", "ftp://a.example/?token=secret", "gs://b/m#token=secret",
        "hf://secret@acme/credit", "hf://secret@huggingface.co/acme/credit", "hf://acme/credit token=secret",
        "https://a.example/m;sig=secret", "https://a.example/m&sig=secret x", "https://a.example/m%3Fsig=secret",
    ],
)  # fmt: skip
def test_a_message_does_not_repeat_credentials(text):
    with pytest.raises(SettingError) as told:
        parse_address(text, "X")
    assert "secret" not in str(told.value)
    with pytest.raises(SettingError) as told:
        Settings.from_environment({"SCORING_ARTEFACTS": text})
    assert "secret" not in str(told.value).replace("SCORING_ARTEFACTS", "")


@pytest.mark.parametrize(
    "text", ["https:/a.example/m?sig=secret", "a.example/m?sig=secret", "https;//a.example/m?sig=secret"]
)
def test_an_address_that_looks_like_a_folder_is_refused_without_its_query(text):
    with pytest.raises(SettingError, match="expected an existing folder with the model's files, or an address") as told:
        Settings.from_environment({"SCORING_ARTEFACTS": text})
    assert "secret" not in str(told.value)


PLACES = st.one_of(
    st.text(max_size=60),
    st.text("abc/.@:?#%2eF\\-_ []", max_size=40),
    st.from_regex(
        r"[a-z.]{1,6}(/[a-z.%2]{1,5}){0,3}(@[a-z.]{0,4})?(\?[a-z=]{0,6})?(#sha256=[0-9a-f]{0,64})?", fullmatch=True
    ),
)


@settings(max_examples=examples(150))
@given(st.sampled_from(["hf", "s3", "gs", "https", "http", "ftp", ""]), PLACES)
@example("https", "a.example/..%2f..%2fetc")
@example("hf", "a/b@../x")
def test_any_text_is_an_address_within_its_place_or_is_refused(scheme, place):
    text = f"{scheme}://{place}"
    assert is_remote(text)
    try:
        address = parse_address(text, "X")
    except SettingError:
        return
    steps = address.path.split("/")
    assert not {".", ".."} & set(steps)
    assert "" not in steps[:-1]
    assert "\\" not in address.path
    assert not {"?", "#"} & set(str(address))
    assert "@" not in address.root
    assert parse_address(f"{address}{'?' + address.query if address.query else ''}", "X") == address._replace(pin=None)
