"""What if: another contract compared with the original, scored at once."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from officer import session
from officer.answers import get_explanation, get_facts, score_changed
from officer.api import InvalidApplication
from officer.contract import Decision, Explanation, Terms
from officer.failures import showing_errors
from officer.levers import (
    PARTS,
    Lever,
    Range,
    build_application,
    choose_range,
    list_changeable,
    list_changed,
    list_levers,
    recompute,
    without_term,
)
from officer.model import Facts, Field, Model
from officer.parts import (
    show_change,
    show_client_page,
    show_contract,
    show_decision,
    show_gauge,
    show_rules,
    show_warnings,
)
from officer.plain import escape_markdown
from officer.texts import Language, text
from officer.typed_number import show_number_input
from officer.words import describe_error, describe_part, format_points, format_risk, with_label, write_typed

_PERCENT = 100.0
_DECIMALS = 1  # of a rate in per cent


def show() -> None:
    """Show the page."""
    show_client_page("page.what_if", _show_what_if)


def _show_what_if(client: str, model: Model, decision: Decision, language: Language) -> None:
    facts = None
    with showing_errors(language, "facts"):
        facts = get_facts(client, model) if model.takes_applications else None
        contract = None
        if facts:
            with showing_errors(language, "offer"):
                _, explanation = get_explanation(client)
                contract = explanation.contract
                _show_offer(client, explanation, language)
        fields = _list_fields(model, facts, contract) if facts else []
        if facts and (fields or contract):
            _show_levers_and_result(client, model, decision, fields, facts, contract, language)
            return
        reason = "what_if.nothing" if facts else "what_if.no_facts" if model.takes_applications else "error.rows_only"
        st.info(text(reason, language), icon=":material/info:")
    show_decision(decision, model.scale, language)


def _list_fields(model: Model, facts: Facts, contract: Terms | None) -> list[Field]:
    """List the fields that are changed by themselves: those of a contract change with it."""
    fields = list_changeable(model, facts.values)
    return [field for field in fields if contract is None or field.role not in PARTS]


def _key(client: str, name: str) -> str:
    return f"what if {client} {name}"


def _choice_key(client: str, name: str) -> str:
    return session.choice_key(_key(client, name), session.get_language())


def _show_offer(client: str, explanation: Explanation, language: Language) -> None:
    """Show the smallest change that would be accepted, to be tried in one click."""
    show_change(explanation, language)
    offer = explanation.counterfactual
    if offer and offer.contract and explanation.contract:
        label, arguments = text("what_if.try", language), (client, explanation.contract, offer.contract)
        st.button(label, on_click=_set_levers, args=arguments, type="primary", key="try")


def _set_levers(client: str, contract: Terms, chosen: Terms) -> None:
    """Set the levers of a contract to another one."""
    for name in list_levers(contract):
        value = getattr(chosen, name)
        if value is not None:
            _set(_key(client, name), _in_percent(value) if name == "yearly_rate" else value)


def _in_percent(rate: float) -> float:
    return round(_PERCENT * rate, _DECIMALS)


def _set(key: str, value: float) -> None:
    """Set a slider, and the text of the field beside it."""
    st.session_state[key] = value
    st.session_state[f"{key} typed"] = write_typed(value, session.get_language())


@st.fragment
def _show_levers_and_result(
    client: str,
    model: Model,
    original: Decision,
    fields: list[Field],
    facts: Facts,
    contract: Terms | None,
    language: Language,
) -> None:
    with showing_errors(language, "result"):
        levers, result = st.columns([2, 3], gap="large")
        with levers:
            changes = {field.name: _show_lever(client, field, facts, language) for field in fields}
            changes = {name: value for name, value in changes.items() if value != facts.values[name]}
            if contract and _is_open_ended(model, {**facts.values, **changes}):
                contract = without_term(contract)
            changed = contract and _show_contract_levers(client, model, contract, language)
            st.button(
                text("what_if.reset", language),
                on_click=partial(_reset, client, fields, facts, contract),
                icon=":material/undo:",
                key="reset",
            )
        with result:
            if contract and not changed:
                st.error(text("what_if.no_credit", language))
                return
            if contract and changed:
                changes |= list_changed(model, contract, changed)
            _show_result(client, model, original, facts, changes, language)
            if contract and changed:
                show_contract(contract, changed, language)


def _is_open_ended(model: Model, values: Mapping[str, Any]) -> bool:
    product = model.field_with_role("product")
    return product is not None and values.get(product.name) in product.open_ended


def _reset(client: str, fields: list[Field], facts: Facts, contract: Terms | None) -> None:
    for field in fields:
        value = facts.values[field.name]
        if field.type == "category":
            st.session_state[_choice_key(client, field.name)] = value
        else:
            _set(_key(client, field.name), _typed(field, value))
    if contract:
        _set_levers(client, contract, contract)


def _typed(field: Field, value: Any) -> Any:
    return value if isinstance(value, str) else int(value) if field.type == "integer" else float(value)


def _show_contract_levers(client: str, model: Model, contract: Terms, language: Language) -> Terms | None:
    """Show the inputs of a contract; return the contract that results, None where nothing is left to finance."""
    amount = model.field_with_role("credit")
    if amount is None:
        return contract
    chosen: dict[Lever, float] = {}
    for name, span in list_levers(contract).items():
        value = getattr(contract, name)
        label = _label(
            text(f"contract.{name}", language), describe_part(name, value, language, model.currency), language
        )
        if name == "yearly_rate":
            shown = Range(*(_in_percent(one) for one in (span.low, span.high, span.step)))
            given = _show_number(client, name, label, _in_percent(value), shown, replace(amount, unit=None), language)
            # What is not moved keeps all its digits.
            chosen[name] = value if given == _in_percent(value) else given / _PERCENT
        else:
            field = replace(amount, unit=None) if name == "months" else amount
            chosen[name] = _show_number(client, name, label, value, span, field, language)
    return recompute(contract, chosen)


def _label(name: str, was: str, language: Language) -> str:
    return f"{escape_markdown(name)} · {text('what_if.was', language, value=escape_markdown(was))}"


def _show_lever(client: str, field: Field, facts: Facts, language: Language) -> Any:
    value = facts.values[field.name]
    label = _label(field.label[language], facts.shown[field.name][language], language)
    if field.type != "category":
        span = choose_range(field, value)
        return _show_number(client, field.name, label, _typed(field, value), span, field, language)
    names, key = field.name_categories([value, *(field.categories or ())], language), _choice_key(client, field.name)
    st.session_state.setdefault(key, value)
    return st.selectbox(
        label, list(names), format_func=lambda one: names.get(one, one), key=key, persist_state="session"
    )


def _show_number(client: str, name: str, label: str, value: Any, span: Range, field: Field, language: Language) -> Any:
    """Show a slider with a field for the number beside it; either sets the other.

    Parameters
    ----------
    field : says how the API reads what is typed.
    """
    key, kind = _key(client, name), type(value)
    typed = f"{key} typed"
    if key not in st.session_state or typed not in st.session_state:
        _set(key, value)
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with right:
        number = show_number_input(field, label, typed, None, language, beside=st.session_state[key])
    # What is no number, or not one of this kind, leaves the slider where it is.
    if isinstance(number, float) and number >= min(span.low, 0) and kind(number) == number:
        st.session_state[key] = kind(number)
    # The suggested or typed value may lie outside.
    low, high = min(span.low, st.session_state[key]), max(span.high, st.session_state[key])
    return left.slider(
        label,
        kind(low),
        kind(high),
        step=kind(span.step),
        key=key,
        format="localized",
        persist_state="session",
        on_change=lambda: _set(key, st.session_state[key]),
    )


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
    show_rules(changed, language)


def _show_difference(model: Model, original: Decision, changed: Decision, language: Language) -> None:
    before, after = model.scale.get_risk(original), model.scale.get_risk(changed)
    key = "what_if.same" if original.decision == changed.decision else f"what_if.now.{changed.decision}"
    if changed.review and not changed.refused:
        key = "what_if.now.review"
    risks = {"before": format_risk(before, model.scale, language), "after": format_risk(after, model.scale, language)}
    st.markdown(text(key, language, **risks, points=format_points(100 * (after - before), language, 1)))
