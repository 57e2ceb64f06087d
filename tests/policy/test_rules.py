"""The form of a policy file: every fault in one message, and a version that depends on what it says alone."""

import json

import pytest

from scoring.errors import PolicyError
from scoring.policy.rules import read_policy
from tests.policy.policies import content, read, rule


def faults(text):
    with pytest.raises(PolicyError) as caught:
        read_policy(text, "policy.json")
    return str(caught.value)


def test_all_faults_of_a_file_are_named_in_one_message_with_their_places_and_the_remedy():
    condition = {"all": [{"value": ["AMT_CREDIT", "%", 3], "is": "gt", "to": True}, {"foo": 1}, {"any": []}]}
    bad = [
        rule("low", condition, "deny", text={"fr": " "}, x=1, **{"from": "2026-13-01"}),
        3,
        rule("LIMIT", None, "limit", limit={"amount": "much"}, until=5),
    ]
    message = faults(content(*bad))
    expected = [
        "rule low, code: expected capital letters, digits and _",
        "rule low, effect: input should be 'refuse', 'review' or 'limit'; received \"deny\"",
        "rule low, condition.all.0.value.1: input should be '/', '*', '+' or '-'; received \"%\"",
        "rule low, condition.all.0.is: input should be '<', '<=', '>', '>=', '=' or '!='; received \"gt\"",
        "rule low, condition.all.0.to: expected a number, the name of a field, or a calculation",
        "rule low, condition.all.1: expected an object with the keys",
        "rule low, condition.all.2.any: expected at least one item; received []",
        'rule low, text.fr: expected a text, not only blanks; received " "',
        "rule low, text.en: is missing",
        "rule low, from: ",
        "rule low, x: is not a key of this object",
        "rule 2: expected an object; received 3",
        "rule LIMIT, limit.amount: input should be a valid number",
        "rule LIMIT, until: expected a day such as 2026-11-27; received 5",
        "docs/policy.md says what a policy contains",
    ]
    assert [one for one in expected if one not in message] == []
    assert message.startswith("policy.json: ")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"{", "not JSON in UTF-8"),
        (b"\xff", "not JSON in UTF-8"),
        (b'{"rules": [], "rules": []}', "the key 'rules' stands twice in one object"),
        (b"[" * 100_000, "more than 64 levels deep"),
        (b'{"not":' * 65 + b"1" + b"}" * 65, "more than 64 levels deep"),
        (b"[]", "the file: expected an object; received []"),
        (b"null", "the file: expected an object; received null"),
        (b'{"format_version": 2, "rules": []}', "format_version: input should be 1; received 2"),
        (b'{"format_version": true, "rules": []}', "format_version: expected the whole number 1; received true"),
        (b'{"format_version": 1.0, "rules": []}', "format_version: expected the whole number 1; received 1.0"),
        (b'{"format_version": 1' + b"0" * 5000 + b', "rules": []}', "format_version: expected the whole number 1"),
        (b'{"format_version": 1, "rules": []' + b" " * 2**20 + b"}", "bytes were received, expected at most 1048576"),
    ],
)
def test_what_is_no_policy_is_refused_in_words(text, said):
    assert said in faults(text)


def test_keys_that_stand_twice_are_told_with_the_other_faults_and_not_as_broken_json():
    message = faults(b'{"format_version": 1, "rules": [], "rules": [{"code": "A", "code": "B"}]}')
    assert "not JSON" not in message
    assert "the key 'rules' stands twice in one object" in message
    assert "the key 'code' stands twice in one object" in message
    assert "rule B, effect: is missing" in message


def test_a_number_of_thousands_of_digits_is_told_at_its_place():
    huge = {"value": "AMT_CREDIT", "is": ">", "to": 7}
    text = content(rule("A", huge)).replace(b'"to": 7', b'"to": ' + b"9" * 5000)
    assert faults(text).startswith("policy.json: rule A, condition.to: input should be a finite number; received Inf")


@pytest.mark.parametrize("bad", [True, None, ["x"], {"x": 1}])
def test_a_wrong_item_of_a_list_is_told_in_one_line(bad):
    message = faults(content(rule("A", {"value": "FLAG_OWN_CAR", "in": ["Y", bad]})))
    received = json.dumps(bad)
    assert message.startswith(f"policy.json: rule A, condition.in.1: expected a text or a number; received {received}")


@pytest.mark.parametrize("sign", ["\n", "\x1b", "\x00", "\u202e", "\u2028", "\ud800"])
def test_texts_that_people_read_have_no_control_characters(sign):
    text = {"fr": "Le crédit", "en": f"The credit{sign}is too high."}
    message = faults(content(rule("A", text=text), name=f"a{sign}b"))
    told = f"expected one line of text; it has the control character U+{ord(sign):04X}"
    surrogate = "input should be a valid string"
    assert f"rule A, text.en: {surrogate if sign == chr(0xD800) else told}" in message
    assert f"name: {surrogate if sign == chr(0xD800) else told}" in message
    assert len(message.splitlines()) == 4


def test_names_with_control_characters_are_told_with_their_codes():
    message = faults(content({**rule("A\x1b\ud800"), "\x1b[2J": 1}))
    assert r"rule A\x1b\ud800, code: input should be a valid string" in message
    assert r"\x1b[2J: is not a key of this object" in message


def test_the_version_depends_on_what_the_policy_says_and_not_on_its_layout():
    one = read(rule(), rule("OTHER"), name="2026")
    text = json.dumps(json.loads(one.content()), indent=4).encode("utf-8-sig")
    assert read_policy(text, "again.json").version() == one.version()
    assert read_policy(text, "again.json") == one
    assert read(rule("OTHER"), rule(), name="2026").version() != one.version()
    assert len(one.version()) == 16
