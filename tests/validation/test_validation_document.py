import base64
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from scoring.model.plan import NumberColumn
from scoring.model.report import BinCounts, CodeFigures, FoldFigures, Report
from scoring.model.schema import Text
from scoring.model.scorer import FusedLogistic
from scoring.readable.term_bins import Bin
from scoring.readable.terms import Term
from scoring.storage.artefacts import read_manifest
from scoring.tables.flat.column_options import ColumnOptions
from scoring.tables.flat.flat_table import read_flat
from scoring.tables.text.table_errors import Note
from scoring.validation.direction import count_reversals, explain_direction
from scoring.validation.document_texts import DocumentTexts, document_texts
from scoring.validation.figures import Model, take_figures
from scoring.validation.term_rows import BinRow, ColumnRow, list_columns
from scoring.validation.validation_document import BEGINNING, _joined, write_document
from tests.commands import run_command

SECTIONS = (
    *("summary", "use", "outcome", "data", "exclusions", "fields", "terms", "importances", "stability", "performance"),
    *("calibration", "benchmarks", "decisions", "fairness", "sensitivity", "limits", "changes"),
)


@pytest.fixture(scope="module")
def model(project):
    """Make a model of three terms of the bundled one, with counts by bin and figures of two folds."""
    manifest = read_manifest(project / "modele_retenu.json")
    chosen = [manifest.features.index(name) for name in ("EXT_SOURCE_3", "DAYS_EMPLOYED", "OCCUPATION_TYPE")]
    plan = replace(manifest.plan, columns=tuple(manifest.plan.columns[place] for place in chosen)).pruned()
    few = manifest.model_copy(update={"plan": plan, "features": tuple(plan.feature_names())})
    probability = FusedLogistic(np.array([0.5, 0.4, 0.3]), 0.1)
    counts = {
        one.name: BinCounts(clients=(1000,) * len(one.bins), defaults=(50,) * len(one.bins), aucs=(0.6, 0.4))
        for one in list_columns(few, probability, {}, manifest.scaling)
    }
    figures = {"default_rate": 0.08, "log_loss": 0.25, "calibration_mean": 1.0}
    folds = tuple(
        FoldFigures(fold=i, clients=24000, auc=auc, refusal_rate=0.3, cost_per_client=0.5, **figures)
        for i, auc in ((1, 0.7612), (2, 0.7534))
    )
    report = manifest.report.model_copy(
        update={"bins": counts, "folds": folds, "fairness": manifest.report.fairness[:1]}
    )
    return Model(few.model_copy(update={"report": report}), probability)


@pytest.fixture(scope="module")
def pages(model):
    """Write the document in both languages."""
    return {language: write_document(model, take_figures(model.manifest), language) for language in ("en", "fr")}


