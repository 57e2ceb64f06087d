"""The plots of the docs show what the bundled model and the newest benchmarks say."""

import pytest
from PIL import Image

from tools.site import pictures


@pytest.fixture(scope="module")
def listed():
    return pictures.list_pictures()


def test_every_picture_shows_what_the_files_say_now(listed):
    old = []
    for name, (shown, _draw) in listed.items():
        with Image.open(pictures.IMAGES / f"{name}.png") as picture:
            old += [name] if picture.text["Description"] != pictures.digest(shown) else []
    assert old == [], "draw them again: python -m tools.site.pictures"


def test_the_pictures_can_be_drawn(listed, tmp_path):
    for name in ("cost_curve", "points", "benchmarks"):
        figure = listed[name][1]()
        assert figure.axes
        figure.savefig(tmp_path / f"{name}.png", dpi=40)
