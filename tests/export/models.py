"""A lender's flat table with every kind of field, column and derived number, and a model on it made by hand."""

import math
from functools import cache

import numpy as np
import pandas as pd

from scoring.application.preparation import Preparer
from scoring.errors import InvalidApplication
from scoring.explanation.explainer import Explainer
from scoring.export.linear_model import make_linear
from scoring.model.calibration import Calibration
from scoring.model.manifest import FeatureReference, ThresholdFacts
from scoring.model.plan import (
    BinnedColumn,
    CategoryColumn,
    Derived,
    GroupedColumn,
    MissingColumn,
    NumberColumn,
    Plan,
)
from scoring.model.schema import Identity, InputSchema, SchemaField, Text
from scoring.model.scorer import FusedLogistic, ReviewBand, Scorer
from scoring.storage.artefacts import read_manifest

DEBT, TRADE, CODE = 'debt "net", €', "trade's `kind`\\n", "months (code)"
SMITH, BAKER = "O'Smith \\ sons; DROP TABLE x --", 'bäcker "été"\n{0} %s $1'


def field(name, kind="number", **more):
    return SchemaField(name=name, type=kind, label=Text(en=name, fr=name), **more)


FIELDS = (
    field("income", required=True, minimum=0, exclusive=True, concept="income"),
    field(DEBT, missing=(-1.0, 9999.0), concept="other_credits"),
    field("months", "integer", minimum=-24, maximum=600, missing=(-7.0, -8.0, -99.0)),
    field(CODE, "category", codes_of="months", categories=("number", "-7", "-8", "-99"), concept="employment"),
    field("owns", "integer", unit="flag", minimum=0, maximum=1),
    field(TRADE, "category", categories=(SMITH, BAKER, "none"), missing=("n/a'",), proxy_categories=("leave",)),
    field("region", "category", required=True, categories=("a", "A", "b"), concept="region"),
    field("small", concept="car"),
    field("hidden", tier="proxy"),
)
DERIVED = (
    Derived(name="debt to income", operation="ratio", inputs=(DEBT, "income")),
    Derived(name="mean", operation="mean", inputs=(DEBT, "months", "small")),
    Derived(name="least", operation="minimum", inputs=("small", "months")),
    Derived(name="most", operation="maximum", inputs=("small", "months", DEBT)),
    Derived(name="absent", operation="missing_count", inputs=(DEBT, "months", "small")),
    Derived(name="product", operation="product", inputs=(DEBT, "small", "months")),
    Derived(name="log", operation="log", inputs=("small",)),
    Derived(name="square", operation="square", inputs=("debt to income",)),
    Derived(name="ratio of ratios", operation="ratio", inputs=("debt to income", "small")),
    Derived(name="only", operation="maximum", inputs=("small",)),
)


@cache
def read_bundled_manifest(project):
    return read_manifest(project / "modele_retenu.json")


def binned(source, *edges, missing=0.125):
    values = tuple(np.linspace(0.9, -0.7, len(edges) + 1).tolist())
    return BinnedColumn(name=f"bin of {source}", source=source, edges=edges, values=values, missing=missing)


COLUMNS = (
    binned("income", 1e-12, 12.5, 40000.1),
    NumberColumn(name=DEBT, source=DEBT, fill=0.3),
    MissingColumn(name=f"{DEBT}_missing", source=DEBT),
    binned("months", -0.5, 6.0, 24.0),
    GroupedColumn(name=CODE, source=CODE, values={"-7": 0.5, "-8": -0.5, "number": 0.1}, missing=0.0, unseen=0.25),
    NumberColumn(name="owns", source="owns", fill=0.0),
    GroupedColumn(name=TRADE, source=TRADE, values={SMITH: 0.4, BAKER: -0.6}, missing=0.2, unseen=-0.05),
    CategoryColumn(name="region_a", source="region", value="a"),
    CategoryColumn(name="region_A", source="region", value="A"),
    CategoryColumn(name="trade_missing", source=TRADE, value=None),
    binned("hidden", 0.0),
    binned("recent_late", 0.5, 3.0),
    *(binned(step.name, -1.0, 1e-300, 0.4, 1e6) for step in DERIVED),
    NumberColumn(name="ratio of ratios", source="ratio of ratios", fill=0.0),
    NumberColumn(name="log itself", source="log", fill=-0.5),
)
HISTORY = "recent_late"
PLAN = Plan(missing_values={TRADE: ("leave",), "small": (77.0,)}, derived=DERIVED, columns=COLUMNS)