class Reader(HTMLParser):
    """What a browser would find: tags that load something, identifiers, alternative texts, text of the page."""

    def __init__(self, page):
        super().__init__()
        self.loaded, self.ids, self.alternatives, self.said = [], [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.loaded += [found[name] for name in ("src", "href") if name in found]
        self.ids += [found["id"]] if "id" in found else []
        self.alternatives += [found.get("alt", "")] if tag == "img" else []

    def handle_data(self, data):
        self.said.append(data)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_document_is_one_file_with_every_section(pages, language):
    page = Reader(pages[language])
    assert tuple(page.ids) == SECTIONS
    pictures = [one for one in page.loaded if not one.startswith("#")]
    assert all(one.startswith("data:image/svg+xml;base64,") for one in pictures)
    assert len(page.alternatives) == len(pictures) == 3 + 3  # terms; calibration, costs, fairness
    assert all(page.alternatives)
    drawn = base64.b64decode(pictures[0].partition(",")[2]).decode()
    assert "<svg" in drawn
    assert "<dc:date>" not in drawn
    assert "<script" not in pages[language]
    text = "".join(page.said)
    assert not re.search(r"\bNone\b|\bnan\b|{\w+}", text)
    assert ("Ancienneté dans" in text) is (language == "fr")


@pytest.mark.parametrize(
    ("family", "level", "said"),
    [
        ("scorecard", 0.05, "were joined unless their default rates differed at a level of 5.0%."),
        ("scorecard", 1.0, "no bins were joined because of similar default rates."),
        ("scorecard", None, None),
        ("shaped scorecard", 0.05, None),
    ],
)
def test_the_level_at_which_bins_were_joined_is_told(model, family, level, said):
    manifest = model.manifest
    training = manifest.training.model_copy(update={"max_pvalue": level})
    facts = manifest.model.model_copy(update={"family": family})
    other = manifest.model_copy(update={"training": training, "model": facts})
    told = "".join(_joined(other, DocumentTexts("en", manifest.input_schema)))
    assert (said in told) if said else told == ""


def test_the_same_model_gives_the_same_bytes(model, pages):
    assert write_document(model, take_figures(model.manifest), "en") == pages["en"]


def test_terms_and_folds_have_their_figures(pages):
    text = " ".join(Reader(pages["en"]).said)
    assert "External score 3 (outside provider) (EXT_SOURCE_3)" in text
    assert "A lower value is riskier. This is also what the schema states" in text
    assert "The term alone ranks in the right direction in 1 of 2 folds (AUC from 0.400 to 0.600)." in text
    assert "0.7612" in text
    assert "two neighbouring bins were joined unless" in text
    assert "Information value: 0.0000." in text  # every bin has the same default rate
    assert "holds nothing" not in text.replace("A section about which it holds nothing says so.", "")


def test_sections_about_which_the_manifest_holds_nothing_say_so(model):
    bare = model.manifest.model_copy(update={"report": None, "choice": None})
    text = " ".join(Reader(write_document(Model(bare, model.probability), take_figures(bare), "en")).said)
    assert text.count("The manifest holds nothing about this.") >= 3  # benchmarks, fairness, sensitivity
    assert "it was made by an earlier version. Train the model again to get it." in text
    assert "The manifest does not hold counts by bin. To get them, train the model again" in text
    assert write_document(Model(bare, model.probability), take_figures(bare), "en") == write_document(
        Model(bare.model_copy(update={"report": Report()}), model.probability), take_figures(bare), "en"
    )


def test_a_model_without_bins_says_so(model):
    other = Model(model.manifest, lambda rows: rows[:, 0])
    assert "This model has no bins" in write_document(other, take_figures(other.manifest), "en")


def test_of_a_plain_regression_only_columns_with_bins_are_shown_and_the_document_says_so(model):
    plan = model.manifest.plan
    number = NumberColumn(name="AMT_CREDIT", source="AMT_CREDIT", fill=0.0)
    mixed = replace(plan, columns=(*plan.columns, number))
    manifest = model.manifest.model_copy(update={"plan": mixed, "features": tuple(mixed.feature_names())})
    plain = Model(manifest, FusedLogistic(np.array([0.5, 0.4, -0.3, 0.1]), 0.1))
    text = " ".join(Reader(write_document(plain, take_figures(manifest), "en")).said)
    assert "Of the 4 columns of this model, the 3 that have bins are shown" in text
    assert "If the coefficient is below 0, a higher weight is less risky." in text
    assert "Each term is shown" not in text


def test_the_change_log_says_that_the_fairest_model_was_asked_for(model):
    choice = model.manifest.choice.model_copy(update={"fairest": True, "champion": "scorecard without CODE_GENDER"})
    manifest = model.manifest.model_copy(update={"choice": choice})
    text = " ".join(Reader(write_document(replace(model, manifest=manifest), take_figures(manifest), "en")).said)
    said = "Chosen: scorecard without Gender, the fairest of the equally good models that are fairer"
    before, changes = text.split("The manifest knows this model only")
    assert said in before
    assert said in changes


def test_both_languages_have_every_text_with_the_same_places_to_fill():
    assert set(document_texts("fr")) == set(document_texts("en"))
    for name, text in document_texts("fr").items():
        assert text
        assert document_texts("en")[name]
        assert set(re.findall(r"{(\w+)}", text)) == set(re.findall(r"{(\w+)}", document_texts("en")[name])), name
        assert not re.search(r" [:;?!»%]|« ", text), name


def test_what_was_read_of_a_table_is_told_in_the_language_of_the_document(model, tmp_path):
    days = pd.date_range("2020-01-01", periods=200).strftime("%Y-%m-%d")
    names = {f"note {i}" for i in range(200)}
    unusable = {"day": days, "account": np.arange(200) + 10**16, "note": sorted(names), "mine": 1.5, "other": 2.5}
    clients = pd.DataFrame({"id": np.arange(200) + 1000, "bad": [0, 1] * 100, "debt": np.arange(200) / 7, **unusable})
    clients.assign(weight=1.0, when=days).to_csv(tmp_path / "clients.csv", index=False)
    options = {"weights": "weight", "time": "when", "drop": ["mine"], "keep": ["debt", "day", "account", "note"]}
    schema = read_flat(tmp_path / "clients.csv", ColumnOptions("bad", "id", **options)).schema
    assert len(schema.left_out) == len(schema.left_out_codes) == 7
    notes = [
        *(Note(key, {"count": 3, "rows": 200}) for key in ("note_errors", "note_unknown_outcome")),
        Note("note_unknown_columns", {"columns": Note("and_more", {"names": ["a", "b"], "count": 3})}),
        Note("note_unseen", {"field": "x", "count": 2, "rows": 9, "categories": Note("and_others", {"names": ["k"]})}),
        *(Note(key, {"columns": [Note("no_name")]}) for key in ("note_case", "note_no_history")),
        Note("note_no_percent", {"field": "rate"}),
    ]
    by_earlier_release = {"old": "holds dates"}
    left_out = {"left_out": schema.left_out | by_earlier_release, "left_out_codes": schema.left_out_codes}
    manifest = model.manifest
    plan = replace(manifest.plan, missing_values={"old": ("none", "own")})
    schema_now = manifest.input_schema.model_copy(update=left_out)
    changed = manifest.model_copy(update={"input_schema": schema_now, "plan": plan})
    measured = replace(take_figures(manifest), warnings=tuple(notes))
    page = " ".join(Reader(write_document(replace(model, manifest=changed), measured, "fr")).said)
    assert [told for told in (*schema.left_out.values(), *map(str, notes)) if told in page] == []
    for told in (
        "Colonnes inconnues, ignorées\u00a0: a, b et 3 de plus",
        "x\u00a0: catégories que l’entraînement n’a pas vues dans 2 des 9 lignes\u00a0: k et d’autres",
        "Colonnes lues par leur nom, aux majuscules près\u00a0: (sans nom)",
        "colonne écartée\u00a0: note (contient 200 textes différents dans 200 lignes)",
        "colonne écartée\u00a0: mine (par --drop)",
        "colonne écartée\u00a0: old (holds dates)",
        "old\u00a0: valeurs traitées comme manquantes\u00a0: none, own",  # as they are in the table
    ):
        assert told in page


def column(weights, rates, riskier=None, scale=1.0, aucs=()):
    term = Term("age", Text(en="Age", fr="Âge"), "years", "age", (0,), frozenset(), riskier=riskier, scale=scale)
    ends = [None, *range(1, len(weights)), None]
    rows = tuple(
        BinRow(Bin(Text(en="", fr=""), weight, low=ends[i], high=ends[i + 1]), *(None,) * 3, rate, *(None,) * 4)
        for i, (weight, rate) in enumerate(zip(weights, rates, strict=True))
    )
    return ColumnRow(term, "age", 0.5, rows, None, aucs)


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (column([0.3, 0.1, -0.2], [None] * 3, "lower"), ["direction_lower", "stated_lower"]),
        (column([0.3, 0.1, -0.2], [None] * 3, "higher"), ["direction_lower", "stated_higher_against"]),
        (column([0.3, 0.1, -0.2], [None] * 3, "higher", scale=-1.0), ["direction_higher", "stated_higher"]),
        (column([0.3, 0.1, 0.2], [None] * 3), ["direction_mixed", "direction_learnt"]),
        (column([0.1, 0.1], [None] * 2), ["direction_flat", "direction_learnt"]),
    ],
)
def test_the_reason_for_a_direction_names_the_schema_and_what_speaks_against_it(model, one, expected):
    texts = DocumentTexts("en", model.manifest.input_schema)
    assert list(explain_direction(one, texts)) == [texts.say(name) for name in expected]


