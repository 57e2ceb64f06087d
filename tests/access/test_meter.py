import json
import logging
import os
import random

import pytest

from scoring.access.meter import Meter
from scoring.access.rate import parse_rate
from scoring.access.walk_alarm import Lookup
from scoring.errors import TooManyRequests

WALKER, OFFICER = "0000aaaa", "0000bbbb"
LOGGED = {"event", "key_id", "reason", "distinct", "unknown", "neighbours"}


@pytest.fixture
def meter():
    return Meter()


def look_up(meter, numbers, known, key=WALKER, **more):
    """Look clients up; gives for each whether it was answered."""
    answered = []
    for number in numbers:
        try:
            meter.count_key(key, None, [Lookup(number + 1, number in known)], **more)
            answered.append(True)
        except TooManyRequests:
            answered.append(False)
    return answered


def sample(numbers):
    """Known clients with as few neighbours as those of the bundled sample."""
    return set(random.Random(1).sample(range(500_000, 560_000), numbers))


def alarm_after(meter, numbers, known, **more):
    for count, number in enumerate(numbers, 1):
        look_up(meter, [number], known, **more)
        if (count <= 200 or count % 1000 == 0) and meter.alarms():
            return count
    return None


@pytest.mark.parametrize(
    ("numbers", "known"),
    [
        (range(500_000, 510_000), sample(1000)),  # one number after the other, among few clients
        (range(500_000, 510_000), set(range(500_000, 510_000))),  # every number belongs to a client
        (range(510_000, 500_000, -1), set(range(500_000, 600_000))),  # backwards
        (range(500_000, 530_000, 3), set(range(500_000, 600_000))),  # in steps
        (random.Random(2).sample(range(500_000, 600_000), 10_000), sample(1000)),  # at random
        (random.Random(3).sample(range(500_000, 600_000), 10_000), set(range(500_000, 600_000))),  # no unknown one
        (sorted(sample(10_000)), sample(10_000)),  # a stolen list of clients
    ],
)
def test_ten_thousand_numbers_raise_the_alarm_within_200_and_are_limited(numbers, known):
    meter = Meter()
    assert alarm_after(meter, numbers, known) <= 200
    answered = look_up(meter, numbers, known)
    assert sum(answered) <= 30  # ten a minute, and the machine may be slow
    assert False not in look_up(meter, sorted(known)[:60], known, key=OFFICER)


@pytest.mark.parametrize("seed", range(20))
def test_an_ordinary_day_of_an_officer_raises_no_alarm(meter, seed):
    """A list of own clients in ascending order, each looked up several times, one number in eight mistyped."""
    own = random.Random(seed)
    known = set(range(500_000, 560_000, 7)) if seed % 2 else sample(1000)
    for number in sorted(own.sample(sorted(known), 120)):
        if own.random() < 1 / 8:
            digits = list(str(number))
            digits[own.randrange(6)] = str(own.randrange(10))
            look_up(meter, [int("".join(digits))], known, key=OFFICER)
        assert look_up(meter, [number] * 5, known, key=OFFICER) == [True] * 5
    assert meter.alarms() == {}


def test_clients_in_a_row_raise_no_alarm_until_there_are_more_than_a_person_looks_up(meter):
    assert alarm_after(meter, range(500_000, 500_119), set(range(500_000, 560_000))) is None


def test_a_key_for_many_lookups_may_look_up_all_clients_but_not_search_for_them(meter):
    known = sample(10_000)
    assert alarm_after(meter, sorted(known), known, bulk=True) is None
    assert alarm_after(meter, range(500_000, 510_000), known, bulk=True) <= 200


def test_after_an_alarm_one_client_may_still_be_looked_at_several_times(meter):
    known = set(range(500_000, 600_000))
    assert alarm_after(meter, range(500_000, 510_000), known)
    for number in range(550_000, 550_010):  # ten a minute
        assert look_up(meter, [number] * 4, known) == [True] * 4
    assert look_up(meter, [560_000], known) == [False]


def test_text_ids_have_no_neighbours(meter):
    for number in range(170):
        meter.count_key(WALKER, None, [Lookup(1000 + number, True, in_order=False)])
    assert meter.alarms() == {}


def test_an_alarm_is_logged_once_for_people_and_programs_without_client_numbers(meter, caplog):
    with caplog.at_level(logging.WARNING):
        look_up(meter, range(500_000, 500_300), set())
    (record,) = caplog.records
    fields = {name: value for name, value in vars(record).items() if name in LOGGED}
    assert json.loads(json.dumps(fields)) == {
        "event": "walk_alarm",
        "key_id": WALKER,
        "reason": "most numbers are unknown",
        "distinct": 20,
        "unknown": 20,
        "neighbours": 19,
    }
    assert WALKER in record.getMessage()
    assert "5000" not in record.getMessage()
    assert meter.alarms() == {WALKER: 1}


def test_a_list_in_one_request_is_refused_as_a_whole(meter):
    with pytest.raises(TooManyRequests, match="with this API key"):
        meter.count_key(WALKER, None, [Lookup(number, False) for number in range(1, 1000)])


def test_a_rate_holds_for_each_key_by_itself(meter):
    rate = parse_rate("3/hour")
    for key in (WALKER, OFFICER):
        for _ in range(3):
            meter.count_key(key, rate)
        with pytest.raises(TooManyRequests, match="with this API key; the next one will be answered in") as refused:
            meter.count_key(key, rate)
        assert 1190 <= refused.value.seconds <= 1200


def test_addresses_of_one_ipv6_network_count_as_one(meter):
    rate = parse_rate("2/hour")
    meter.count_address("2001:db8::1", rate)
    meter.count_address("2001:db8::2", rate)
    with pytest.raises(TooManyRequests, match="from this address"):
        meter.count_address("2001:db8::3", rate)
    meter.count_address("2001:db8:0:1::1", rate)
    meter.count_address("192.0.2.1", rate)
    meter.count_address("192.0.2.1", None)


def test_processes_share_what_is_counted_to_the_last_request(meter):
    """Four processes send 100 requests each; exactly 150 of them are answered."""
    rate, reader_writer = parse_rate("150/day"), os.pipe()

    def send():
        answered = 0
        for _ in range(100):
            try:
                meter.count_key(WALKER, rate)
                answered += 1
            except TooManyRequests:
                pass
        return answered

    for _ in range(4):
        if os.fork() == 0:
            os.write(reader_writer[1], bytes([send()]))
            os._exit(0)
    for _ in range(4):
        os.wait()
    assert sum(os.read(reader_writer[0], 4)) == 150


def test_a_walk_over_several_processes_is_one_walk(meter):
    for part in range(4):
        if os.fork() == 0:
            look_up(meter, range(500_000 + part, 500_028, 4), set())
            os._exit(0)
    for _ in range(4):
        os.wait()
    assert meter.alarms() == {WALKER: 1}
