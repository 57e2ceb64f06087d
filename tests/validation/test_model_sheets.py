import json
import zipfile

import openpyxl
import pytest

from scoring.model.calibration import Scaling
from scoring.model.report import BinCounts, SwapCell, SwapSet
from scoring.readable.points import points_table
from scoring.readable.terms import group_into_terms
from scoring.storage.artefacts import load_probability, read_manifest
from scoring.storage.checksums import verified_files
from scoring.validation.excel import Column, Sheet, is_own_workbook, write_workbook
from scoring.validation.figures import Model, Table, list_cut_offs, measure_figures, take_figures
from scoring.validation.model_sheets import make_sheets
from scoring.validation.term_rows import list_columns, weigh
from tests.commands import run_command
from tools.synthetic.history.write import write


@pytest.fixture(scope="module")
def model(project):
    manifest = read_manifest(project / "modele_retenu.json")
    return Model(manifest, load_probability(manifest, verified_files(project, manifest)))


@pytest.fixture(scope="module")
def labelled(tmp_path_factory):
    """Write a folder with 800 synthetic applications and their outcomes."""
    folder = tmp_path_factory.mktemp("labelled")
    write(folder, 800, 11, histories=False)
    return folder


def with_report(model, **report):
    changed = model.manifest.report.model_copy(update=report)
    return Model(model.manifest.model_copy(update={"report": changed}), model.probability)


def sheets_of(model, figures=None, scaling=None):
    made = make_sheets(model, figures or take_figures(model.manifest), scaling or model.manifest.scaling)
    return {sheet.name: sheet for sheet in made}


def by_name(sheet):
    return [dict(zip([one.name for one in sheet.columns], row, strict=True)) for row in sheet.rows]


def test_weights_and_information_are_those_worked_out_by_hand():
    # shares of defaults .75 and .25, of repaid credits .25 and .75: ln 3 and -ln 3, each with half of (.5 * ln 3) * 2
    weights = weigh(BinCounts(clients=(400, 400, 0), defaults=(300, 100, 0)))
    assert weights == [
        (pytest.approx(1.0986123), pytest.approx(0.5493061)),
        (pytest.approx(-1.0986123), pytest.approx(0.5493061)),
        (None, None),
    ]
    # half a default of 10, and 10 of 90 repaid credits: ln(.05 * 9)
    (pure, _), _ = weigh(BinCounts(clients=(10, 90), defaults=(0, 10)))
    assert pure == pytest.approx(-0.7985077)


def test_every_bin_has_its_counts_and_its_points(model):
    plan = model.manifest.plan
    first = list_columns(model.manifest, model.probability, {}, Scaling())[0]
    size = len(first.bins)
    counts = BinCounts(clients=(100,) * size, defaults=(40, *(10,) * (size - 1)), aucs=(0.6, None, 0.7))
    sheets = sheets_of(with_report(model, bins={first.name: counts}))
    rows = by_name(sheets["Bins"])
    terms = group_into_terms(plan, model.manifest.input_schema, {})
    points = points_table(plan, terms, model.probability, model.manifest.calibration)
    assert [row["Points"] for row in rows] == [one.points for one in points]
    assert [row["Weight of evidence, in the model"] for row in rows] == [one.weight for one in points]
    assert (rows[0]["Clients"], rows[0]["Defaults"], rows[0]["Default rate"]) == (100, 40, 0.4)
    assert rows[0]["Share of clients"] == pytest.approx(1 / size)
    assert rows[size]["Clients"] is None
    terms = by_name(sheets["Terms"])
    assert terms[0]["Information value"] == pytest.approx(sum(part for _, part in weigh(counts)))
    assert (terms[0]["AUC alone, worst fold"], terms[0]["AUC alone, best fold"]) == (0.6, 0.7)
    assert terms[1]["Information value"] is None
    assert len(terms) == len(plan.columns)


def test_counts_of_another_number_of_bins_are_not_shown(model):
    first = list_columns(model.manifest, model.probability, {}, Scaling())[0]
    wrong = {first.name: BinCounts(clients=(1, 2), defaults=(0, 1))}
    assert list_columns(model.manifest, model.probability, wrong, Scaling())[0] == first


