import re

from scoring.home_credit.history.feature_names import _read_french, list_phrases, name_features
from scoring.home_credit.history.grammar import Ratio
from scoring.home_credit.history.registry import list_features


def test_every_history_feature_has_a_name_of_its_own_in_both_languages():
    names = [feature.name for feature in list_features()]
    named = name_features(names)
    assert list(named) == names
    for language in ("en", "fr"):
        labels = [getattr(one.label, language) for one in named.values()]
        assert all(label[:1].isupper() and " " in label for label in labels)
        assert len(set(labels)) == len(names)


def test_every_phrase_is_translated_and_nothing_else():
    assert {phrase for feature in list_features() for phrase in list_phrases(feature)} == set(_read_french())


def test_a_name_says_measure_rows_and_how_they_are_put_together():
    named = name_features(["bureau_active_debt_sum", "previous_refused_count", "no feature"])
    assert list(named) == ["bureau_active_debt_sum", "previous_refused_count"]
    debt = named["bureau_active_debt_sum"]
    assert debt.label.en == "Debt still owed (total; credits at other lenders still running)"
    assert debt.label.fr == "Montant restant dû (total\u202f; crédits auprès d'autres prêteurs toujours en cours)"
    assert (debt.unit, debt.concept) == ("currency", "other_credits")
    assert named["previous_refused_count"].label.fr == "Nombre de demandes précédentes refusées"


def test_the_name_of_a_ratio_is_no_question():
    ratios = [feature.name for feature in list_features() if isinstance(feature, Ratio)]
    labels = {name: own.label.en for name, own in name_features(ratios).items()}
    assert not [label for label in labels.values() if re.search(r"\?|^(How|What|Trend)\b|\bdoes\b", label)]


def test_a_ratio_that_is_called_a_share_is_told_in_per_cent():
    ratios = [one for one in list_features() if isinstance(one, Ratio) and one.phrase.startswith("share of")]
    compared = {one.name for one in ratios if "compared with" in one.phrase}  # above 1 for a share that grew
    assert {"previous_6m_to_all_count", "bureau_12m_to_all_amount"} <= {one.name for one in ratios} - compared
    assert {one.name: one.unit for one in ratios if one.name not in compared and one.unit != "share (0-1)"} == {}


def test_every_share_of_a_whole_is_told_in_a_sentence():
    named = name_features([one.name for one in list_features()])
    shares = {name: own.sentences for name, own in named.items() if own.unit == "share (0-1)"}
    assert len(shares) > 50
    assert [name for name, sentences in shares.items() if "known" not in sentences] == []
    told = shares["previous_6m_to_all_count"]["known"]
    assert told.en == "Of the previous applications, {value} were made in the last 6 months."
    assert told.fr == "Parmi les demandes précédentes, {value} datent des 6 derniers mois."
