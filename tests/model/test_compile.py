from typing import get_args

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.model.compile import compile_plan, raw_sources
from scoring.model.operations import OPERATIONS, Operation, derive_column
from scoring.model.plan import (
    BinnedColumn,
    CategoryColumn,
    Derived,
    GroupedColumn,
    MissingColumn,
    NumberColumn,
    Plan,
    PlanColumn,
    model_ready,
)
from scoring.model.preprocessor import Planned
from scoring.storage.artefacts import read_manifest

NUMBERS = ("a", "b", "c")
TEXTS = ("t", "u")
WORDS = ("x", "y", "", "gone", "missing", "é")
STAND_IN = 999.0

numbers = st.one_of(
    st.none(), st.just(STAND_IN), st.integers(-5, 5).map(float), st.floats(-1e15, 1e15, allow_subnormal=False)
)
texts = st.one_of(st.none(), st.sampled_from(WORDS), st.text(max_size=3))
records = st.fixed_dictionaries({**dict.fromkeys(NUMBERS, numbers), **dict.fromkeys(TEXTS, texts)})


@st.composite
def columns(draw, i, sources):
    number, text = draw(st.sampled_from(sources)), draw(st.sampled_from(TEXTS))
    finite = st.floats(-10, 10)
    edges = tuple(sorted(draw(st.sets(st.integers(-6, 6).map(float), max_size=4))))
    values = tuple(draw(st.lists(finite, min_size=len(edges) + 1, max_size=len(edges) + 1)))
    kinds = [
        NumberColumn(name=f"n{i}", source=number, fill=draw(finite)),
        MissingColumn(name=f"m{i}", source=number),
        BinnedColumn(name=f"b{i}", source=number, edges=edges, values=values, missing=draw(finite)),
        CategoryColumn(name=f"c{i}", source=text, value=draw(st.one_of(st.none(), st.sampled_from(WORDS)))),
        GroupedColumn(
            name=f"g{i}",
            source=text,
            values=draw(st.dictionaries(st.sampled_from(WORDS), finite)),
            missing=draw(finite),
            unseen=draw(finite),
        ),
    ]
    assert {type(kind) for kind in kinds} == set(get_args(get_args(PlanColumn)[0]))
    return draw(st.sampled_from(kinds))


@st.composite
def plans(draw):
    sources, steps = list(NUMBERS), []
    for i, operation in enumerate(draw(st.lists(st.sampled_from(get_args(Operation)), max_size=5))):
        few = {"ratio": 2, "log": 1, "square": 1}.get(operation)
        many = st.lists(st.sampled_from(sources), min_size=few or 1, max_size=few or 3)
        steps.append(Derived(name=f"d{i}", operation=operation, inputs=tuple(draw(many))))
        sources.append(f"d{i}")
    count = draw(st.integers(1, 12))
    return Plan(
        missing_values={"a": (STAND_IN,), "t": ("gone",)},
        derived=tuple(steps),
        columns=tuple(draw(columns(i, sources)) for i in range(count)),
    )


def frame_of(records):
    raw = {name: np.array([r[name] for r in records], dtype=float) for name in NUMBERS}
    return raw | {name: np.array([r[name] for r in records], dtype=object) for name in TEXTS}


@given(plans(), st.lists(records, min_size=1, max_size=4))
def test_a_compiled_plan_gives_what_the_vectorised_one_gives(plan, given_records):
    vectorised = model_ready(plan, frame_of(given_records))
    compiled = np.array([compile_plan(plan)(record) for record in given_records])
    np.testing.assert_allclose(compiled, vectorised, rtol=1e-12, atol=1e-12)


@given(plans(), records)
def test_a_compiled_plan_gives_what_the_fitted_transformer_gives(plan, record):
    through_a_frame = Planned(plan).transform(pd.DataFrame([record])).to_numpy()[0]
    np.testing.assert_allclose(compile_plan(plan)(record), through_a_frame, rtol=1e-12, atol=1e-12)


@given(plans(), records, st.sets(st.sampled_from([*NUMBERS, *TEXTS])))
def test_a_plan_compiled_for_some_fields_reads_those_as_ever(plan, record, fields):
    held = {name: value for name, value in record.items() if name in fields}
    assert compile_plan(plan, fields)(held) == compile_plan(plan)(held)


@given(plans(), records)
def test_an_absent_key_a_null_and_nan_are_all_missing(plan, record):
    ready = compile_plan(plan)
    absent = {name: value for name, value in record.items() if value is not None}
    as_nan = {name: float("nan") if value is None else value for name, value in record.items()}
    assert ready(absent) == ready(record) == ready(as_nan)


@given(plans(), records)
def test_the_application_is_left_as_it_is(plan, record):
    before = dict(record)
    ready = compile_plan(plan)
    first = ready(record)
    assert record == before
    assert ready(record) == first  # nothing of one client is left for the next


@pytest.mark.parametrize("operation", get_args(Operation))
@given(values=st.lists(st.one_of(st.none(), st.floats(-1e200, 1e200)), min_size=2, max_size=2))
def test_each_operation_is_that_of_many_clients(operation, values):
    one = OPERATIONS[operation].scalar(values)
    many = derive_column(operation, [np.array([value], dtype=float) for value in values])[0]
    np.testing.assert_allclose(np.nan if one is None else one, many, rtol=1e-12)


def test_the_bundled_plan_reads_the_bundled_applications_as_the_fitted_object_does(project):
    plan = read_manifest(project / "modele_retenu.json").plan
    frame = pd.read_csv(project / "applications_sample.csv")
    expected = Planned(plan).transform(frame).to_numpy()
    ready = compile_plan(plan)
    compiled = [ready(record) for record in frame.astype(object).where(frame.notna(), None).to_dict("records")]
    np.testing.assert_allclose(compiled, expected, rtol=0, atol=1e-12)


def test_a_derived_number_of_a_derived_number_is_traced_to_its_fields():
    plan = Plan(
        missing_values={},
        derived=(
            Derived(name="share", operation="ratio", inputs=("debt", "income")),
            Derived(name="share_log", operation="log", inputs=("share",)),
        ),
        columns=(NumberColumn(name="share_log", source="share_log", fill=0.0),),
    )
    assert raw_sources(plan, "share_log") == {"debt", "income"}
    assert raw_sources(plan, "age") == {"age"}
