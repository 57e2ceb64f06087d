import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kstest

from scoring.errors import DataError
from tools.synthetic import copula, generate, parameters
from tools.synthetic.parameters import Continuous, Levels


def test_the_bundled_parameters_survive_json_unchanged():
    bundled = parameters.load()
    again = parameters.Parameters.model_validate_json(bundled.model_dump_json())
    assert again == bundled
    assert again.sha256() == bundled.sha256()
    assert parameters.PARAMETERS_FILE.stat().st_size < 400_000


def test_a_missing_parameter_file_is_named_with_a_remedy(tmp_path):
    with pytest.raises(DataError, match=r"gone.json cannot be read(.|\n)*Restore"):
        parameters.load(tmp_path / "gone.json")


def test_all_errors_of_a_parameter_file_are_listed(tmp_path):
    file = tmp_path / "bad.json"
    file.write_text('{"clients": "many", "default_rate": 0.1}')
    with pytest.raises(DataError, match=r"bad.json: [0-9]+ errors(.|\n)*clients(.|\n)*columns"):
        parameters.load(file)


def test_correlations_are_positive_definite_with_ones_on_the_diagonal():
    matrix = parameters.load().correlation_matrix()
    assert np.allclose(np.diag(matrix), 1.0)
    assert np.allclose(matrix, matrix.T)
    assert np.linalg.eigvalsh(matrix).min() > 1e-4


def test_shares_of_every_factor_add_up_to_one():
    for name, marginal in parameters.load().factors.items():
        if isinstance(marginal, Levels):
            assert math.isclose(sum(marginal.shares), 1.0, abs_tol=1e-4), name
        else:
            assert sum(share for _, share in marginal.atoms) < 1.0, name
            assert (np.diff(marginal.grid) >= 0).all(), name


def test_a_quantile_function_gives_point_masses_their_share():
    marginal = Continuous(grid=(0.0, 10.0), atoms=((4.0, 0.2), (1.0, 0.3)))
    uniform = (np.arange(100_000) + 0.5) / 100_000
    values = np.interp(uniform, *copula.quantile_knots(marginal))
    assert abs((values == 4.0).mean() - 0.2) < 1e-4
    assert abs((values == 1.0).mean() - 0.3) < 1e-4
    spread = values[(values != 4.0) & (values != 1.0)]
    assert kstest(spread, "uniform", args=(0.0, 10.0)).statistic < 1e-3


def test_latents_of_a_table_have_the_correlations_asked_for():
    wanted = np.array([[1.0, 0.6], [0.6, 1.0]])
    model = parameters.LatentModel(wanted, np.array([0.0, 1.0]), np.array([1.0, 2.0]))
    latents = copula.latent_normals(np.random.default_rng(0), 100_000, model)
    assert abs(np.corrcoef(latents.T)[0, 1] - 0.6) < 0.01
    assert np.allclose(latents.mean(axis=0), [0.0, -0.5], atol=0.02)
    assert np.allclose(latents.std(axis=0), [1.0, 0.5], atol=0.02)


def test_generated_columns_follow_their_parameters():
    table = generate.generate(16_000, seed=1)
    bundled = parameters.load()
    for name in ("NAME_EDUCATION_TYPE", "CODE_GENDER", "WEEKDAY_APPR_PROCESS_START", "REGION_RATING_CLIENT"):
        marginal = bundled.factors[name]
        shares = table[name].value_counts(normalize=True).reindex(marginal.values, fill_value=0.0)
        assert np.abs(shares.to_numpy() - marginal.shares).max() < 0.012, name
    for name in ("EXT_SOURCE_1", "EXT_SOURCE_2", "DAYS_BIRTH"):
        p, x = copula.quantile_knots(bundled.factors[name])
        known = table[name].dropna()
        assert kstest(known, lambda v, p=p, x=x: np.interp(v, x, p)).statistic < 0.02, name


def test_values_of_rare_categories_occur_at_large_sizes():
    incomes = bundled_shares("NAME_INCOME_TYPE") | bundled_shares("retirement")
    assert {"Student", "Maternity leave", "Businessman", "Unemployed", "Pensioner", "Working"} <= set(incomes)
    assert 0 < incomes["Student"] < 1e-4
    assert 0 < bundled_shares("CODE_GENDER")["XNA"] < 1e-4


def bundled_shares(name: str) -> dict[str, float]:
    marginal = parameters.load().factors[name]
    return dict(zip(marginal.values, marginal.shares, strict=True))


def test_no_column_is_left_without_variation_that_the_schema_has():
    table = generate.generate(16_000, seed=2)
    varying = table.drop(columns=table.filter(regex="FLAG_MOBIL|FLAG_DOCUMENT").columns)
    assert (varying.nunique() > 1).all()
    assert isinstance(table, pd.DataFrame)
