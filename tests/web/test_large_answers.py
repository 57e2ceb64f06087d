import gzip
from urllib.request import urlopen

import pytest

ADDRESSES = ("/model", "/openapi.json", "/docs")


@pytest.fixture(params=ADDRESSES)
def address(request):
    return request.param


def get(client, address, **headers):
    return client.get(address, headers={name.replace("_", "-"): value for name, value in headers.items()})


def test_the_answer_is_compressed_only_where_gzip_is_accepted(client, address):
    plain, compressed = get(client, address), get(client, address, Accept_Encoding="br, gzip")
    assert "Content-Encoding" not in plain.headers
    assert compressed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(compressed.data) == plain.data
    assert int(compressed.headers["Content-Length"]) == len(compressed.data) < len(plain.data) / 4
    for answer in (plain, compressed):
        assert "Accept-Encoding" in answer.headers.getlist("Vary")


@pytest.mark.parametrize(
    "accepted", ["", "identity", "br", "gzip;q=0", "gzip;q=0.5, identity;q=0.9", "*;q=0", "x/;q=é"]
)
def test_whoever_does_not_prefer_gzip_gets_it_plain(client, address, accepted):
    assert "Content-Encoding" not in get(client, address, Accept_Encoding=accepted).headers


def test_who_has_the_answer_already_gets_304_without_a_body(client, address):
    tags = set()
    for encoding in ("identity", "gzip"):
        tag = get(client, address, Accept_Encoding=encoding).headers["ETag"]
        for given in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            again = get(client, address, Accept_Encoding=encoding, If_None_Match=given)
            assert (again.status_code, again.data) == (304, b""), given
            assert again.headers["ETag"] == tag
            assert "Accept-Encoding" in again.headers.getlist("Vary")
        tags.add(tag)
    assert len(tags) == 2  # one for each encoding
    assert get(client, address, If_None_Match='"other"').status_code == 200


def test_a_tag_of_the_other_encoding_does_not_match(client, address):
    tag = get(client, address, Accept_Encoding="gzip").headers["ETag"]
    assert get(client, address, If_None_Match=tag).status_code == 200


def test_two_processes_give_the_same_tag(client, sample_service, address):
    with urlopen(f"http://127.0.0.1:{sample_service.port}{address}") as answer:
        assert answer.headers["ETag"] == get(client, address).headers["ETag"]


def test_the_answer_may_be_kept_but_is_asked_for_again(client, address):
    assert get(client, address).headers["Cache-Control"] == "no-cache"


def test_head_has_the_headers_of_get_without_a_body(client, address):
    head, answer = client.head(address), client.get(address)
    assert head.data == b""
    assert head.headers["ETag"] == answer.headers["ETag"]
    assert head.headers["Content-Length"] == answer.headers["Content-Length"]


def test_the_page_of_the_model_is_no_such_answer(client):
    page = get(client, "/model", Accept="text/html", Accept_Encoding="gzip")
    assert "text/html" in page.content_type
    assert "ETag" not in page.headers
