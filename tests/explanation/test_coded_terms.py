"""Numbers that are codes in disguise are told by what they stand for, without digits."""

from dataclasses import replace

from scoring.explanation.reasons import compare
from scoring.explanation.sentences import write_sentence
from scoring.home_credit import input_schema
from scoring.model.plan import BinnedColumn, Derived, Plan
from scoring.model.schema import Text
from scoring.readable.terms import Range, group_into_terms, recover_value
from scoring.readable.wording import describe_value


def test_a_number_that_is_a_code_is_named_by_what_it_stands_for_and_told_as_one_value():
    column = BinnedColumn(
        name="ANNUITY_TO_CREDIT",
        source="ANNUITY_TO_CREDIT",
        edges=(0.05045, 0.05075, 0.0509),
        values=(0.0, 0.8, 0.1, -0.4),
        missing=0.0,
        codes=(0.0506,),
    )
    schema, names = input_schema.load_schema(), input_schema.name_derived_numbers()
    ratio = Derived(name="ANNUITY_TO_CREDIT", operation="ratio", inputs=("AMT_ANNUITY", "AMT_CREDIT"))
    plan = Plan(missing_values={}, derived=(ratio,), columns=(column,))
    (term,) = group_into_terms(plan, schema, names)
    assert term.label == Text(en="Conditions asked for (duration and rate)", fr="Conditions demandées (durée et taux)")
    assert [describe_value(term, recover_value(plan, term, [weight])).en for weight in (0.8, 0.1)] == [
        "5.06%",
        "5.08% to 5.09%",
    ]
    said = write_sentence(term, 0.0506, Range(0.0509, None), "different", describe_value)
    assert said is not None
    assert "conditions asked for (duration and rate)" in said.en
    assert "conditions demandées (durée et taux)" in said.fr
    assert not any(character.isdigit() for character in said.en + said.fr)
    assert compare(term, 0.0506, Range(0.0509, None)) == "different"
    # a number without a name of its own, and one that is no code
    (other,) = group_into_terms(plan, schema, {})
    assert other.label.fr.endswith(" (valeur exacte)")
    assert write_sentence(other, 0.0506, 0.06, "different", describe_value) is None
    (quantity,) = group_into_terms(replace(plan, columns=(replace(column, codes=()),)), schema, names)
    assert quantity.label == names["ANNUITY_TO_CREDIT"].label
