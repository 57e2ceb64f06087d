"""What if: other amounts compared with the original, scored at once."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from officer.answers import get_explanation, get_facts, score_changed
from officer.api import InvalidApplication
from officer.contract import Counterfactual, Decision
from officer.failures import showing_errors
from officer.levers import Follow, build_application, choose_range, compute_followers, list_changeable, list_followers
from officer.model import Facts, Field, Model
from officer.parts import show_client_page, show_decision, show_gauge, show_warnings
from officer.plain import escape_markdown
from officer.texts import Language, text
from officer.words import describe_error, format_number, format_points, format_risk, with_label

_FOLLOW: tuple[Follow, ...] = ("purchase", "deposit", "alone")


def show() -> None:
    """Show the page."""
    show_client_page("page.what_if", _show_what_if)


def _show_what_if(client: str, model: Model, decision: Decision, language: Language) -> None:
    facts = None
    with showing_errors(language, "facts"):
        facts = get_facts(client, model) if model.takes_applications else None
        fields = list_changeable(model, facts.values) if facts else []
        if facts and fields:
            with showing_errors(language, "offer"):
                _show_offer(client, model, facts, language)
            _show_levers_and_result(client, model, decision, fields, facts, language)
            return
        reason = "what_if.nothing" if facts else "what_if.no_facts" if model.takes_applications else "error.rows_only"
        st.info(text(reason, language), icon=":material/info:")
    show_decision(decision, model.scale, language)


def _key(client: str, name: str) -> str:
    return f"what if {client} {name}"


def _show_offer(client: str, model: Model, facts: Facts, language: Language) -> None:
    """Show the smallest change that would be accepted, to be tried in one click."""
    _, explanation = get_explanation(client)
    offer = explanation.counterfactual
    if offer is None:
        for note in explanation.notes:
            st.info(escape_markdown(note[language]), icon=":material/lightbulb:")
        return
    sentence, button = st.columns([4, 1], vertical_alignment="center")
    sentence.success(escape_markdown(offer.text[language]), icon=":material/lightbulb:")
    label, arguments = text("what_if.try", language), (client, model, facts, offer)
    button.button(label, on_click=_try, args=arguments, type="primary", width="stretch", key="try")


def _try(client: str, model: Model, facts: Facts, offer: Counterfactual) -> None:
    """Set the levers to the offer; all others to the application."""
    offered = {change.name: change.after for change in offer.changes}
    st.session_state[_key(client, "follow")] = "alone"
    for field in list_changeable(model, facts.values):
        value = offered.get(field.name, facts.values[field.name])
        if field.takes(value):
            st.session_state[_key(client, field.name)] = _typed(field, value)


def _typed(field: Field, value: Any) -> Any:
    return value if isinstance(value, str) else int(value) if field.type == "integer" else float(value)


@st.fragment
def _show_levers_and_result(
    client: str, model: Model, original: Decision, fields: list[Field], facts: Facts, language: Language
) -> None:
    with showing_errors(language, "result"):
        levers, result = st.columns([2, 3], gap="large")
        with levers:
            changes = _show_levers(client, model, fields, facts, language)
        with result:
            _show_result(client, model, original, facts, changes, language)


def _show_levers(client: str, model: Model, fields: list[Field], facts: Facts, language: Language) -> dict[str, Any]:
    """Show the inputs; return the values that differ from the application."""
    follow = _choose_follow(client, model, facts, language)
    followers = {field.name for field in list_followers(model, follow)}
    original = facts.values
    values = {
        field.name: _show_lever(client, field, facts, language) for field in fields if field.name not in followers
    }
    credit = model.field_with_role("credit")
    if credit is not None and credit.name in values and values[credit.name] != original[credit.name]:
        values |= compute_followers(model, original, values[credit.name], follow)
    for field in fields:
        if field.name in followers:
            now = facts.shown[field.name][language]
            if field.name in values:
                now = format_number(round(values[field.name]), language)
            written = f"**{escape_markdown(now)}** · {text('what_if.follows', language)}"
            st.markdown(with_label(escape_markdown(field.label[language]), written, language))

    def reset() -> None:
        for field in fields:
            st.session_state[_key(client, field.name)] = _typed(field, original[field.name])

    st.button(text("what_if.reset", language), on_click=reset, icon=":material/undo:", key="reset")
    return {name: value for name, value in values.items() if value != original[name]}


def _choose_follow(client: str, model: Model, facts: Facts, language: Language) -> Follow:
    """Ask what changes together with the credit amount; nothing where the schema does not mark these fields."""
    credit = model.field_with_role("credit")
    if credit is None or not credit.changeable or not facts.values.get(credit.name):
        return "alone"
    options = [one for one in _FOLLOW if one == "alone" or list_followers(model, one)]
    if model.field_with_role("price") is None and "deposit" in options:
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


def _show_lever(client: str, field: Field, facts: Facts, language: Language) -> Any:
    key, value = _key(client, field.name), facts.values[field.name]
    was = text("what_if.was", language, value=escape_markdown(facts.shown[field.name][language]))
    label = f"{escape_markdown(field.label[language])} · {was}"
    if key not in st.session_state:
        st.session_state[key] = _typed(field, value)
    if field.type == "category":
        names = field.name_categories([value, *(field.categories or ())], language)
        return st.selectbox(
            label, list(names), format_func=lambda one: names.get(one, one), key=key, persist_state="session"
        )
    span = choose_range(field, value)
    low, high, step = (_typed(field, end) for end in (span.low, span.high, span.step))
    # The suggested amount may lie outside.
    low, high = min(low, st.session_state[key]), max(high, st.session_state[key])
    return st.slider(label, low, high, step=step, key=key, format="localized", persist_state="session")


def _show_result(
    client: str, model: Model, original: Decision, facts: Facts, changes: Mapping[str, Any], language: Language
) -> None:
    before, after = text("what_if.original", language), text("what_if.changed", language)
    st.markdown(f"**{before}**")
    show_decision(original, model.scale, language, threshold=False)
    st.markdown(f"**{after}**")
    if not changes:
        st.markdown(text("what_if.unchanged", language))
        show_gauge(model.scale, {before: original}, language)
        return
    try:
        changed = score_changed(model, build_application(model, client, facts.values, changes))
    except InvalidApplication as problem:
        for error in problem.errors:
            message = describe_error(error, model.fields.get(error.field), language, typed=True)
            st.error(escape_markdown(with_label(model.label_of(error.field, language), message, language)))
        return
    show_decision(changed, model.scale, language, threshold=False)
    show_gauge(model.scale, {after: changed, before: original}, language)
    _show_difference(model, original, changed, language)
    show_warnings(changed, language)


def _show_difference(model: Model, original: Decision, changed: Decision, language: Language) -> None:
    before, after = model.scale.get_risk(original), model.scale.get_risk(changed)
    key = "what_if.same" if original.decision == changed.decision else f"what_if.now.{changed.decision}"
    risks = {"before": format_risk(before, model.scale, language), "after": format_risk(after, model.scale, language)}
    st.markdown(text(key, language, **risks, points=format_points(100 * (after - before), language, 1)))
