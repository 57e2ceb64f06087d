"""The sentences of reasons: about the person, in both languages, without a number that nobody would say."""

import pytest

from scoring.explanation.sentences import write_remedy, write_sentence
from scoring.home_credit.history.feature_names import name_features
from scoring.home_credit.history.registry import list_features
from scoring.home_credit.input_schema import load_schema, name_derived_numbers
from scoring.model.schema import Text
from scoring.readable.terms import Range, Term, make_field_term
from scoring.readable.wording import describe_value


def history(name):
    own = name_features([name])[name]
    return Term(name, own.label, own.unit, own.concept, (0,), sentences=own.sentences)


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
            "No down payment was made in the previous applications that were approved.",
            "Aucun apport n'a été versé dans les demandes précédentes approuvées.",
        ),
        (
            history("card_utilisation_max"),
            Range(1.0174, None),
            "present",
            "The highest balance of the credit cards was 1.7% or more above the limit.",
            "Le solde le plus élevé des cartes de crédit a dépassé le plafond de 1,7\u202f% ou plus.",
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
            "Of the credits at other lenders, the least repaid still has 90% of its amount to pay.",
            "Parmi les crédits chez d'autres prêteurs, le moins remboursé reste à payer à hauteur de 90\u202f%.",
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
    sentence = write_sentence(term, value, None, direction, describe_value)
    assert (sentence.en, sentence.fr) == (english, french)


def test_a_missing_value_says_what_is_missing_and_how_it_could_be_supplied():
    term = field("EXT_SOURCE_3")
    sentence = write_sentence(term, None, 0.59, "missing", describe_value)
    assert sentence.en == "No score from outside provider 3 is available. Without it, less speaks for repayment."
    assert write_remedy(term).fr == "Demander le score au fournisseur extérieur 3, puis évaluer de nouveau la demande."


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
