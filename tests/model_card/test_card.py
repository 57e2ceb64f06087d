import re
from itertools import pairwise

import pytest

from scoring.model.manifest import BinEdit
from scoring.model.report import CodeFigures, Metric, PairedRow, Report, SegmentFigures, SwapCell, SwapSet
from scoring.model.schema import LeftOut
from scoring.model_card.card import build_card, card_as_markdown
from scoring.model_card.card_texts import CardTexts
from scoring.model_card.purpose import list_edits
from scoring.readable.numbers import format_date
from scoring.storage.artefacts import load_probability, read_manifest
from scoring.storage.checksums import verified_files


@pytest.fixture(scope="module")
def manifest(project):
    return read_manifest(project / "modele_retenu.json")


@pytest.fixture(scope="module")
def probability(manifest, project):
    return load_probability(manifest, verified_files(project, manifest))


def change_training(manifest, **training):
    return manifest.model_copy(update={"training": manifest.training.model_copy(update=training)})


def change_report(manifest, **report):
    return manifest.model_copy(update={"report": manifest.report.model_copy(update=report)})


def texts_of(card):
    """List every text of a card, for people to read."""
    for section in card.sections:
        yield section.title
        for part in section.parts:
            yield from (part.title, part.note, *part.text, *part.points, *part.header)
            yield from (cell for row in part.rows for cell in row)


def test_the_card_has_what_a_validator_asks_for(manifest):
    text = card_as_markdown(manifest)
    for heading in (
        "Intended use",
        "What is predicted",
        "Data",
        "Choice of the model",
        "Performance",
        "Calibration",
        "Threshold and review",
        "What matters most to the model",
        "Fields",
        "Fairness",
        "Limits",
        "Versions",
    ):
        assert f"\n## {heading}\n" in text, heading
    assert "not a regulatory default" in text
    assert "### Granted credits only" in text
    assert "### Dependence on external scores" in text
    auc = manifest.metrics["test"]["auc"]
    assert f"{auc.value:.3f} ({auc.low:.3f} to {auc.high:.3f})" in text
    assert f"refused from a calibrated probability of {100 * manifest.threshold.calibrated:.2f}%" in text.lower()
    for part in manifest.report.fairness:
        for group in part.groups:
            assert f"| {group.clients:,} | {100 * group.acceptance_rate:.1f}% |" in text


def test_the_card_names_the_outcome_that_is_a_default_as_the_table_writes_it(manifest):
    assert "\nTARGET is 1 for a client in payment difficulty" in card_as_markdown(manifest)
    schema = manifest.input_schema.model_copy(update={"target": "Issue", "outcomes": ("Remboursé", "Impayé")})
    assert "\nIssue is Impayé for a client in payment difficulty" in card_as_markdown(
        manifest.model_copy(update={"input_schema": schema})
    )


def test_the_card_in_the_documentation_is_that_of_the_bundled_model(manifest, probability, project):
    assert (project / "docs" / "model_card.md").read_text(encoding="utf-8") == card_as_markdown(manifest, probability)


def test_the_points_of_a_scorecard_are_listed_bin_by_bin(manifest, probability):
    (section,) = [one for one in build_card(manifest, "fr", probability).sections if one.name == "points"]
    how, table = section.parts
    assert "20 points de plus doublent" in how.text[0]
    assert len({row[0] for row in table.rows}) > 20
    assert all(len(row) == 3 and row[2].lstrip("−").isdigit() for row in table.rows)
    assert "points" not in [one.name for one in build_card(manifest, "fr").sections]


def test_both_languages_show_the_same_figures(manifest):
    english, french = (build_card(manifest, language) for language in ("en", "fr"))
    assert [section.name for section in english.sections] == [section.name for section in french.sections]

    def figures(card):
        written = " ".join(texts_of(card)).replace("\u202f", "").replace(",", "").replace(".", "")
        return sorted(re.findall(r"\d{3,}", written))

    assert len(figures(english)) > 500
    assert figures(english) == figures(french)


def test_no_english_is_left_in_the_french_card(manifest):
    french = " ".join(texts_of(build_card(manifest, "fr"))).lower()
    assert [word for word in (" the ", " of ", " with", "without", "weights", "under 25") if word in french] == []


def test_figures_of_synthetic_clients_are_marked_as_no_evidence(manifest):
    assert "no evidence about people" in card_as_markdown(manifest)
    assert "no evidence about people" not in card_as_markdown(change_training(manifest, synthetic=False))


def test_what_the_manifest_does_not_hold_is_left_out(manifest):
    bare = manifest.model_copy(update={"report": None, "choice": None})
    text = card_as_markdown(bare)
    for left_out in ("## Choice", "## Fairness", "### Gains", "### Rating bands", "None", "nan"):
        assert left_out not in text
    assert "\n## Limits\n" in text
    assert card_as_markdown(manifest.model_copy(update={"report": Report(), "choice": None})) == text


