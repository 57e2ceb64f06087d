import pytest

from scoring.model_card.card import build_card, card_as_markdown
from scoring.model_card.card_texts import CardTexts
from scoring.model_card.drawing import Axis
from scoring.model_card.plots import draw_costs
from scoring.storage.artefacts import load_probability, read_manifest
from scoring.storage.checksums import verified_files


@pytest.fixture(scope="module")
def manifest(project):
    return read_manifest(project / "modele_retenu.json")


@pytest.fixture(scope="module")
def plots(manifest, project):
    """Plots of the bundled model's card by the name of their section."""
    card = build_card(manifest, "fr", load_probability(manifest, verified_files(project, manifest)))
    return {one.name: [plot for part in one.parts for plot in part.plots] for one in card.sections}


def test_every_figure_lies_on_its_drawing(plots):
    drawn = [plot for some in plots.values() for plot in some]
    assert len(drawn) == 1 + 1 + 6 + 3  # calibration, costs, shapes, fairness
    for plot in drawn:
        places = [*plot.line, *(end for mark in plot.marks for end in (mark.place, *mark.ends))]
        assert places
        assert all(0 <= number <= 100 for place in places for number in place), plot.title
        assert plot.title
        assert plot.description


def test_the_points_of_a_calibration_are_the_manifests(plots, manifest):
    (plot,) = plots["calibration"]
    bins = manifest.report.reliability
    assert len(plot.marks) == len(bins)
    on_scale = [mark.place[0] / (100 - mark.place[1]) for mark in plot.marks]  # both axes are the same
    assert on_scale == pytest.approx([one.predicted / one.observed for one in bins], rel=0.01)


def test_the_threshold_stands_where_the_curve_of_costs_is_nearly_lowest(plots, manifest):
    (plot,) = plots["decisions"]
    assert len(plot.line) == len(manifest.threshold.cost_curve)
    (threshold,) = plot.lines
    assert plot.area[0] <= threshold[0][0] <= plot.area[1]
    lowest = max(plot.line, key=lambda place: place[1])  # from the top
    assert plot.area[0] <= lowest[0] <= plot.area[1]
    first, cost = manifest.threshold.cost_curve[0]
    assert first == 0.01
    assert plot.rows[0] == ("1,0\u202f%", f"{cost:.3f}".replace(".", ","))


def test_a_threshold_beyond_the_curve_of_costs_lies_on_the_drawing(manifest):
    served = manifest.threshold.model_copy(update={"calibrated": 0.75})
    plot = draw_costs(manifest.model_copy(update={"threshold": served}), CardTexts("en", manifest.input_schema))
    ((place, _), _, _) = plot.lines[0]
    assert 0 < place < 100


def test_ages_are_drawn_in_their_order_beside_the_four_fifths_line(plots, manifest):
    ages = plots["fairness"][-1]
    names = [mark.name for mark in ages.marks]
    assert names[0] == "moins de 25 ans"
    assert names[-1] == "65 ans et plus"
    four_fifths = ages.lines[0][0][0]
    assert [mark.name for mark in ages.marks if mark.place[0] < four_fifths] == ["moins de 25 ans"]
    (youngest,) = [one for one in manifest.report.fairness[-1].groups if one.group == "under 25"]
    assert ages.marks[0].value.startswith(f"{youngest.acceptance_ratio.value:.2f}".replace(".", ","))


def test_a_better_bin_has_a_longer_bar(plots):
    for plot in plots["points"]:
        points = [int(mark.value.replace("\u2212", "-")) for mark in plot.marks]
        lengths = [mark.ends[1][0] for mark in plot.marks]
        assert sorted(lengths) == [length for _, length in sorted(zip(points, lengths, strict=True))]


def test_what_the_manifest_does_not_have_is_left_out(manifest):
    without = manifest.threshold.model_copy(update={"cost_curve": ()})
    card = build_card(manifest.model_copy(update={"report": None, "threshold": without}), "en")
    assert [plot for section in card.sections for part in section.parts for plot in part.plots] == []


def test_the_markdown_file_has_tables_only(manifest):
    assert "Nearly the lowest cost" not in card_as_markdown(manifest)


def test_an_axis_of_one_number_has_two_ends():
    axis = Axis.around([1.0])
    assert axis.low < axis.high


def test_a_ratio_that_cannot_be_computed_leaves_the_plot_out(manifest):
    first = manifest.report.fairness[0]
    groups = (first.groups[0], first.groups[1].model_copy(update={"acceptance_ratio": None}))
    report = manifest.report.model_copy(update={"fairness": (first.model_copy(update={"groups": groups}),)})
    card = build_card(manifest.model_copy(update={"report": report}), "en")
    assert [plot for one in card.sections if one.name == "fairness" for part in one.parts for plot in part.plots] == []