class Lender:
    """A model with the service's own way from a record to a score and its reasons."""

    def __init__(self, project, plan=PLAN, fields=FIELDS, seed=0, identity=None):
        draws = np.random.default_rng(seed)
        features = tuple(plan.feature_names())
        schema = InputSchema(identity=identity or Identity(name="client"), target="bad", fields=fields)
        weights = draws.normal(0.0, 0.4, len(features))
        # numbers of any size must not decide alone
        large = [isinstance(column, NumberColumn) and column.source not in {"owns", "log"} for column in plan.columns]
        weights[large] *= 1e-9
        fused = FusedLogistic(weights, -0.3, draws.normal(size=len(features)))
        deciles = {name: FeatureReference(mean=0.0, deciles=tuple([0.1] * 11)) for name in features}
        bundled = read_bundled_manifest(project)
        threshold = ThresholdFacts(value=0.45, calibrated=0.2, method="", empirical_calibrated=0.2, cost_curve=())
        self.manifest = bundled.model_copy(
            update={
                "input_schema": schema,
                "plan": plan,
                "features": features,
                "reference": deciles,
                "readable": {},
                "typical": {},
                "threshold": threshold,
                "calibration": Calibration(intercept=-1.0, slope=0.9),
                "review_band": ReviewBand(low=0.15, high=0.25),
            }
        )
        self.fused = fused
        self.linear = make_linear(self.manifest, fused, "SQL")
        self.scorer = Scorer(fused, features, self.manifest.policy())
        self._preparer = Preparer(schema, plan)
        self._lenient = Preparer(schema.model_copy(update={"fields": (*fields, field(HISTORY))}), plan)
        self.find_reasons = make_finder(Explainer(self.scorer, self.manifest), self.linear)

    def ready(self, record):
        """Make the model-ready row of a record, which may have history features too; raises as the service does."""
        plain = {name: None if is_missing(value) else value for name, value in record.items()}
        given = {name: value for name, value in plain.items() if name != self.manifest.input_schema.identity.name}
        return self._lenient.make_row(self._lenient.reader.parse(given))

    def expect(self, record):
        """Return the score and the reasons, or the names of the invalid fields."""
        try:
            row = self.ready(record)
        except InvalidApplication as error:
            return {one["field"] for one in error.errors}
        score = self.scorer.score_one(row)
        return score, self.find_reasons(np.array([row]))[0] if score.refused else []


def make_finder(explainer, linear):
    """Make what finds the reasons of model-ready rows as the service does: code, concept and contribution of each."""
    bulk, factors = explainer.make_bulk_reasons(), {factor.name: factor for factor in linear.factors}

    def contribution(row, factor):
        return float(sum(linear.weights[place] * (row[place] - linear.typical[place]) for place in factor.columns))

    def find(rows):
        codes = [[bulk.known[place].code for place in places if place >= 0] for places in bulk.find(rows).tolist()]
        return [
            [(code, factors[code].concept, contribution(row, factors[code])) for code in own]
            for row, own in zip(rows, codes, strict=True)
        ]

    return find


def is_missing(value):
    return value is None or (isinstance(value, float) and math.isnan(value))


CONCEPTS = ("age", "employment", "housing", "car", "income", "documents", "contact", "enquiries", "card_use")
NUMBERS, TEXTS = [f"number {i}" for i in range(26)], [f"text {i}" for i in range(3)]
CODES = tuple((0.02 * 1.02 ** np.arange(80)).tolist())


