"""Compare: the client among all clients, or among similar ones, by decision."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from officer import session
from officer.answers import get_explanation, get_facts, get_population
from officer.contract import Decision, Histogram, Population, Sample
from officer.distribution import build_bars, build_counts, build_sample, keep_most_frequent
from officer.failures import showing_errors
from officer.model import Facts, Field, Model
from officer.parts import show_client_page, show_decision, show_figures, show_note
from officer.plain import escape_markdown
from officer.plots.clients import plot_boxes, plot_categories, plot_histogram, plot_scatter
from officer.plots.style import DECISIONS, OUTCOMES, Groups, Plot, name_group
from officer.similar import MOST_CONDITIONS, build_condition, has_value, is_ranged
from officer.texts import Language, text
from officer.words import axis_factor, format_number, format_percent, is_whole, label_with_unit

_USUAL_TOLERANCE = 25  # percent of the client's value
_FEW = 30  # clients; distributions of fewer are not reliable
Pair = tuple[Field, ...]  # one or two
Here = dict[str, tuple[Any, str]]  # the client's value by field, and the value in words; without missing values


def show() -> None:
    """Show the page."""
    show_client_page("page.compare", _show_comparison)


def _show_comparison(client: str, model: Model, decision: Decision, language: Language) -> None:
    show_decision(decision, model.scale, language, threshold=False)
    with showing_errors(language, "comparison"):
        facts = get_facts(client, model) if model.takes_applications else None
        if facts is None:
            _compare_columns(client, model, language)
        else:
            _compare_fields(model, facts, language)


def _compare_fields(model: Model, facts: Facts, language: Language) -> None:
    fields = _rank_fields(model, facts)
    if not fields:
        st.info(text("compare.nothing", language), icon=":material/info:")
        return
    choosing, grouping = st.columns(2)
    names = model.name_fields(language)
    pair = _choose_pair(choosing, fields, names, language)
    group = grouping.multiselect(
        text("compare.group", language),
        [field for field in fields if has_value(field, facts.values[field.name])],
        format_func=lambda field: f"{names[field.name]} ({facts.shown[field.name][language]})",
        max_selections=MOST_CONDITIONS,
        placeholder=text("compare.everybody", language),
        help=text("compare.group_help", language),
        key=session.choice_key("group", language),
        persist_state="session",
    )
    tolerance = _USUAL_TOLERANCE
    if any(is_ranged(field) for field in group):
        label = text("compare.tolerance", language)
        tolerance = grouping.slider(
            label, 5, 50, _USUAL_TOLERANCE, 5, format="%d %%", key="tolerance", persist_state="session"
        )
    conditions = [build_condition(field, facts.values[field.name], tolerance / 100) for field in group]
    here: Here = {
        field.name: (facts.values[field.name], facts.shown[field.name][language])
        for field in pair
        if has_value(field, facts.values[field.name])
    }
    _show_plots(get_population(pair, conditions), pair, here, language)


def _rank_fields(model: Model, facts: Facts) -> list[Field]:
    """List the fields to compare by, known and important ones first; protected fields are left out."""
    order = {name: place for place, name in enumerate(model.importances)}
    fields = [one for one in model.fields.values() if one.name in facts.values and one.tier != "protected"]
    return sorted(fields, key=lambda one: (not has_value(one, facts.values[one.name]), order.get(one.name, len(order))))


def _compare_columns(client: str, model: Model, language: Language) -> None:
    """Compare by model-ready columns, where the service has no applications."""
    st.info(text("compare.columns", language), icon=":material/info:")
    fields = [Field(name, "number", {"fr": name, "en": name}) for name in model.columns]
    if not fields:
        st.info(text("compare.nothing", language), icon=":material/info:")
        return
    pair = _choose_pair(st.container(), fields, {field.name: field.label[language] for field in fields}, language)
    here: Here = {}
    if not model.takes_applications:  # then a term is a column, and its value the column's
        _, explanation = get_explanation(client)
        terms = {one.name: one for one in explanation.contributions if isinstance(one.value, int | float)}
        names = [field.name for field in pair if field.name in terms]
        here = {name: (terms[name].value, terms[name].shown[language]) for name in names}
    _show_plots(get_population(pair, []), pair, here, language)


def _choose_pair(place: DeltaGenerator, fields: list[Field], names: Mapping[str, str], language: Language) -> Pair:
    numbers = [field for field in fields if field.type != "category"]

    def name(field: Field) -> str:
        return names[field.name]

    first = place.selectbox(
        text("compare.feature", language), fields, format_func=name,
        key=session.choice_key("feature", language), persist_state="session",
    )  # fmt: skip
    second = place.selectbox(
        text("compare.second", language), numbers, index=min(1, len(numbers) - 1) if numbers else None,
        format_func=name, key=session.choice_key("second", language), persist_state="session",
    )  # fmt: skip
    return (first,) if second is None else (first, second)


def _show_plots(answer: Population, pair: Pair, here: Here, language: Language) -> None:
    counts = {name: getattr(answer, name) for name in ("clients", "accepted", "refused", "total")}
    written = {name: format_number(count, language) for name, count in counts.items()}
    groups = _choose_groups(answer, language)
    st.markdown(text("compare.who", language, **written))
    if answer.coverage is not None and answer.coverage.described < answer.coverage.known:
        covered = {"described": answer.coverage.described, "known": answer.coverage.known}
        shown = {name: format_number(count, language) for name, count in covered.items()}
        show_note(text("compare.drawn", language, **shown))
    if answer.repaid is not None and answer.defaulted is not None and (known := answer.repaid + answer.defaulted):
        happened = {"defaulted": answer.defaulted, "known": known}
        shown = {name: format_number(count, language) for name, count in happened.items()}
        share = format_percent(answer.defaulted / known, language)
        st.markdown(text("compare.happened", language, share=share, **shown))
    if answer.clients < _FEW:
        st.warning(text("compare.few", language), icon=":material/groups:")
    if not answer.clients:
        return
    first = pair[0]
    feature = escape_markdown(first.label[language])
    st.subheader(text("compare.histogram", language, feature=feature), help=text("help.histogram", language))
    _show_position(first, here, language)
    counted = next(one for one in answer.features if one.name == first.name)
    missing = counted.missing.accepted + counted.missing.refused
    if missing:
        show_note(text("compare.missing", language, count=format_number(missing, language)))
    if missing == answer.clients or not counted.accepted:
        return
    _show_histogram(counted, first, here, groups, language)
    if first.type == "category":
        st.info(text("compare.no_scatter", language), icon=":material/info:")
    else:
        st.subheader(text("compare.boxes", language, feature=feature), help=text("help.boxes", language))
        _show_boxes(answer.sample, first, here, groups, language)
        second = pair[-1]
        names = {"first": escape_markdown(second.label[language]), "second": feature}
        st.subheader(text("compare.scatter", language, **names), help=text("help.scatter", language))
        _show_scatter(answer.sample, (first, second), here, groups, language)
    show_note(text("compare.sample", language, shown=len(answer.sample.decision), clients=written["clients"]))


def _choose_groups(answer: Population, language: Language) -> Groups:
    """Let the officer compare by decision or, where it is known, by what happened."""
    if not answer.repaid or not answer.defaulted:
        return DECISIONS
    chosen: Groups = st.radio(
        text("compare.by", language),
        (DECISIONS, OUTCOMES),
        format_func=lambda groups: text(
            "compare.by.outcome" if groups == OUTCOMES else "compare.by.decision", language
        ),
        key=session.choice_key("groups", language),
        persist_state="session",
        horizontal=True,
        help=text("compare.by_help", language),
    )
    return chosen


def _show_position(field: Field, here: Here, language: Language) -> None:
    if field.name not in here:
        st.markdown(text("compare.not_here", language))
        return
    position = text("compare.here", language, value=escape_markdown(here[field.name][1]))
    st.markdown(position if field.type == "category" else f"{position} {text('compare.line', language)}")


def _place(field: Field, here: Here) -> float | None:
    """Place of the client on the axis of a number; None where the value is missing."""
    return axis_factor(field) * here[field.name][0] if field.name in here else None


def _show_plot(plot: Plot, key: str, alt: str) -> None:
    st.altair_chart(plot, width="stretch", key=key, alt=alt)


def _show_histogram(counted: Histogram, field: Field, here: Here, groups: Groups, language: Language) -> None:
    bars, title = build_bars(counted, field, groups, language), label_with_unit(field, language)
    table = build_counts(bars, language)
    names = field.name_categories(counted.categories or (), language)
    most, dark = int(bars["count"].max()), session.is_dark()
    for name in bars["decision"].unique():
        part = bars[bars["decision"] == name]
        if counted.kind == "number":
            plot = plot_histogram(part, most, _place(field, here), title, language, dark, whole=is_whole(field))
        else:
            own = names.get(here[field.name][0]) if field.name in here else None
            plot = plot_categories(keep_most_frequent(part, own), most, own, language, dark)
        _show_plot(
            plot, f"histogram {name}", text("alt.histogram", language, feature=field.label[language], group=name)
        )
    show_figures(table, title, language)


def _show_boxes(sample: Sample, field: Field, here: Here, groups: Groups, language: Language) -> None:
    values = build_sample(sample, groups, value=field)
    if values.empty:
        show_note(text("compare.few", language))
        return
    quartiles = values.groupby("decision")["value"].quantile(np.array([0.25, 0.5, 0.75])).unstack()
    values["decision"] = [name_group(one, language) for one in values["decision"]]
    title = label_with_unit(field, language)
    plot = plot_boxes(values, _place(field, here), title, language, session.is_dark(), whole=is_whole(field))
    _show_plot(plot, "boxes", text("alt.boxes", language, feature=field.label[language]))
    names = [text(f"quartile.{i}", language) for i in (1, 2, 3)]
    rows = [
        (name_group(str(one), language), *(format_number(q, language) for q in row))
        for one, row in quartiles.iterrows()
    ]
    show_figures(pd.DataFrame(rows, columns=[text("group", language), *names]), title, language)


def _show_scatter(sample: Sample, pair: tuple[Field, Field], here: Here, groups: Groups, language: Language) -> None:
    first, second = pair
    values = build_sample(sample, groups, y=first, x=second)
    if values.empty:
        show_note(text("compare.few", language))
        return
    values["decision"] = [name_group(one, language) for one in values["decision"]]
    x, y = _place(second, here), _place(first, here)
    place = None if x is None or y is None else (x, y)
    titles = [label_with_unit(one, language) for one in (second, first)]
    whole = [is_whole(one) for one in (second, first)]
    plot = plot_scatter(values, place, titles, language, session.is_dark(), whole=whole)
    _show_plot(plot, "scatter", text("alt.scatter", language, first=titles[0], second=titles[1]))
