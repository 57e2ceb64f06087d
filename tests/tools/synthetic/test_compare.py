import numpy as np
import pandas as pd
import pytest

from tools.synthetic import compare, generate, parameters, quality

SIZE = 1_500


@pytest.fixture(scope="module")
def tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    return generate.generate(SIZE, seed=1), generate.generate(SIZE, seed=2)


@pytest.fixture(scope="module")
def synthetic() -> pd.DataFrame:
    return generate.generate(45_053, seed=0)


def test_a_table_is_at_no_distance_from_itself(tables):
    figures = compare.compare(tables[0], tables[0])
    assert (figures["distance"] == 0).all()
    assert (figures["missing_real"] == figures["missing_synthetic"]).all()
    assert list(figures.index) == [name for name in tables[0].columns if name != "SK_ID_CURR"]


def test_a_changed_column_is_found_and_only_that_one(tables):
    changed = tables[0].assign(EXT_SOURCE_2=tables[0]["EXT_SOURCE_2"] ** 2, FLAG_PHONE=1)
    figures = compare.compare(tables[0], changed)
    assert set(figures.index[figures["distance"] > 0]) == {"EXT_SOURCE_2", "FLAG_PHONE"}


def test_a_category_correlates_with_target_by_its_default_rate():
    texts = pd.Series(["a", "a", "b", "b", None])
    target = pd.Series([0, 1, 1, 1, 0])
    # default rates 0.5 and 1 against 0, 1, 1, 1: correlation 1 / sqrt(3)
    assert compare.target_correlation(texts, target) == pytest.approx(3**-0.5)
    assert np.isnan(compare.target_correlation(pd.Series([1.0, 1.0]), pd.Series([0, 1])))


def test_the_report_states_the_command_the_figures_and_the_plots(tmp_path, tables):
    out = tmp_path / "docs" / "synthetic_data.md"
    compare.write_report(*tables, out)
    text = out.read_text(encoding="utf-8")
    assert "`python -m scoring compare --real DIR --synthetic DIR --out docs/synthetic_data.md`" in text
    assert f"| real | {SIZE:,} | {tables[0]['TARGET'].mean():.2%} |" in text
    for name in tables[0].columns.drop("SK_ID_CURR"):
        assert f"\n| {name} | " in text
    for name in ("columns", "default", "pairs"):
        assert f"(images/synthetic_{name}.png)" in text
        assert (out.parent / "images" / f"synthetic_{name}.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.realdata
def test_every_distribution_and_missing_rate_is_near_the_real_one(real, synthetic):
    figures = compare.compare(real, synthetic)
    assert figures["distance"].max() <= 0.05
    assert (figures["missing_real"] - figures["missing_synthetic"]).abs().max() <= 0.02
    differences = (figures["target_real"] - figures["target_synthetic"]).abs()
    assert differences.max() <= 0.025
    assert differences.median() <= 0.007


@pytest.mark.realdata
def test_the_columns_are_those_of_the_real_table(real):
    assert {name: str(dtype) for name, dtype in real.dtypes.items()} == parameters.load().columns


@pytest.mark.realdata
def test_no_synthetic_client_repeats_a_real_one(real, synthetic):
    facts = ["DAYS_BIRTH", "AMT_CREDIT", "AMT_ANNUITY", "DAYS_REGISTRATION", "DAYS_ID_PUBLISH"]
    assert not set(map(tuple, real[facts].to_numpy())) & set(map(tuple, synthetic[facts].to_numpy()))
    assert not set(real["SK_ID_CURR"]) & set(synthetic["SK_ID_CURR"])


@pytest.mark.realdata
@pytest.mark.drill
def test_the_plain_model_predicts_default_as_well_on_either_table(real, synthetic):
    on_real, on_synthetic = quality.quality(real), quality.quality(synthetic)
    assert 0.73 < on_real.auc < 0.76
    assert abs(on_real.auc - on_synthetic.auc) < 0.02


@pytest.mark.realdata
def test_no_bundled_quantile_is_the_extreme_of_a_real_client(real):
    for name in ("AMT_INCOME_TOTAL", "DAYS_BIRTH", "EXT_SOURCE_1", "EXT_SOURCE_2", "EXT_SOURCE_3"):
        marginal = parameters.load().factors[name]
        low, high = real[name].quantile([0.001, 0.999])
        assert marginal.grid[0] >= low * (1 - 1e-5 * np.sign(low)), name
        assert marginal.grid[-1] <= high * (1 + 1e-5 * np.sign(high)), name
        assert marginal.grid[-1] < real[name].max(), name
