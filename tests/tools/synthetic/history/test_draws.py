import numpy as np
import pytest

from scoring.errors import DataError
from tools.synthetic.history import draws, parameters
from tools.synthetic.history.clients import not_before, scores
from tools.synthetic.history.parameters import Choice, Shares
from tools.synthetic.parameters import Continuous


def test_shares_hold_in_each_cell_and_for_those_without_one():
    choice = Choice(
        columns=("letter",),
        cells={
            "": Shares(rows=(("a",), ("b",)), shares=(0.5, 0.5)),
            "x": Shares(rows=(("b",), (None,)), shares=(0.2, 0.8)),
        },
    )
    keys = draws.Coded(np.repeat([0, 1], 20_000), ("x", "y"))
    letter = draws.pick(choice, keys, np.random.default_rng(0).standard_normal(40_000))["letter"]
    drawn = np.array(letter.values, dtype=object)[letter.codes]
    assert set(drawn[:20_000]) == {"b", None}
    assert np.mean(drawn[:20_000] == "b") == pytest.approx(0.2, abs=0.01)
    assert np.mean(drawn[20_000:] == "a") == pytest.approx(0.5, abs=0.01)


def test_quantiles_of_a_cell_are_those_measured():
    spreads = {"": Continuous(grid=(0.0, 1.0)), "x": Continuous(grid=(10.0, 20.0), atoms=((15.0, 0.5),))}
    keys = draws.Coded(np.array([0, 0, 1]), ("x", "other"))
    assert draws.quantiles(spreads, keys, np.array([0.0, -9.0, 0.0])).tolist() == [15.0, 10.0, 0.5]


def test_mixed_normals_are_standard_and_alike_as_asked():
    generator = np.random.default_rng(0)
    shared = generator.standard_normal(100_000)
    one, other = (draws.mixed(generator, shared, 0.3) for _ in range(2))
    assert one.std() == pytest.approx(1.0, abs=0.01)
    assert np.corrcoef(one, other)[0, 1] == pytest.approx(0.3, abs=0.01)


def test_scores_are_standard_normal_whatever_the_values():
    normal = scores(np.random.default_rng(0).exponential(size=8_192))
    assert normal.mean() == pytest.approx(0.0, abs=1e-6)
    assert normal.std() == pytest.approx(1.0, abs=0.01)


def test_days_before_the_eighteenth_birthday_are_moved_after_it():
    days = not_before(np.array([-10.0, -900.0]), np.array([100.0, 100.0]), np.random.default_rng(0))
    assert days[0] == -10.0
    assert -100.0 <= days[1] <= -1.0


def test_missing_or_broken_parameters_are_refused_with_a_remedy(tmp_path):
    with pytest.raises(DataError, match=r"none\.json cannot be read(.|\n)*Restore"):
        parameters.load(tmp_path / "none.json")
    broken = tmp_path / "broken.json"
    broken.write_text('{"choices": {}}')
    with pytest.raises(DataError, match="spreads: Field required"):
        parameters.load(broken)


def test_shares_of_the_bundled_parameters_add_up():
    bundled = parameters.load()
    for choice in bundled.choices.values():
        for cell in choice.cells.values():
            assert sum(cell.shares) == pytest.approx(1.0, abs=1e-4)
    for state, chances in bundled.transitions.items():
        assert sum(chances) == pytest.approx(1.0, abs=1e-3), state