def test_the_strategy_has_the_costs_of_the_report(model):
    cut_offs = list_cut_offs(take_figures(model.manifest), model.manifest)
    (served,) = [one for one in cut_offs if one.approval.served]
    metrics = model.manifest.metrics["out_of_fold"]
    assert served.cost_per_client == pytest.approx(metrics["cost_per_client"].value)
    assert served.caught == pytest.approx(metrics["recall"].value)
    assert served.refused_default_rate == pytest.approx(metrics["precision"].value)
    assert cut_offs[-1].cost_per_client == pytest.approx(metrics["cost_accept_all"].value)
    assert cut_offs[-1].refused_default_rate is None


def test_cut_offs_are_told_in_points_too(model):
    rows = by_name(sheets_of(model, scaling=Scaling(base_score=500, base_odds=1, double_odds=10))["Score bands"])
    # odds of default double from band to band, and odds of 1 / 2 are band F's end: 10 points for each doubling
    assert [row["Score above"] for row in rows] == [
        *(pytest.approx(560 - 10 * i) for i in range(6)),
        None,
    ]
    assert rows[0]["Score up to"] is None


def test_what_is_missing_is_named_with_the_way_to_get_it(model):
    told = [row["Value"] for row in by_name(sheets_of(with_report(model, bins={}, swap=None))["About"])]
    assert any("by bin: not in the manifest; train the model again, or give a table" in str(one) for one in told)
    assert any(str(one).startswith("swap set: give another model (--against)") for one in told)
    cell = SwapCell(clients=3, share=0.5, defaults=1, default_rate=None)
    cells = dict.fromkeys(("both_accepted", "swapped_in", "swapped_out", "both_refused"), cell)
    swap = SwapSet(before="lightgbm", after="scorecard", **cells)
    sheets = sheets_of(with_report(model, swap=swap))
    assert [row[0] for row in sheets["Swap set"].rows][1] == "refused by lightgbm, accepted by scorecard"
    assert "swap set" not in str(sheets["About"].rows)


def test_a_model_of_another_family_has_no_terms_and_says_so(model):
    trees = Model(model.manifest, lambda rows: rows[:, 0])
    sheets = sheets_of(trees)
    assert set(sheets) == {"About", "Gains", "Score bands", "Strategy", "Costs"} | ({"Folds"} & set(sheets))
    assert "only a scorecard or a logistic regression has them" in str(sheets["About"].rows)


def test_figures_are_measured_on_a_table_with_outcomes(model, labelled):
    figures = measure_figures(model, Table(labelled))
    assert sum(row.clients for row in figures.report.gains) == 800
    for counts in figures.report.bins.values():
        assert sum(counts.clients) == 800
        assert sum(counts.defaults) == round(800 * figures.default_rate)
    sheets = sheets_of(model, figures)
    assert set(sheets) == {"About", "Terms", "Bins", "Gains", "Score bands", "Strategy", "Costs"}
    shown = dict(sheets["About"].rows)
    assert (shown["Figures are of"].partition(".")[0], shown["Clients measured"]) == ("application_train", 800)
    assert all(row[-1] is None or isinstance(row[-1], int) for row in sheets["Bins"].rows)


def test_a_workbook_is_the_same_bytes_each_time_and_opens_with_numbers(model, tmp_path):
    sheets = make_sheets(model, take_figures(model.manifest), Scaling())
    content = write_workbook(sheets)
    assert write_workbook(sheets) == content
    (tmp_path / "tables.xlsx").write_bytes(content)
    book = openpyxl.load_workbook(tmp_path / "tables.xlsx")
    assert book.sheetnames == [sheet.name for sheet in sheets]
    for page, sheet in zip(book.worksheets, sheets, strict=True):
        assert page.freeze_panes == "A2"
        assert [cell.value for cell in page[1]] == [column.name for column in sheet.columns]
        for written, row in zip(page.iter_rows(min_row=2), sheet.rows, strict=True):
            for cell, one in zip(written, row, strict=True):
                assert cell.value == (one if one is None or isinstance(one, str) else pytest.approx(one))
                assert cell.data_type == ("s" if isinstance(one, str) else "n")
        assert all(7 <= one.width <= 80 for one in page.column_dimensions.values())