def test_the_reason_for_the_champion_follows_from_the_comparison(manifest):
    champion = manifest.choice.candidates[0]
    loss = Metric(value=-0.001, low=-0.002, high=0.0005)
    best = champion.model_copy(update={"name": "lightgbm", "log_loss_difference": loss})
    choice = manifest.choice.model_copy(update={"candidates": (best, champion)})
    text = card_as_markdown(manifest.model_copy(update={"choice": choice}))
    assert "a readable logistic regression. It is not certain that the log loss of lightgbm is lower" in text
    assert "(difference: −0.00100 (−0.00200 to +0.00050))" in text
    asked = manifest.choice.model_copy(update={"overridden": True})
    assert "This family was asked for" in card_as_markdown(manifest.model_copy(update={"choice": asked}))


def test_names_of_candidates_are_in_the_language_of_the_card(manifest):
    texts = CardTexts("fr", manifest.input_schema)
    told = {
        "lightgbm, library defaults": "lightgbm, réglages par défaut de la bibliothèque",
        "logistic regression, C 0.03": "régression logistique, C 0.03",
        "logistic regression, tuned without x": "régression logistique, tuned sans x",
        "lightgbm": "lightgbm",
    }
    assert {name: texts.candidate(name) for name in told} == told


@pytest.mark.parametrize("language", ["en", "fr"])
def test_texts_of_a_table_are_never_taken_for_names_that_the_project_gave(manifest, language):
    texts = CardTexts(language, manifest.input_schema)
    housing = manifest.input_schema.field("NAME_HOUSING_TYPE")
    for text in ("own", "any", "none", "test", "without EXT_SOURCE_1"):
        assert texts.group(text, housing) == text
    assert texts.group("not known", housing) == {"en": "not known", "fr": "non renseigné"}[language]
    edits = (
        BinEdit(term="housing", change="groups", before="own", after="own | rent"),
        BinEdit(term="housing", change="missing", before="own", after="neutral"),
    )
    shown = list_edits(change_training(manifest, bin_edits=edits), texts).rows
    assert shown[0][2:] == ("own", "own | rent")
    assert shown[1][2] == {"en": "a weight of their own", "fr": "un poids propre"}[language]


def test_variants_and_two_models_decisions_are_shown_where_they_were_measured(manifest):
    zero = Metric(value=0.0, low=-0.1, high=0.1)
    figures = {"auc": 0.7, "log_loss": 0.2, "cost_per_client": 0.5}
    differences = {"auc_difference": zero, "log_loss_difference": zero, "cost_difference": zero}
    rows = [PairedRow(name=n, **figures, **differences) for n in ("with protected fields", "at most 30 features")]
    cell = SwapCell(clients=12345, share=0.5, defaults=3, default_rate=None)
    cells = dict.fromkeys(("both_accepted", "swapped_in", "swapped_out", "both_refused"), cell)
    swap = SwapSet(before="random forest, smote", after="scorecard", **cells)
    both = change_report(manifest, tiers=rows[:1], selection=rows[1:], swap=swap)
    text = card_as_markdown(both)
    assert "| with protected fields | 0.7000 | +0.0000 (−0.1000 to +0.1000) |" in text
    assert "### Number of features" in text
    assert "| refused by random forest, smote, accepted by scorecard | 12,345 | 50.0% | – |" in text
    french = " ".join(texts_of(build_card(both, "fr")))
    assert "refusés par forêt aléatoire, smote, acceptés par grille de score" in french


def test_tables_have_as_many_cells_in_every_line(manifest):
    lines = card_as_markdown(manifest).splitlines()
    for above, below in pairwise(lines):
        if above.startswith("|") and below.startswith("|"):
            assert above.count("|") == below.count("|"), (above, below)


def test_ages_are_listed_in_their_order_and_the_date_is_in_words(manifest):
    text = card_as_markdown(manifest)
    places = [text.index(f"| {group} |") for group in ("under 25", "25 to 34", "35 to 44", "65 and over")]
    assert places == sorted(places)
    assert f"Made on {format_date(manifest.created_at, 'en')} with" in text


def test_dates_that_were_not_used_are_not_said_to_be_missing(manifest):
    schema = manifest.input_schema.model_copy(update={"left_out_codes": {"month": LeftOut(code="dates")}})
    card = card_as_markdown(manifest.model_copy(update={"input_schema": schema}))
    assert "The columns of dates (month) were not used to separate periods" in card
    assert "The data has no dates" not in card


