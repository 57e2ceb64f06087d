"""Officers sign in with keys of their own, and none sees what another one's key gives access to."""

import pytest

from tests.conftest import start_gunicorn
from tests.interface_streamlit.conftest import shown
from tests.web.gate.conftest import Keys

PENSIONERS, WORKERS = "NAME_INCOME_TYPE=Pensioner", "NAME_INCOME_TYPE=Working"


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    return Keys(tmp_path_factory.mktemp("keys") / "keys.json")


@pytest.fixture(scope="module")
def own_keys(keys):
    """Make a key for each of two officers, with different portfolios."""
    return [keys.make("read", "score", portfolio=portfolio) for portfolio in (PENSIONERS, WORKERS)]


@pytest.fixture(scope="module")
def guarded(own_keys, keys, tmp_path_factory):
    """Serve the bundled sample to these two officers."""
    logs = tmp_path_factory.mktemp("service")
    running = start_gunicorn(logs, SCORING_API_KEYS=keys.path, SCORING_DECISIONS="off")
    yield f"http://127.0.0.1:{running.port}"
    running.stop()


def sign_in(page, key):
    page.text_input(key="typed key").input(key)
    return next(one for one in page.button if one.label == "Se connecter").click().run()


def look_up(page, number):
    page.query_params["client"] = str(number)
    return page.run()


def listed(page):
    (choice,) = (one for one in page.selectbox if one.label.startswith("ou dans la liste"))
    return choice.options


def is_shown(page):
    return any("verdict" in one.value for one in page.markdown)


def test_two_officers_never_see_each_others_clients(apptest, guarded, own_keys):
    pages = [sign_in(apptest(SCORING_API_URL=guarded), key.reveal()) for key in own_keys]
    clients = [listed(page) for page in pages]
    assert all(clients)
    assert not set(clients[0]) & set(clients[1])
    for _ in range(2):  # the second time, every answer is cached
        for page, own, foreign in zip(pages, clients, reversed(clients), strict=True):
            assert is_shown(look_up(page, own[0]))
            assert not is_shown(look_up(page, foreign[0]))
            assert f"Aucun client ne porte le numéro {foreign[0]}." in [shown(one.value) for one in page.warning]
            assert listed(page) == own
            assert not page.exception


def test_a_second_officer_in_the_same_session_sees_nothing_of_the_first(apptest, guarded, own_keys):
    first, second = (key.reveal() for key in own_keys)
    page = sign_in(apptest(SCORING_API_URL=guarded), first)
    own = listed(page)
    assert is_shown(look_up(page, own[0]))
    page.button(key="sign out").click().run()
    assert page.title[0].value == "Se connecter"
    assert "client" not in page.query_params
    assert not is_shown(page)
    sign_in(page, second)
    assert not set(listed(page)) & set(own)
    assert not is_shown(look_up(page, own[0]))


def test_nothing_is_shown_before_an_officer_has_signed_in(apptest, guarded, own_keys):
    number = 500145
    page = apptest(client=number, SCORING_API_URL=guarded)
    assert page.title[0].value == "Se connecter"
    assert not page.selectbox
    for typed, said in (
        ("", "Saisissez une clé d'accès."),
        ("clé", "Ce n'est pas une clé d'accès"),
        (own_keys[0].reveal()[:-1] + "_", "Cette clé d'accès n'est pas valable."),
    ):
        (error,) = sign_in(page, typed).error
        assert said in error.value
    sign_in(page, f" {own_keys[0].reveal()}\n")
    assert str(number) in page.query_params["client"]  # the address still leads to it
    assert page.title[0].value == "Client"
    assert own_keys[0].key_id in "".join(one.value for one in page.markdown)


def test_a_key_that_is_not_valid_any_more_leads_back_to_the_sign_in(apptest, guarded, keys):
    key = keys.make("read", "score", portfolio=PENSIONERS)
    page = apptest(SCORING_API_URL=guarded)
    while page.title[0].value == "Se connecter":  # the service reads the file again twice a second
        sign_in(page, key.reveal())
    number = listed(page)[0]
    page.session_state["api key"] = type(page.session_state["api key"])(key.reveal()[:-2] + "__")
    look_up(page, number)
    assert page.title[0].value == "Se connecter"
    (said,) = page.warning
    assert said.value.startswith("Votre clé d'accès n'est plus valable")
    assert not page.exception


def test_a_right_that_a_key_does_not_have_is_named(apptest, keys, guarded):
    key = keys.make("score")
    page = apptest(SCORING_API_URL=guarded)
    while page.title[0].value == "Se connecter":
        sign_in(page, key.reveal())
    assert 'Votre clé d\'accès ne donne pas ce droit (HTTP 403, scope="read")' in page.error[0].value


def test_no_key_is_asked_for_where_the_operator_gave_one(apptest, guarded, own_keys):
    page = apptest(SCORING_API_URL=guarded, SCORING_API_KEY=own_keys[0].reveal())
    assert page.title[0].value == "Client"
    assert listed(page)
    assert not [one for one in page.button if one.key == "sign out"]
