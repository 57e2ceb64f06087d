"""The sentences of reasons: about the person, in both languages, without a number that nobody would say."""

import re

import pytest

from scoring.explanation.sentences import write_remedy, write_sentence
from scoring.home_credit.history.feature_names import name_features
from scoring.home_credit.history.registry import list_features
from scoring.home_credit.input_schema import load_schema, name_derived_numbers
from scoring.model.schema import Text
from scoring.readable.terms import Range, Term, make_field_term
from scoring.readable.wording import describe_value

NB, NN = "\u00a0", "\u202f"  # no-break spaces, the second a narrow one


def history(name):
    own = name_features([name])[name]
    return Term(name, own.label, own.unit, own.concept, (0,), sentences=own.sentences, passing=own.passing)


def derived(name):
    own = name_derived_numbers()[name]
    return Term(name, own.label, own.unit, own.concept, (0,), sentences=own.sentences)


def field(name):
    return make_field_term(load_schema().field(name))


@pytest.mark.parametrize(
    ("term", "value", "direction", "english", "french"),
    [
        (
            history("previous_refused_age_min"),
            Range(122.0, 243.0),
            "present",
            "A previous application was refused 4 to 8 months ago.",
            "Une demande précédente a été refusée il y a 4 à 8 mois.",
        ),
        (
            history("previous_approved_down_rate_max"),
            Range(None, 0.000005),
            "lower",
            "No down payment was made for the previous applications that were approved.",
            "Aucun apport n'a été versé pour les demandes précédentes approuvées.",
        ),
        (
            history("card_utilisation_max"),
            Range(1.0174, None),
            "present",
            "The highest balance of the credit cards was at least 1.7% above the limit.",
            "Le solde le plus élevé des cartes de crédit a dépassé d'au moins 1,7\u202f% le plafond.",
        ),
        (
            history("previous_consumer_refused_count"),
            Range(0.5, 2.0),
            "higher",
            "Number of previous applications for a consumer loan that were refused: 1.",
            "Nombre de demandes précédentes de prêt à la consommation refusées\u00a0: 1.",
        ),
        (
            history("bureau_owed_part_max"),
            0.9,
            "higher",
            "On at least one of the credits at other lenders, 90% of the amount is still to be repaid.",
            "Sur au moins un des crédits auprès d'autres prêteurs, il reste à rembourser 90\u202f% du montant.",
        ),
        (
            derived("CREDIT_TO_GOODS"),
            1.2,
            "higher",
            "The credit asked for is 20% above the price of the goods.",
            "Le crédit demandé dépasse de 20\u202f% le prix du bien.",
        ),
        (
            derived("CREDIT_TO_GOODS"),
            0.9,
            "higher",
            "The credit asked for is 90% of the price of the goods.",
            "Le crédit demandé représente 90\u202f% du prix du bien.",
        ),
        (
            field("EXT_SOURCE_1"),
            0.13,
            "present",
            "The score that outside provider 1 gives the client is low, 0.13: 0 is the highest risk, 1 the lowest.",
            f"Le score que le fournisseur extérieur 1 attribue au client est bas, 0,13{NB}: 0 est le risque le plus élevé, 1 le plus faible.",  # noqa: E501
        ),
        (
            history("bureau_remaining_mean"),
            Range(-1200.0, -500.0),
            "lower",
            "Planned end of the credits at other lenders, on average: 16 to 39 months ago.",
            "Fin prévue des crédits auprès d'autres prêteurs, en moyenne\u00a0: il y a 16 à 39 mois.",
        ),
        (
            history("bureau_balance_late_share"),
            Range(0.026, 0.08),
            "higher",
            "Other lenders reported late payment in 2.6% to 8% of the months of the client's credits.",
            f"D'autres prêteurs ont signalé un retard de paiement dans 2,6{NN}% à 8{NN}% des mois de crédit du client.",
        ),
        (
            field("DAYS_EMPLOYED"),
            -580.0,
            "lower",
            "The client has been in the current job for 19 months.",
            "Le client occupe son emploi actuel depuis 19 mois.",
        ),
        (
            field("NAME_HOUSING_TYPE"),
            "With parents",
            "different",
            "The client's housing: With parents.",
            "Logement du client\u00a0: Chez ses parents.",
        ),
    ],
)
def test_a_value_is_a_sentence_about_the_person(term, value, direction, english, french):
    sentence = write_sentence(term, value, None, direction, describe_value, accepted=False)
    assert (sentence.en, sentence.fr) == (english, french)