@pytest.mark.parametrize("text", ["=1+1", "+A1", "@SUM(A1)", "-2", "{=A1}", "http://example.org"])
def test_no_text_becomes_a_formula_or_a_link(text, tmp_path):
    (tmp_path / "t.xlsx").write_bytes(write_workbook([Sheet("S", (Column(text),), ((text,),))]))
    page = openpyxl.load_workbook(tmp_path / "t.xlsx").active
    for cell in (page["A1"], page["A2"]):
        assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)
    assert page["A2"].quotePrefix


def test_only_a_workbook_of_the_command_is_replaced(tmp_path):
    (tmp_path / "own.xlsx").write_bytes(write_workbook([Sheet("S", (Column("a"),), ((1,),))]))
    openpyxl.Workbook().save(tmp_path / "other.xlsx")
    with zipfile.ZipFile(tmp_path / "any.xlsx", "w") as book:
        book.writestr("a", "b")
    (tmp_path / "text.xlsx").write_text("a")
    (tmp_path / "empty.xlsx").touch()
    names = ("own", "other", "any", "text", "empty")
    assert [is_own_workbook(tmp_path / f"{name}.xlsx") for name in names] == [True, False, False, False, True]


def test_the_command_compares_two_models_on_a_table(project, folder, labelled, tmp_path):
    manifest = json.loads((folder / "modele_retenu.json").read_text(encoding="utf-8"))
    manifest["threshold"]["value"] = 1.0  # refuses nobody
    (folder / "modele_retenu.json").write_text(json.dumps(manifest), encoding="utf-8")
    arguments = ("tables", project, "--data", labelled, "--against", folder, "--base-score", 0, "--out")
    first = run_command(*arguments, "a.xlsx", cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    assert "Swap set" in first.stdout
    assert run_command(*arguments, "b.xlsx", cwd=tmp_path).returncode == 0
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    book = openpyxl.load_workbook(tmp_path / "a.xlsx", read_only=True)
    cells = {row[0]: row[1] for row in book["Swap set"].iter_rows(min_row=2, values_only=True)}
    accepted, swapped_in, swapped_out, refused = cells.values()
    assert (accepted + swapped_out, swapped_in, refused) == (800, 0, 0)
    assert 0 < swapped_out < 800
    assert dict(book["About"].iter_rows(values_only=True))["Points at the base odds"] == 0


@pytest.mark.parametrize(
    ("arguments", "code", "expected"),
    [
        (("--out", "a.csv"), 2, "expected a file that ends in .xlsx"),
        (("--out", "a.xlsx", "--against", "."), 2, "--against: needs --data"),
        (("--out", "a.xlsx", "--decimal", "comma"), 2, "--decimal: needs --data"),
        (("--out", "note.xlsx"), 1, "exists, and is not an earlier workbook of this command"),
        (("--out", "none/a.xlsx"), 1, "cannot be written"),
        (("--out", "a.xlsx", "--data", "few.csv"), 1, "valid rows have the rarer outcome (column TARGET)"),
    ],
)
def test_the_command_says_what_it_expects(project, tmp_path, labelled, arguments, code, expected):
    (tmp_path / "note.xlsx").write_text("mine")
    lines = (project / "applications_sample.csv").read_text(encoding="utf-8").splitlines()[:30]
    (tmp_path / "few.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    ended = run_command("tables", project, *arguments, cwd=tmp_path)
    assert ended.returncode == code
    assert expected in ended.stderr


def test_a_folder_without_a_manifest_is_named(tmp_path):
    (tmp_path / "empty").mkdir()
    ended = run_command("tables", "empty", "--out", "a.xlsx", cwd=tmp_path)
    assert (ended.returncode, "no modele_retenu.json found" in ended.stderr) == (1, True)