def test_a_number_that_is_a_code_has_no_direction_and_its_frequent_bins_are_shown(model):
    texts = DocumentTexts("en", model.manifest.input_schema)
    coded = column([0.3, 0.1, 0.2], [None] * 3, "lower")._replace(codes=1200)
    (said,) = explain_direction(coded, texts)
    assert said.startswith("This number is read as a code: 1,200 frequent values")
    plan = model.manifest.plan
    first = next(one for one in plan.columns if one.name == "EXT_SOURCE_3")
    edges = tuple(float(i) for i in range(60))
    many = replace(first, edges=edges, values=tuple(0.01 * i for i in range(61)), codes=edges)
    wide = replace(plan, columns=tuple(many if one is first else one for one in plan.columns))
    clients = (*range(1, 62), 0)
    steady = CodeFigures.model_validate({**dict.fromkeys(CodeFigures.model_fields, 1), "term": "EXT_SOURCE_3"})
    report = model.manifest.report.model_copy(
        update={"bins": {"EXT_SOURCE_3": BinCounts(clients=clients, defaults=(0,) * 62)}, "codes": (steady,)}
    )
    manifest = model.manifest.model_copy(update={"plan": wide, "report": report})
    text = write_document(Model(manifest, model.probability), take_figures(manifest), "en")
    assert "<h3>Numbers read as codes</h3>" in text
    assert "Only the 24 most frequent bins are shown, of 62; the command tables lists them all." in text
    table = text[text.index("(EXT_SOURCE_3)") :].partition("</table>")[0]
    assert [int(one) for one in re.findall(r"</th><td>(\d+)</td>", table)] == [*range(38, 62)]


