import numpy as np
import pandas as pd
import pytest

from scoring.errors import DataError
from tools.synthetic import generate, parameters


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return generate.generate(16_000, seed=3)


def test_the_same_seed_gives_the_same_clients_and_another_seed_others(table):
    again = generate.generate(2_000, seed=3)
    pd.testing.assert_frame_equal(again, table.head(2_000))
    other = generate.generate(2_000, seed=4)
    assert (other["DAYS_BIRTH"] != again["DAYS_BIRTH"]).mean() > 0.9


def test_fewer_clients_are_the_first_of_more_across_blocks(table):
    fewer = generate.generate(generate.BLOCK_CLIENTS + 5, seed=3)
    pd.testing.assert_frame_equal(fewer, table.head(generate.BLOCK_CLIENTS + 5))


def test_no_two_blocks_hold_the_same_clients(table):
    facts = table.drop(columns="SK_ID_CURR")
    assert not facts.duplicated().any()


def test_client_numbers_start_at_500000_and_go_on_with_seven_digits():
    first = generate.generate(3, seed=0)
    assert first["SK_ID_CURR"].tolist() == [500_000, 500_001, 500_002]
    block = generate._block(61, 0, parameters.load(), parameters.load().latent_model())
    numbers = block.applications["SK_ID_CURR"].tolist()
    assert numbers[0] == 500_000 + 61 * 8_192
    assert 1_000_000 in numbers
    assert 999_999 in numbers


def test_columns_have_the_real_names_order_and_types(table):
    columns = parameters.load().columns
    assert list(table.columns) == list(columns)
    assert len(columns) == 122
    assert {name: str(dtype) for name, dtype in table.dtypes.items()} == columns


def test_about_eight_percent_default(table):
    rate = parameters.load().default_rate
    assert 0.07 < rate < 0.09
    assert abs(table["TARGET"].mean() - rate) < 4 * np.sqrt(rate * (1 - rate) / len(table))


def test_target_follows_the_latent_risk_and_the_risk_the_probability():
    block = next(generate.whole_blocks(generate.BLOCK_CLIENTS, 5, parameters.load()))
    assert (block.applications["TARGET"] == (block.liability > 0)).all()
    assert abs(block.probability.mean() - block.applications["TARGET"].mean()) < 0.01
    risky = block.probability > np.quantile(block.probability, 0.8)
    assert block.applications["TARGET"][risky].mean() > 3 * block.applications["TARGET"][~risky].mean()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"clients": 0, "seed": 1}, "clients is 0; expected an integer, 1 or more"),
        ({"clients": 1.5, "seed": 1}, "clients is 1.5; expected"),
        ({"clients": True, "seed": 1}, "clients is True; expected"),
        ({"clients": 10, "seed": -1}, "seed is -1; expected an integer, 0 or more"),
        ({"clients": 10, "seed": "x"}, "seed is 'x'; expected"),
    ],
)
def test_an_unusable_number_is_refused_at_once_with_a_remedy(arguments, message):
    with pytest.raises(DataError, match=message) as caught:
        generate.generate(**arguments)
    assert "clients=10000" in str(caught.value)


def test_all_unusable_numbers_are_named_in_one_message():
    with pytest.raises(DataError, match=r"2 \w+(.|\n)*clients is -5(.|\n)*seed is None"):
        generate.generate(-5, None)
