"""Where marks and their words stand, and what is said of a picture; without Qt."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.core.camera import Camera
from arviz.core.frames import look_at, orbit_direction
from arviz.core.image import Image
from arviz.flows.preview_shot import Cut, Opened, Seen, Shot
from arviz.render.inspection import Scale
from arviz.viewer.command import Given
from arviz.viewer.notes import legend, notes
from arviz.viewer.overlay import Box, Mark, clipped, dimension_marks, label_boxes
from arviz.viewer.state import State
from arviz.viewer.words import LANGUAGES

WIDTH, HEIGHT = 800.0, 500.0
FILE = Path("sofa.glb")
NUMBERS = st.floats(-2000, 2000)
POINTS = st.tuples(NUMBERS, NUMBERS)
MARKS = st.lists(st.builds(Mark, POINTS, POINTS, st.sampled_from(["", "790 mm", "2180 mm"]), st.just("dimension")), max_size=6)


def extent(text: str) -> tuple[float, float]:
    return 8.0 * len(text), 18.0


@given(MARKS)
def test_words_lie_in_the_picture_and_do_not_cover_one_another(marks):
    shown = [part for mark in marks if (part := clipped(mark, width=WIDTH, height=HEIGHT)) is not None]
    taken = Box(0, 400, 300, 100)
    boxes = [box for box in label_boxes(shown, width=WIDTH, height=HEIGHT, extent=extent, taken=[taken]) if box is not None]
    for box in boxes:
        assert box.x >= 0
        assert box.y >= 0
        assert box.x + box.width <= WIDTH
        assert box.y + box.height <= HEIGHT
    everything = [taken, *boxes]
    assert not any(a.meets(b) for i, a in enumerate(everything) for b in everything[:i])


@given(POINTS, POINTS)
def test_the_clipped_part_is_the_part_in_the_picture(start, end):
    """Against a thousand points of the line."""
    part = clipped(Mark(start, end, "", "ruler"), width=WIDTH, height=HEIGHT)
    points = np.linspace(start, end, 1001)
    inside = ((points > 0) & (points < (WIDTH - 1, HEIGHT - 1))).all(axis=1)
    if part is None:
        assert not inside.any()
        return
    ends = np.array([part.start, part.end])
    assert (ends > -1e-6).all()
    assert (ends < np.array([WIDTH, HEIGHT]) - 1 + 1e-6).all()
    low, high = ends.min(axis=0) - 1e-6, ends.max(axis=0) + 1e-6
    assert ((points[inside] >= low) & (points[inside] <= high)).all()


def test_a_label_stands_in_the_middle_of_its_line_where_nothing_else_does():
    mark = Mark((100, 100), (300, 200), "790 mm", "dimension")
    (box,) = label_boxes([mark], width=WIDTH, height=HEIGHT, extent=extent)
    assert box is not None
    assert (box.x + box.width / 2, box.y + box.height / 2) == (200, 150)


@pytest.mark.parametrize("azimuth", np.linspace(0, 2 * np.pi, 13))
@pytest.mark.parametrize("polar", [0.01, 0.7, 1.3, np.pi / 2])
def test_every_dimension_keeps_its_words_from_every_side(azimuth, polar):
    size = np.array([2.18, 0.79, 1.02])
    camera = Camera.from_fov(vertical_fov_rad=0.6, width_px=800, height_px=500)
    pose = look_at(5 * orbit_direction(azimuth, polar), np.zeros(3))
    seen = Seen(Image(pixels=np.zeros((500, 800, 3), np.uint8)), camera, pose, np.stack([-size, size]) / 2)
    marks = dimension_marks(seen, size)
    shown = [part for mark in marks if (part := clipped(mark, width=WIDTH, height=HEIGHT)) is not None]
    boxes = label_boxes(shown, width=WIDTH, height=HEIGHT, extent=extent)
    assert {mark.text for mark in shown} == {"2180 mm", "790 mm", "1020 mm"}
    assert None not in boxes


def given_of(*, size=(2.18, 0.79, 1.02), listed=None, inspect="shaded") -> Given:
    opened = Opened(file=FILE, size_m=size, variants=(), animations=(), parts=(), triangles=12, findings=())
    listings = () if listed is None else ((FILE, listed),)
    return Given(State(files=(FILE,), shot=Shot(file=FILE, inspect=inspect), listed_m=listings), opened)


def seen_with(**more) -> Seen:
    camera = Camera.from_fov(vertical_fov_rad=0.6, width_px=8, height_px=5)
    return Seen(Image(pixels=np.zeros((5, 8, 3), np.uint8)), camera, np.eye(4), np.zeros((2, 3)), **more)


def test_a_listed_size_is_said_side_by_side():
    lines = notes(seen_with(), given_of(listed=(2.0, 0.79, 1.02)), "en")
    assert [line.kind for line in lines] == ["bad", "bad", "good", "good"]
    assert lines[1].text == "Width 2180 mm, +180 mm (+9.0 %)"
    assert lines[3].text == "Height 790 mm, 0 mm (0.0 %)"
    swapped = notes(seen_with(), given_of(listed=(2.18, 1.02, 0.79)), "en")
    assert "another order" in swapped[-1].text
    assert [line.kind for line in notes(seen_with(), given_of(listed=(2.2, 0.8, 1.0)), "en")] == ["good"] * 4


@pytest.mark.parametrize("language", LANGUAGES)
def test_units_stand_with_every_number(language):
    dense = Scale("texel_density", ((0, 0, 0), (255, 255, 255)), 4096.0, 16384.0, 5000.0, 8200.0, 9000.0)
    coarse = dense._replace(low=32.0, high=128.0, least=50.0, median=64.0, most=70.0)
    assert "82 px/cm" in notes(seen_with(scale=dense), given_of(), language)[0].text
    assert "64 px/m" in notes(seen_with(scale=coarse), given_of(), language)[0].text
    assert "px / 1" in notes(seen_with(scale=coarse), given_of(size=None), language)[0].text
    bar = legend(seen_with(scale=coarse), given_of(), language)
    assert bar is not None
    assert bar.title.endswith("px/m")
    assert [text for _, text in bar.ticks] == ["32", "64", "128"]
    cut = Cut("x", 1.09, 0.25, 0.4)
    first, second = notes(seen_with(cut=cut), given_of(), language)
    assert "x = 1090 mm" in first.text
    assert "2,500 cm²" in first.text
    assert "400 mm" in second.text
    assert "mm" not in notes(seen_with(cut=cut), given_of(size=None), language)[0].text


@pytest.mark.parametrize("mode", ["uv", "texel_density"])
def test_what_is_grey_is_explained(mode):
    (line,) = notes(seen_with(bare=True), given_of(inspect=mode), "en")
    assert line.text.startswith("grey")