@pytest.mark.parametrize(
    ("term", "value", "accepted", "english"),
    [
        (
            field("EXT_SOURCE_3"),
            0.1234,
            0.589,
            "is 0.12: 0 is the highest risk, 1 the lowest. For accepted clients it is usually 0.59.",
        ),
        (
            field("EXT_SOURCE_3"),
            0.0004,
            0.589,
            "is less than 0.01: 0 is the highest risk, 1 the lowest. For accepted clients",
        ),
        (
            derived("CREDIT_TO_GOODS"),
            1.2,
            1.11,
            "20% above the price of the goods. For accepted clients it is usually 11%.",
        ),
        (
            derived("CREDIT_TO_GOODS"),
            1.2,
            0.8,
            "20% above the price of the goods. For accepted clients it is usually 0%.",
        ),
        (
            history("previous_term_mean"),
            Range(5.6, 7.8),
            12.7,
            "6 to 8 months on average. For accepted clients it is usually 13",
        ),
        (history("bureau_owed_part_max"), Range(1.04, 1.5), 0.78, "more is still owed than was lent."),
        (
            history("bureau_age_mean"),
            Range(220.0, 560.0),
            1100.0,
            "7 to 18 months ago. For accepted clients it is usually 3 years ago.",
        ),
    ],
)
def test_a_higher_or_lower_number_is_compared_with_the_typical_accepted_clients(term, value, accepted, english):
    direction = "lower" if accepted > (value.high if isinstance(value, Range) else value) else "higher"
    assert english in write_sentence(term, value, accepted, direction, describe_value).en
    assert "accepted" not in write_sentence(term, value, None, direction, describe_value, accepted=False).en


def test_a_number_is_not_compared_with_one_that_is_written_alike():
    sentence = write_sentence(field("EXT_SOURCE_3"), 0.586, 0.589, "lower", describe_value)
    assert sentence.fr.endswith("au client est de 0,59\u00a0: 0 est le risque le plus élevé, 1 le plus faible.")


def test_a_category_is_compared_with_the_usual_one_and_a_value_that_most_do_not_have_says_so():
    housing = write_sentence(
        field("NAME_HOUSING_TYPE"), "With parents", "House / apartment", "different", describe_value
    )
    assert housing.en.endswith(
        "The model sees more risk than with the usual answer of accepted clients: House or flat."
    )
    refused = write_sentence(history("previous_refused_age_min"), Range(122.0, 243.0), None, "present", describe_value)
    assert refused.fr.endswith("La plupart des clients acceptés n'ont rien de tel dans leur dossier.")


def test_what_nobody_supplied_is_told_apart_from_what_the_stored_history_does_not_have():
    term = history("bureau_age_mean")
    supplied, stored = (
        write_sentence(term, None, 0.5, "missing", describe_value, recorded=recorded).en for recorded in (False, True)
    )
    assert supplied.startswith("No information on credits at other lenders was given.")
    assert stored.startswith("The client's records show nothing about credits at other lenders.")


def test_a_sentence_calls_a_value_small_or_large_only_where_it_is_lower_or_higher():
    sizes = {"lower": {"low", "small", "only", "even", "short"}, "higher": {"large", "high", "long"}}
    neutral = re.compile("a small debt|(high|low) interest rate|as long as|paid short|fell short")
    readable = [*name_derived_numbers().values(), *name_features([one.name for one in list_features()]).values()]
    checked = 0
    for about in [*load_schema().fields, *readable]:
        for kind, text in about.sentences.items():
            words = set(re.findall("[a-z]+", neutral.sub("", text.en.lower())))
            for direction in (one for one, of_size in sizes.items() if words & of_size):
                # A score that most clients do not have is a reason only where it is on its riskier side.
                assert kind == direction or (kind == "present" and about.riskier == direction), text.en
                checked += 1
    assert checked >= 2


def test_a_missing_value_says_what_is_missing_and_how_it_could_be_supplied():
    term = field("EXT_SOURCE_3")
    sentence = write_sentence(term, None, 0.5, "missing", describe_value)
    assert sentence.en.startswith("No score from outside provider 3 is available. Without it, there is less evidence")
    assert write_remedy(term).fr == (
        "Le score peut être demandé au fournisseur extérieur 3\u00a0; la demande est alors évaluée de nouveau."
    )


def test_a_term_without_sentences_has_none_but_where_it_is_missing():
    term = Term("score", Text(en="Score", fr="Score"), None, "score", (0,))
    assert write_sentence(term, 0.2, 0.5, "lower", describe_value) is None
    assert write_sentence(term, None, 0.5, "missing", describe_value).en.startswith("Score: not known.")
    assert write_remedy(term).en == "Supply this information, and score the application again."


def test_no_sentence_of_a_history_feature_keeps_a_word_to_be_filled_in():
    for name, own in name_features([feature.name for feature in list_features()]).items():
        for text in own.sentences.values():
            for language in (text.en, text.fr):
                words = {word.split("}")[0] for word in language.split("{")[1:]}
                assert words <= {"value", "percent", "excess", "typical"}, (name, language)
                assert "  " not in language, (name, language)
