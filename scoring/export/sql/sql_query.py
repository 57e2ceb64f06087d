"""A scorecard or a logistic regression as one query: from tables to probability, decision, review and reasons."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from scoring.errors import ExportError, list_some, shorten
from scoring.export.linear_model import LinearModel
from scoring.export.sql.sql_columns import ColumnWriter
from scoring.export.sql.sql_dialect import Dialect
from scoring.export.sql.sql_inputs import InputLayers
from scoring.export.sql.sql_layers import Column, Layer, Names, keep, write_layers
from scoring.export.sql.sql_reasons import ReasonLayers
from scoring.model.plan import Derived
from scoring.model.schema import LARGEST

_LARGEST_LOG_ODDS = 36.0  # as the calibration limits them
_EXP_LIMIT = 700.0  # beyond it, exp overflows or underflows


class Tables(NamedTuple):
    """Where a query reads from, each with its schema where it has one (``lending.applications``).

    Attributes
    ----------
    form : ``applications`` have raw columns; ``rows`` are model-ready.
    history : table with the history features; the same as ``clients`` where one table has both.
    identity : the column that names a client.
    lower_case : the names of columns in the tables are in lower case.
    """

    form: Literal["applications", "rows"] = "applications"
    clients: str = "applications"
    history: str = "history"
    identity: str = ""
    lower_case: bool = False


def write_sql(model: LinearModel, dialect: Dialect, tables: Tables, *, reasons: bool = True) -> str:
    """Write the query, with a comment on what it reads.

    Raises
    ------
    ExportError
        The database cannot tell the names of two columns from each other, or cannot hold a name; or the model reads
        the column that should name a client.
    """
    _refuse_names(dialect, tables)
    return _Query(model, dialect, tables, reasons).write()


def _refuse_names(dialect: Dialect, tables: Tables) -> None:
    """Refuse names of tables and of the identity column that are empty, or that the database would cut."""
    given = {"--table": tables.clients.split("."), "--history-table": tables.history.split(".")}
    errors = [
        f"{option} {'.'.join(parts)}: a part of the name is empty" for option, parts in given.items() if not all(parts)
    ]
    errors += [
        f"{option} {shorten(part)}: {dialect.title} keeps {len(dialect.cut(part).encode())} of its bytes, "
        f"it has {len(part.encode())}"
        for option, parts in {**given, "--id": [tables.identity]}.items()
        for part in parts
        if dialect.cut(part) != part
    ]
    if errors:
        raise ExportError(f"{list_some(errors)}\nGive the name by which the database knows the table or the column.")


class _Query:
    def __init__(self, model: LinearModel, dialect: Dialect, tables: Tables, reasons: bool) -> None:
        self._model, self._dialect, self._tables = model, dialect, tables
        self._names, self._points = Names(dialect), Names(dialect)
        self._inputs = InputLayers(model, dialect, self._names)
        self._writer = ColumnWriter(dialect, self._names, is_ready=tables.form == "rows")
        self._reasons = ReasonLayers(model, dialect, self._points, self._writer) if reasons else None
        self._identity = tables.identity or model.schema.identity.name

    def write(self) -> str:
        if self._tables.form == "rows":
            layers = self._read_rows()
        else:
            layers = [*self._inputs.make(self._read_tables()), *self._derive()]
        layers += [self._weigh(), self._add_up(), self._scale(), self._score()]
        kept = (self._names.invalid, "probability", "calibrated_probability")
        layers += self._reasons.make(*kept) if self._reasons else []
        layers.append(self._answer())
        query = write_layers(layers, self._names.identity, self._dialect.fence)
        return f"{self._comment()}\n{query};\n"

    # From tables

    def _read_tables(self) -> Layer:
        fields, history = self._inputs.list_columns()
        self._refuse_same_names([self._identity, *fields], history)
        apart = bool(history) and self._tables.history != self._tables.clients
        columns = [Column(f"a.{self._name(self._identity)}", self._names.identity)]
        columns += [Column(f"a.{self._name(name)}", self._names.of(name)) for name in fields]
        columns += [Column(f"{'h' if apart else 'a'}.{self._name(name)}", self._names.of(name)) for name in history]
        source = f"{self._table(self._tables.clients)} AS a"
        if apart:
            key = self._name(self._identity)
            source += f" LEFT JOIN {self._table(self._tables.history)} AS h ON a.{key} = h.{key}"
        return Layer("given", columns, source)

    def _read_rows(self) -> list[Layer]:
        features, names, dialect = self._model.plan.feature_names(), self._names, self._dialect
        self._refuse_same_names([self._identity, *features], [])
        given = [Column(f"a.{self._name(self._identity)}", names.identity)]
        given += [Column(f"a.{self._name(name)}", names.of(name)) for name in features]
        limit = dialect.number(float(LARGEST))
        faults = [(f"{names.of(name)} IS NULL OR abs({names.of(name)}) > {limit}", name) for name in features]
        typed = [Column(dialect.as_number(names.of(name), is_flag=False), names.of(name)) for name in features]
        checked = [Column(dialect.list_names(faults), names.invalid), *keep(*map(names.of, features))]
        source = f"{self._table(self._tables.clients)} AS a"
        return [Layer("given", given, source), Layer("typed", typed), Layer("checked", checked)]

    def _name(self, name: str) -> str:
        return self._dialect.name_column(name.lower() if self._tables.lower_case else name)

    def _table(self, name: str) -> str:
        return ".".join(map(self._dialect.name_column, name.split(".")))

    def _refuse_same_names(self, clients: Sequence[str], history: Sequence[str]) -> None:
        """Refuse names of columns of one table that the database takes for one name."""
        together = self._tables.history == self._tables.clients
        errors = []
        for columns in ([*clients, *history],) if together else (clients, history):
            first: dict[str, str] = {}
            for name in columns:
                folded = self._dialect.fold(name.lower() if self._tables.lower_case else name)
                if (other := first.setdefault(folded, name)) != name:
                    errors.append(f"columns {other!r} and {name!r} have one name in {self._dialect.title}")
        errors += [f"column {name!r} has the character NUL" for name in (*clients, *history) if "\0" in name]
        if self._identity in (*clients[1:], *history):
            raise ExportError(
                f"--id {self._identity}: the model reads this column, it cannot name a client too\n"
                "Name the column with the clients' ids."
            )
        errors += ["a column has no name" for name in (*clients, *history) if not name]
        if errors:
            remedy = "Give these columns other names, and train the model with them."
            raise ExportError(f"{list_some(errors)}\n{remedy}")

    # The plan

    def _derive(self) -> list[Layer]:
        """Make a layer for all derived numbers that can be computed from the layers below it."""
        plan, names = self._model.plan, self._names
        level = dict.fromkeys([*plan.raw_numbers(), *plan.raw_categories()], 0)
        for step in plan.derived:
            level[step.name] = 1 + max(level[name] for name in step.inputs)
        layers = []
        for height in range(1, max(level.values()) + 1):
            kept = keep(names.invalid, *(names.of(name) for name, own in level.items() if own < height))
            steps = [step for step in plan.derived if level[step.name] == height]
            columns = [Column(self._operate(step), names.of(step.name)) for step in steps]
            layers.append(Layer(f"derived_{height}", [*kept, *columns]))
        return layers

    def _operate(self, step: Derived) -> str:
        dialect, inputs = self._dialect, [self._names.of(name) for name in step.inputs]
        if step.operation == "missing_count":
            zero, one = dialect.number(0.0), dialect.number(1.0)
            return " + ".join(f"CASE WHEN {name} IS NULL THEN {one} ELSE {zero} END" for name in inputs)
        if step.operation in {"minimum", "maximum"}:
            function = "least" if step.operation == "minimum" else "greatest"
            return f"{function}({', '.join(inputs)})" if len(inputs) > 1 else inputs[0]
        if step.operation == "ratio":
            return dialect.ratio(inputs[0], inputs[1])
        if step.operation == "mean":
            return dialect.mean(inputs)
        if step.operation == "log":
            return dialect.log(inputs[0])
        return dialect.product([inputs[0]] * 2 if step.operation == "square" else inputs)

    def _weigh(self) -> Layer:
        """Multiply each model-ready column by its weight: its points, in log-odds."""
        columns = [
            Column(self._writer.weigh(column, weight), self._points.of(column.name))
            for column, weight in zip(self._model.plan.columns, self._model.weights, strict=True)
        ]
        columns += self._reasons.list_values() if self._reasons else []
        return Layer("points", [*keep(self._names.invalid), *columns])

    # Scores

    def _add_up(self) -> Layer:
        points = [self._points.of(column.name) for column in self._model.plan.columns]
        total = " + ".join([self._dialect.number(self._model.intercept), *points])
        return Layer(
            "summed",
            [
                *keep(self._names.invalid),
                Column(f"CASE WHEN {self._names.invalid} IS NULL THEN {total} END", "log_odds"),
                *(self._reasons.list_factors() if self._reasons else ()),
            ],
        )

    def _scale(self) -> Layer:
        """Compute the log-odds of the calibrated probability."""
        calibration, number = self._model.policy.calibration, self._dialect.number
        scaled = "CAST(NULL AS " + self._dialect.double + ")"
        if calibration:
            low, high = number(-_LARGEST_LOG_ODDS), number(_LARGEST_LOG_ODDS)
            limited = f"CASE WHEN log_odds > {high} THEN {high} WHEN log_odds < {low} THEN {low} ELSE log_odds END"
            scaled = f"{number(calibration.intercept)} + {number(calibration.slope)} * {limited}"
        concepts = self._reasons.list_concepts() if self._reasons else []
        return Layer(
            "scaled", [*keep(self._names.invalid, "log_odds"), Column(scaled, "calibrated_log_odds"), *concepts]
        )

    def _score(self) -> Layer:
        columns = [
            Column(self._logistic("log_odds"), "probability"),
            Column(self._logistic("calibrated_log_odds"), "calibrated_probability"),
        ]
        columns += self._reasons.list_heaviest() if self._reasons else []
        return Layer("scored", [*keep(self._names.invalid), *columns])

    def _logistic(self, odds: str) -> str:
        number = self._dialect.number
        zero, one = number(0.0), number(1.0)
        small = f"exp(-least({odds}, {number(_EXP_LIMIT)}))"
        large = f"exp(greatest({odds}, {number(-_EXP_LIMIT)}))"
        upper, lower = f"{one} / ({one} + {small})", f"{large} / ({one} + {large})"
        return f"CASE WHEN {odds} >= {zero} THEN {upper} WHEN {odds} < {zero} THEN {lower} END"

    def _answer(self) -> Layer:
        policy, dialect = self._model.policy, self._dialect
        refused = f"probability >= {dialect.number(policy.threshold)}"
        decision = f"CASE WHEN {refused} THEN 'REFUSED' WHEN probability IS NOT NULL THEN 'ACCEPTED' END"
        review = "CAST(NULL AS BOOLEAN)"
        if band := policy.review_band:
            low, high = dialect.number(band.low), dialect.number(band.high)
            review = f"calibrated_probability >= {low} AND calibrated_probability <= {high}"
        columns = [
            *keep("probability", "calibrated_probability"),
            Column(decision, "decision"),
            Column(review, "review"),
            *(self._reasons.list_answers(refused) if self._reasons else ()),
            Column(self._names.invalid, dialect.name_column("invalid")),
            Column(dialect.text(self._model.version), "model_version"),
        ]
        taken = {dialect.fold(one.name) for one in columns}
        own = self._identity if dialect.fold(self._identity) not in taken else f"{self._identity} of client"
        return Layer("answer", [Column(self._names.identity, dialect.name_column(own)), *columns])

    def _comment(self) -> str:
        read = "model-ready rows" if self._tables.form == "rows" else "raw applications"
        lines = [
            f"Scores {read} with model {self._model.version}, in the SQL of {self._dialect.title}.",
            "Written by: python -m scoring export. Do not change it by hand; export the model again.",
            "invalid names the columns with values that the service would refuse; such a row has no score.",
        ]
        return "".join(f"-- {line}\n" for line in lines).rstrip()