class ManyBins(Lender):
    """A model as large as a shaped scorecard: 30 terms with some 500 bins, 161 of them around codes in disguise."""

    def __init__(self, project):
        draws = np.random.default_rng(4)
        numbers = [BinnedColumn(name=name, source=name, missing=0.1, **draw_bins(draws, 12)) for name in NUMBERS]
        windows = tuple(float(f"{code * side:.5g}") for code in CODES for side in (0.997, 1.003))
        weights = tuple(draws.normal(size=len(windows) + 1).tolist())
        ratio = Derived(name="conditions", operation="ratio", inputs=("instalment", "credit"))
        codes = BinnedColumn(
            name="conditions", source="conditions", edges=windows, values=weights, missing=0.0, codes=CODES
        )
        texts = [
            GroupedColumn(
                name=name, source=name, values=dict(zip("abcdefgh", draws.normal(size=8).tolist(), strict=True)),
                missing=0.2, unseen=0.0,
            )
            for name in TEXTS
        ]  # fmt: skip
        plan = Plan(missing_values={}, derived=(ratio,), columns=(*numbers, codes, *texts))
        read = (*NUMBERS, "credit", "instalment")
        fields = [field(name, concept=CONCEPTS[i % len(CONCEPTS)]) for i, name in enumerate(read)]
        fields += [field(name, "category", concept="region") for name in TEXTS]
        super().__init__(project, plan, tuple(fields))
        self.bins = sum(len(one.values) + 1 for one in plan.columns)

    def draw_records(self, count, seed):
        """Draw applications with values on edges, next to them and between them, and missing ones."""
        draws = np.random.default_rng(seed)
        records = []
        for client in range(count):
            record = {"client": client, "credit": float(draws.integers(20, 900) * 1000)}
            for one in self.manifest.plan.columns[: len(NUMBERS)]:
                edge = float(draws.choice(one.edges))
                near = (edge, math.nextafter(edge, -math.inf), float(draws.normal(0, 1e3)), math.nan)
                record[one.source] = near[draws.integers(4)]
            share = draws.choice(CODES) * (1 + draws.choice([0.0, 0.003, -0.003, 0.006]))
            record["instalment"] = round(record["credit"] * float(share), 2)
            record |= {name: str(draws.choice([*"abcdefgh", "unseen"])) for name in TEXTS}
            records.append(record)
        return records


def draw_bins(draws, bins):
    edges = np.unique(draws.normal(0, 1e3, bins - 1))
    return {"edges": tuple(edges.tolist()), "values": tuple(draws.normal(size=bins).tolist())}


SPECIAL = (
    0.0,
    -0.0,
    5e-324,
    -5e-324,
    1e-310,
    1e-200,
    1e-17,
    0.1,
    0.3,
    0.4,
    1.0,
    -1.0,
    6.0,
    24.0,
    1e15,
    -1e15,
    9999.0,
    77.0,
)
OUTSIDE = (1.1e15, math.inf, -math.inf, 1.7e308)


def draw_records(count, seed):
    """Draw applications full of edges: some invalid, many values missing, some of them markers."""
    draws = np.random.default_rng(seed)

    def pick(*values):
        return values[draws.integers(len(values))]

    def number(low=-1e6):
        kind = draws.integers(8)
        if kind == 0:
            return math.nan
        if kind < 5:
            return float(pick(*SPECIAL))
        return float(draws.uniform(low, 1e6)) if kind < 7 else float(10.0 ** draws.uniform(-30, 15))

    records = []
    for client in range(count):
        bad = draws.random() < 0.1
        records.append(
            {
                "client": client,
                "income": pick(math.nan, 0.0, -3.0, *OUTSIDE)
                if bad and draws.random() < 0.5
                else abs(number()) or 5e-324,
                DEBT: pick(*OUTSIDE) if bad else number(),
                "months": float(pick(0.5, -25, 601, 1e300))
                if bad and draws.random() < 0.5
                else float(pick(math.nan, -7, -8, -99, 0, 6, 24, 600, -0.0)),
                "owns": float(pick(0, 1, math.nan)),
                TRADE: pick(SMITH, BAKER, "none", None, "n/a'", "leave", "new", "", SMITH.lower(), "été"),
                "region": None if bad and draws.random() < 0.3 else pick("a", "A", "b", "ß", " a"),
                "small": number(),
                "hidden": float(pick(1, -1, math.nan)),
                HISTORY: float(pick(0, 1, 7, math.nan, 0.5)),
            }
        )
        if is_missing(records[-1]["income"]) and not bad:
            records[-1]["income"] = 40000.1
    return records


def as_tables(records):
    """Return the applications and their history features as two tables; the last client has no history."""
    frame = pd.DataFrame(records)
    frame[TRADE] = frame[TRADE].astype(object).where(frame[TRADE].notna(), None)
    frame["region"] = frame["region"].astype(object).where(frame["region"].notna(), None)
    return frame.drop(columns=HISTORY), frame[["client", HISTORY]]