def test_a_tuned_threshold_is_not_said_to_follow_from_the_costs(manifest):
    nested = manifest.report.nested.model_copy(update={"gains": True, "hindsight_cost": 0.0})
    card = card_as_markdown(change_report(manifest, nested=nested))
    assert "which was tuned out of fold because this lowers the cost" in card
    assert "which follows from the costs" not in card
    assert "that would have been best on the same clients" not in card


def test_costs_in_money_are_named_and_not_listed_as_unknown(manifest):
    test = manifest.metrics["test"]
    money = {name.replace("cost", "money"): one for name, one in test.items() if name.startswith("cost")}
    card = build_card(manifest.model_copy(update={"metrics": {"test": {**test, **money}}}), "fr")
    told = [*texts_of(card)]
    assert len(money) == sum("en monnaie" in one for one in told) == 3
    assert not any("money" in one or one.startswith("les pertes en monnaie") for one in told)


def test_the_scenarios_of_worse_refused_clients_state_the_lowest_cost(manifest):
    rows = [row.model_copy(update={"optimum_cost": 0.4321}) for row in manifest.report.rejects]
    rows = [row.model_copy(update={"threshold": None, "refusal_rate": None}) for row in rows]
    text = card_as_markdown(change_report(manifest, rejects=tuple(rows)))
    part = text.split("### If refused clients defaulted more often")[1].split("###")[0]
    assert "| Lowest point of the cost curve | Lowest cost |\n" in part
    assert part.count("0.432 |") == len(rows)
    assert "new calibration" not in part


def test_the_gap_is_told_with_its_interval_and_the_limit_that_it_is_judged_by(manifest):
    chosen = manifest.choice.candidates[0].model_copy(update={"gap": 0.0123, "gap_interval": (0.0045, 0.0201)})
    choice = manifest.choice.model_copy(update={"candidates": (chosen,), "champion": chosen.name})
    text = card_as_markdown(manifest.model_copy(update={"choice": choice}))
    assert (
        "counts as too large if its whole interval lies above 0.02. That of the chosen model is 0.0123 (0.0045" in text
    )


def test_the_settings_that_candidates_were_compared_with_are_told(manifest):
    settings = {"n_estimators": 600, "learning_rate": 0.03, "num_leaves": 8}
    trees = manifest.choice.candidates[0].model_copy(update={"name": "lightgbm", "settings": settings})
    candidates = (*manifest.choice.candidates, trees)
    text = card_as_markdown(
        manifest.model_copy(update={"choice": manifest.choice.model_copy(update={"candidates": candidates})})
    )
    assert "### Settings of the candidates" in text
    assert "Settings that differ from the defaults of the libraries." in text
    assert "- lightgbm: n_estimators 600, learning_rate 0.03, num_leaves 8\n" in text
    before = tuple(one.model_copy(update={"settings": None}) for one in manifest.choice.candidates)
    old = manifest.model_copy(update={"choice": manifest.choice.model_copy(update={"candidates": before})})
    assert "Settings of the candidates" not in card_as_markdown(old)


def test_calibration_in_groups_is_told_and_groups_that_differ_are_marked(manifest):
    shared = {"segment": "Age", "clients": 900, "predicted": 0.135, "observed": 0.1, "pvalue": 0.001, "slope": None}
    rows = (
        SegmentFigures(group="under 25", mean=Metric(value=1.35, low=1.2, high=1.5), differs=True, **shared),
        SegmentFigures(group="25 to 34", mean=Metric(value=1.01, low=0.9, high=1.1), differs=False, **shared),
    )
    text = card_as_markdown(change_report(manifest, segments=rows[::-1]))
    assert text.index("| Age: under 25") < text.index("| Age: 25 to 34")
    assert "### Calibration in groups, out of fold" in text
    assert "| Age: under 25 * | 900 | 13.5% | 10.0% | 1.35 (1.20 to 1.50) | – |" in text
    assert "| Age: 25 to 34 | 900 |" in text
    assert "A group marked * has a ratio or a slope that differs from 1" in text


def test_numbers_that_are_codes_are_told_with_the_error_of_their_weights(manifest):
    shares = {"known": 0.913, "known_default_rate": 0.081, "other_default_rate": None, "other_weight": None}
    one = CodeFigures(term="EXT_SOURCE_3", folds=5, codes=1200, **shares, spread=0.41, error=0.052)
    text = card_as_markdown(change_report(manifest, codes=(one,)))
    assert "### Numbers read as codes" in text
    assert "| External score 3 (outside provider) | 1,200 | 91.3% | 8.1% | – | 0.410 | 0.052 |" in text
    french = " ".join(texts_of(build_card(change_report(manifest, codes=(one,)), "fr")))
    assert "Nombres lus comme des codes" in french
    assert "Numbers read as codes" not in card_as_markdown(manifest)
