import pytest


def test_client_numbers_are_paged_in_ascending_order(client, numbers):
    seen, after = [], 0
    while after is not None:
        page = client.get(f"/clients?after={after}&limit=300").json
        seen += page["clients"]
        after = page["next_after"]
    assert seen == sorted(numbers)
    assert page["total"] == len(numbers)


def test_without_parameters_the_first_hundred_come(client, numbers):
    assert client.get("/clients").json["clients"] == sorted(numbers)[:100]


def test_after_the_last_client_the_page_is_empty(client, numbers):
    assert client.get(f"/clients?after={max(numbers)}").json == {
        "clients": [],
        "total": len(numbers),
        "next_after": None,
    }


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=1001", "limit=ten", "limit=1.5", "limit=", "after=-1", "after=٣", "after=" + "9" * 30]
)
def test_a_parameter_that_is_no_whole_number_in_range_is_a_400(client, query):
    answer = client.get(f"/clients?{query}")
    assert answer.status_code == 400
    assert "expected a whole number from" in answer.json["detail"]
    assert answer.json["errors"][0]["field"] == query.split("=")[0]


def test_facts_have_a_readable_name_a_value_and_a_unit(client, numbers):
    answer = client.get(f"/clients/{numbers[0]}").json
    assert answer["client_id"] == numbers[0]
    facts = {fact["name"]: fact for fact in answer["facts"]}
    assert len(facts) == 120
    assert facts["AMT_CREDIT"]["unit"] == "currency"
    assert facts["AMT_CREDIT"]["value"] > 0
    assert facts["AMT_CREDIT"]["label"]["fr"] == "Montant du crédit"


def test_stand_ins_for_missing_values_are_shown_as_missing(client, numbers):
    employed = set()
    for number in numbers[:300]:
        facts = {fact["name"]: fact["value"] for fact in client.get(f"/clients/{number}").json["facts"]}
        employed.add(facts["DAYS_EMPLOYED"])
        assert facts["ORGANIZATION_TYPE"] != "XNA"
    assert None in employed
    assert 365243 not in employed


@pytest.mark.parametrize(("path", "status"), [("/clients/999999", 404), ("/clients/12", 400), ("/clients/x", 400)])
def test_facts_of_nobody_are_refused_like_decisions(client, path, status):
    assert client.get(path).status_code == status


def test_without_raw_applications_there_are_no_facts_and_the_answer_says_why(unverified):
    from fonction_api_prediction import create_app
    from scoring.settings import Settings

    app = create_app(Settings(artefacts=unverified, threshold=0.5, open=True))
    answer = app.test_client().get("/clients/500000")
    assert answer.status_code == 404
    assert "only as a model-ready row" in answer.json["detail"]