def test_neighbouring_bins_in_the_opposite_order_are_counted():
    assert count_reversals(column([0.3, 0.1, -0.2], [0.2, 0.25, 0.1]).bins) == (1, 2)
    assert count_reversals(column([0.3, 0.1, 0.1], [0.2, 0.1, 0.15]).bins) == (0, 1)
    assert count_reversals(column([0.3, 0.1], [None, 0.1]).bins) is None


def test_the_command_replaces_its_own_documents_only(project, tmp_path, monkeypatch):
    monkeypatch.setattr("scoring.validation.validation_document.write_document", lambda *_: f"{BEGINNING}\n")
    for language in ("fr", "en"):
        written = run_command("document", project, "--language", language, "--out", "d.html", cwd=tmp_path)
        assert written.returncode == 0, written.stderr
    (tmp_path / "mine.html").write_text("<p>mine", encoding="utf-8")
    refused = run_command("document", project, "--out", "mine.html", cwd=tmp_path)
    assert (refused.returncode, "an earlier document of this command" in refused.stderr) == (1, True)
    assert (tmp_path / "mine.html").read_text(encoding="utf-8") == "<p>mine"
    wrong = run_command("document", project, "--out", "e.html", "--table", "t", cwd=tmp_path)
    assert (wrong.returncode, "--table: needs --data" in wrong.stderr) == (2, True)


def test_the_document_begins_so_that_it_can_be_replaced(pages):
    assert all(page.startswith(BEGINNING) for page in pages.values())
