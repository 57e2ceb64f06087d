"""Compare: where the client stands among all clients, or among similar ones, by outcome."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from officer import session
from officer.answers import explanation_of, facts_of, population
from officer.api import Json
from officer.distribution import bars_of, counts_of, most_frequent, sample_of
from officer.model import Field, Model
from officer.parts import client_page, data_behind, decision_line, note
from officer.plots import clients
from officer.plots.style import decision_name
from officer.similar import MOST_CONDITIONS, conditions, is_known, is_ranged
from officer.texts import Language, text
from officer.words import axis_factor, axis_title, number, plain, shown

_USUAL_TOLERANCE = 25  # percent of the client's value
_FEW = 30  # clients; distributions of fewer say little


def show() -> None:
    """Show the page."""
    client_page("page.compare", _compared)


def _compared(client: str, model: Model, decision: Json, language: Language) -> None:
    decision_line(decision, model.scale, language)
    facts = facts_of(client) if model.takes_applications else None
    if facts is None:
        _of_columns(client, model, language)
    else:
        _of_fields(model, facts, language)


def _of_fields(model: Model, facts: dict[str, Any], language: Language) -> None:
    fields = _ranked(model, facts)
    choosing, grouping = st.columns(2)
    first, second = _choose(choosing, fields, language)
    usable = [field for field in fields if is_known(field, facts[field.name])]
    group = grouping.multiselect(
        text("compare.group", language),
        usable,
        format_func=lambda field: f"{field.label[language]} ({shown(field, facts[field.name], language)})",
        max_selections=MOST_CONDITIONS,
        placeholder=text("compare.everybody", language),
        help=text("compare.group_help", language),
        key="group",
    )
    tolerance = _USUAL_TOLERANCE
    if any(is_ranged(field) for field in group):
        label = text("compare.tolerance", language)
        tolerance = grouping.slider(label, 5, 50, _USUAL_TOLERANCE, 5, format="%d %%", key="tolerance")
    answer = population([first.name, second.name], conditions(group, facts, tolerance / 100))
    here = {one.name: facts[one.name] if is_known(one, facts[one.name]) else None for one in (first, second)}
    _plots(answer, (first, second), here, language)


def _ranked(model: Model, facts: dict[str, Any]) -> list[Field]:
    """List fields to compare by: what is known and weighs most first; what nobody may be judged by is left out."""
    order = {name: place for place, name in enumerate(model.importances)}
    open_to_all = [one for one in model.fields.values() if one.name in facts and one.tier != "protected"]
    return sorted(open_to_all, key=lambda one: (not is_known(one, facts[one.name]), order.get(one.name, len(order))))


def _of_columns(client: str, model: Model, language: Language) -> None:
    """Compare by model-ready columns, where raw applications are not kept."""
    st.info(text("compare.columns", language), icon=":material/info:")
    fields = [Field(name, "number", {"fr": name, "en": name}) for name in model.columns]
    first, second = _choose(st.container(), fields, language)
    here: dict[str, Any] = {first.name: None, second.name: None}
    if not model.takes_applications:  # then a term is a column, and its value the column's
        _, explanation = explanation_of(client)
        here |= {one["name"]: one["value"] for one in explanation["contributions"] if one["name"] in here}
    _plots(population([first.name, second.name], []), (first, second), here, language)


def _choose(place: Any, fields: list[Field], language: Language) -> tuple[Field, Field]:
    numbers = [field for field in fields if field.type != "category"]

    def label(field: Field) -> str:
        return str(field.label[language])

    first = place.selectbox(text("compare.feature", language), fields, format_func=label, key="feature")
    second = place.selectbox(
        text("compare.second", language), numbers, index=min(1, len(numbers) - 1), format_func=label, key="second"
    )
    return first, second


def _plots(answer: Json, pair: tuple[Field, Field], here: dict[str, Any], language: Language) -> None:
    counts = {name: number(answer[name], language) for name in ("clients", "accepted", "refused", "total")}
    st.markdown(text("compare.who", language, **counts))
    if answer["clients"] < _FEW:
        st.warning(text("compare.few", language), icon=":material/groups:")
    if not answer["clients"]:
        return
    first, second = pair
    value = here[first.name]
    st.subheader(text("compare.histogram", language, feature=first.label[language]))
    _position(first, value, language)
    counted = next(one for one in answer["features"] if one["name"] == first.name)
    missing = counted["missing"]["accepted"] + counted["missing"]["refused"]
    if missing:
        note(text("compare.missing", language, count=number(missing, language)))
    if missing == answer["clients"]:
        return
    _histogram(counted, first, value, language)
    if first.type != "category":
        st.subheader(text("compare.boxes", language, feature=first.label[language]))
        _boxes(answer["sample"], first, value, language)
    st.subheader(text("compare.scatter", language, first=second.label[language], second=first.label[language]))
    if first.type == "category":
        st.info(text("compare.no_scatter", language), icon=":material/info:")
    else:
        _scatter(answer["sample"], pair, here, language)
    note(text("compare.sample", language, shown=len(answer["sample"]["decision"]), clients=counts["clients"]))


def _position(field: Field, value: Any, language: Language) -> None:
    if value is None:
        st.markdown(text("compare.not_here", language))
    else:
        said = text("compare.here", language, value=plain(shown(field, value, language)))
        st.markdown(said if field.type == "category" else f"{said} {text('compare.line', language)}")


def _histogram(counted: Json, field: Field, value: Any, language: Language) -> None:
    bars, factor = bars_of(counted, field, language), axis_factor(field)
    title = axis_title(field.label[language], field, language)
    table = counts_of(bars, language)
    most, dark = int(bars["count"].max()), session.is_dark()
    for name in bars["decision"].unique():
        part = bars[bars["decision"] == name]
        if counted["kind"] == "number":
            plot = clients.histogram(part, most, None if value is None else factor * value, title, language, dark)
        else:
            mine = None if value is None else field.text_of(value, language)
            plot = clients.categories(most_frequent(part, mine), most, mine, language, dark)
        said = text("alt.histogram", language, feature=field.label[language], group=name)
        st.altair_chart(plot, width="stretch", key=f"histogram {name}", alt=said)
    data_behind(table, title, language)


def _boxes(sample: Json, field: Field, value: Any, language: Language) -> None:
    values = sample_of(sample, value=field)
    if values.empty:
        note(text("compare.few", language))
        return
    quartiles = values.groupby("decision")["value"].quantile(np.array([0.25, 0.5, 0.75])).unstack()
    values["decision"] = [decision_name(one, language) for one in values["decision"]]
    here = None if value is None else axis_factor(field) * value
    title = axis_title(field.label[language], field, language)
    st.altair_chart(
        clients.boxes(values, here, title, language, session.is_dark()),
        width="stretch",
        key="boxes",
        alt=text("alt.boxes", language, feature=field.label[language]),
    )
    names = [text(f"quartile.{i}", language) for i in (1, 2, 3)]
    rows = [
        (decision_name(str(one), language), *(number(q, language) for q in row)) for one, row in quartiles.iterrows()
    ]
    data_behind(pd.DataFrame(rows, columns=[text("decision", language), *names]), title, language)


def _scatter(sample: Json, pair: tuple[Field, Field], here: dict[str, Any], language: Language) -> None:
    first, second = pair
    values = sample_of(sample, y=first, x=second)
    if values.empty:
        note(text("compare.few", language))
        return
    values["decision"] = [decision_name(one, language) for one in values["decision"]]
    place = None
    if here[first.name] is not None and here[second.name] is not None:
        place = axis_factor(second) * here[second.name], axis_factor(first) * here[first.name]
    titles = [axis_title(one.label[language], one, language) for one in (second, first)]
    st.altair_chart(
        clients.scatter(values, place, titles, language, session.is_dark()),
        width="stretch",
        key="scatter",
        alt=text("alt.scatter", language, first=titles[0], second=titles[1]),
    )
