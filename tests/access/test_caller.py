import dataclasses

import pytest

from scoring.access.caller import ANYONE, SCOPES, Caller


def test_without_keys_anyone_may_do_everything_and_see_all_clients():
    assert Caller(key_id=None, scopes=frozenset(SCOPES), portfolio=None) == ANYONE


def test_a_caller_cannot_be_changed_after_it_was_recognised():
    with pytest.raises(dataclasses.FrozenInstanceError):
        ANYONE.portfolio = None
