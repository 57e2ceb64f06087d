"""What if: other amounts beside the original, scored at once."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from officer.answers import explanation_of, facts_of, score_changed
from officer.api import Faulty, Json
from officer.failures import told
from officer.levers import Follow, application, followers, following, movable, slider_range
from officer.model import Field, Model
from officer.parts import client_page, decision_line, gauge, warnings
from officer.texts import Language, text
from officer.words import fault_text, labelled, plain, points, risk, shown

_FOLLOW: tuple[Follow, ...] = ("purchase", "deposit", "alone")
Facts = Mapping[str, Any]


def show() -> None:
    """Show the page."""
    client_page("page.what_if", _what_if)


def _what_if(client: str, model: Model, decision: Json, language: Language) -> None:
    facts = facts_of(client) if model.takes_applications else None
    if facts is None:
        decision_line(decision, model.scale, language)
        st.info(
            text("error.rows_only" if not model.takes_applications else "what_if.no_facts", language),
            icon=":material/info:",
        )
        return
    fields = movable(model, facts)
    if not fields:
        decision_line(decision, model.scale, language)
        st.info(text("what_if.nothing", language), icon=":material/info:")
        return
    _offer(client, model, facts, language)
    _play(client, model, decision, fields, facts, language)


def _key(client: str, name: str) -> str:
    return f"what if {client} {name}"


def _offer(client: str, model: Model, facts: Facts, language: Language) -> None:
    """Suggest the smallest change that would be accepted, to be tried in one click."""
    _, explanation = explanation_of(client)
    offer = explanation["counterfactual"]
    if offer is None:
        for note in explanation["notes"]:
            st.info(plain(note[language]), icon=":material/lightbulb:")
        return

    def try_it() -> None:
        st.session_state[_key(client, "follow")] = "alone"
        for name, value in {**facts, **{change["name"]: change["after"] for change in offer["changes"]}}.items():
            if model.fields[name].changeable and value is not None:
                st.session_state[_key(client, name)] = _typed(model.fields[name], value)

    said, button = st.columns([4, 1], vertical_alignment="center")
    said.success(plain(offer["text"][language]), icon=":material/lightbulb:")
    button.button(text("what_if.try", language), on_click=try_it, type="primary", width="stretch", key="try")


def _typed(field: Field, value: Any) -> Any:
    return value if isinstance(value, str) else int(value) if field.type == "integer" else float(value)


@st.fragment
def _play(client: str, model: Model, original: Json, fields: list[Field], facts: Facts, language: Language) -> None:
    with told(language):
        moving, seeing = st.columns([2, 3], gap="large")
        with moving:
            changes = _levers(client, model, fields, facts, language)
        with seeing:
            _result(client, model, original, facts, changes, language)


def _levers(client: str, model: Model, fields: list[Field], facts: Facts, language: Language) -> dict[str, Any]:
    """Show the controls; give the fields that differ from the application."""
    follow = _choose_follow(client, model, facts, language)
    bound = {field.name for field in followers(model, follow)}
    values: dict[str, Any] = {}
    for field in fields:
        if field.name not in bound:
            values[field.name] = _control(client, field, facts[field.name], language)
    credit = model.of_role("credit")
    if credit is not None and credit.name in values and values[credit.name] != facts[credit.name]:
        values |= following(model, facts, values[credit.name], follow)
    for field in fields:
        if field.name in bound:
            now = shown(field, values.get(field.name, facts[field.name]), language)
            said = f"**{now}** · {text('what_if.follows', language)}"
            st.markdown(labelled(plain(field.label[language]), said, language))

    def reset() -> None:
        for field in fields:
            st.session_state[_key(client, field.name)] = _typed(field, facts[field.name])

    st.button(text("what_if.reset", language), on_click=reset, icon=":material/undo:", key="reset")
    return {name: value for name, value in values.items() if value != facts[name]}


def _choose_follow(client: str, model: Model, facts: Facts, language: Language) -> Follow:
    """Ask what moves together with the credit; nothing where the lender's schema does not tell the parts."""
    credit = model.of_role("credit")
    if credit is None or not credit.changeable or not facts.get(credit.name):
        return "alone"
    options = [one for one in _FOLLOW if one == "alone" or followers(model, one)]
    if model.of_role("price") is None and "deposit" in options:
        options.remove("deposit")
    chosen: Follow = st.radio(
        text("what_if.follow", language),
        options,
        format_func=lambda one: text(f"what_if.follow.{one}", language),
        key=_key(client, "follow"),
        persist_state="session",
        help=text("what_if.follow_help", language),
    )
    return chosen


def _control(client: str, field: Field, value: Any, language: Language) -> Any:
    key, label = (
        _key(client, field.name),
        f"{field.label[language]} · {text('what_if.was', language, value=shown(field, value, language))}",
    )
    if key not in st.session_state:
        st.session_state[key] = _typed(field, value)
    if field.type == "category":
        options = list(dict.fromkeys([value, *field.categories]))
        return st.selectbox(
            label, options, format_func=lambda one: field.text_of(one, language), key=key, persist_state="session"
        )
    span = slider_range(field, value)
    low, high, step = (_typed(field, end) for end in (span.low, span.high, span.step))
    # An amount that was suggested may lie outside.
    low, high = min(low, st.session_state[key]), max(high, st.session_state[key])
    return st.slider(label, low, high, step=step, key=key, format="localized", persist_state="session")


def _result(client: str, model: Model, original: Json, facts: Facts, changes: Facts, language: Language) -> None:
    st.markdown(f"**{text('what_if.original', language)}**")
    decision_line(original, model.scale, language, threshold=False)
    st.markdown(f"**{text('what_if.changed', language)}**")
    if not changes:
        st.markdown(text("what_if.unchanged", language))
        gauge(model.scale, {text("what_if.original", language): original}, language, "gauge")
        return
    try:
        changed = score_changed(model, application(model, client, facts, changes))
    except Faulty as error:
        for fault in error.errors:
            name = str(fault["field"])
            said = fault_text(fault, model.fields.get(name), language, as_shown=True)
            st.error(plain(labelled(model.label_of(name, language), said, language)))
        return
    decision_line(changed, model.scale, language, threshold=False)
    gauge(
        model.scale,
        {text("what_if.changed", language): changed, text("what_if.original", language): original},
        language,
        "gauge",
    )
    _sentence(model, original, changed, language)
    warnings(changed, language)


def _sentence(model: Model, original: Json, changed: Json, language: Language) -> None:
    before, after = model.scale.risk_of(original), model.scale.risk_of(changed)
    key = "what_if.same" if original["decision"] == changed["decision"] else f"what_if.now.{changed['decision']}"
    values = {"before": risk(before, model.scale, language), "after": risk(after, model.scale, language)}
    st.markdown(text(key, language, **values, points=points(100 * (after - before), language, 1)))
