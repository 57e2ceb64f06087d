import io

import numpy as np
import pandas as pd
import pytest

from scoring.home_credit import input_schema
from scoring.home_credit.applications import read_applications
from tests.training.conftest import png
from tools.exploration import plots, tables
from tools.synthetic.history.write import write


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    schema = input_schema.load_schema()
    folder = tmp_path_factory.mktemp("synthetic")
    write(folder, 1500, 3, histories=False)
    applications = read_applications(folder, schema, keep_markers=True)
    target = applications["TARGET"].to_numpy()
    known = tables.clean_values(applications, schema)
    pages = {name: tables.tabulate_default_rates(known[name], target) for name in known.columns[:8]}
    records = pd.DataFrame(
        {
            "records": ["credits"],
            "none": [0.14],
            "quarter": [2.0],
            "median": [5.0],
            "three_quarters": [8.0],
            "most": [14],
        }
    )
    numbers = known[["AMT_CREDIT", "AMT_ANNUITY", "EXT_SOURCE_2"]]
    return {
        "missing": plots.plot_missing(tables.count_missing(applications, schema)),
        "default_rates": plots.plot_default_rates(pages, target.mean()),
        "one page": plots.plot_default_rates({"AMT_CREDIT": pages["AMT_CREDIT"]}, target.mean()),
        "correlations": plots.plot_correlations(numbers.corr("spearman")),
        "records": plots.plot_records(records),
    }


def test_every_panel_says_what_it_shows(drawn):
    for name, figure in drawn.items():
        panels = [axes for axes in figure.axes if axes.axison and axes.get_label() != "<colorbar>"]
        assert panels, name
        assert all(axes.get_title() for axes in panels), name


def test_every_plot_is_drawn_in_greys_only(drawn):
    from matplotlib.image import imread

    for name, figure in drawn.items():
        picture = imread(io.BytesIO(png(figure)))
        assert np.ptp(picture[:, :, :3], axis=2).max() < 0.01, name


def test_panels_of_a_page_share_their_scale_and_every_group_has_its_line(drawn):
    panels = [axes for axes in drawn["default_rates"].axes if axes.axison]
    assert len(panels) == 8
    assert len({axes.get_xlim() for axes in panels}) == 1
    for axes in panels:
        assert axes.get_ylim()[0] >= len(axes.get_yticks()) - 0.5


def test_correlations_are_written_into_the_lower_half(drawn):
    axes = drawn["correlations"].axes[0]
    assert len(axes.texts) == 3
    assert [text.get_text() for text in axes.get_yticklabels()] == ["AMT_ANNUITY", "EXT_SOURCE_2"]
