"""A sheet says the same as SVG and as pixels: shapes where they were put, words upright, nothing that breaks the file."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arviz.flows.sheet import Sheet, arc

SVG = "{http://www.w3.org/2000/svg}"


def squares():
    """Return a sheet 4 x 2 m with a red square of 1 m in its upper left corner and a blue one in the middle."""
    sheet = Sheet()
    sheet.path([[0, 0], [4, 0], [4, 2], [0, 2]], closed=True, stroke="#000000")
    for corner, colour in (((0, 0), "#ff0000"), ((1.5, 0.5), "#0000ff")):
        x, y = corner
        sheet.path([[x, y], [x + 1, y], [x + 1, y + 1], [x, y + 1]], closed=True, fill=colour)
    return sheet


def test_pixels_show_what_was_drawn_in_its_place_and_size():
    image = squares().image(side_px=460, margin_m=0.3)  # 100 px a metre
    assert image.pixels.shape == (260, 460, 3)
    red, blue = ((image.pixels == colour).all(axis=2) for colour in ((255, 0, 0), (0, 0, 255)))
    for mask, middle in ((red, (80, 80)), (blue, (230, 130))):
        assert mask.sum() == pytest.approx(100 * 100, rel=0.03)
        assert np.abs(np.argwhere(mask).mean(axis=0)[::-1] - middle).max() < 1


def test_svg_holds_the_same_shapes():
    root = ET.fromstring(squares().svg(title="two <squares> & more", margin_m=0.3))
    assert root.find(f"{SVG}title").text == "two <squares> & more"
    assert root.get("viewBox").split() == ["0", "0", "1000", "565"]
    paths = root.findall(f"{SVG}path")
    assert [path.get("fill") for path in paths] == ["none", "#ff0000", "#0000ff"]
    unit = 1000 / 4.6
    numbers = np.array([float(n) for n in paths[2].get("d").strip("MZ").replace("L", "").split()]).reshape(-1, 2)
    assert np.allclose(numbers / unit - 0.3, [[1.5, 0.5], [2.5, 0.5], [2.5, 1.5], [1.5, 1.5]], atol=1e-3)


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=30), st.floats(-720, 720), st.floats(-1e3, 1e3), st.floats(-1e3, 1e3))
def test_any_words_at_any_angle_are_readable(words, angle, x, y):
    sheet = squares()
    words = "".join(c for c in words if c.isprintable())
    sheet.text([x, y], words, angle_deg=angle)
    shape = sheet.shapes[-1]
    assert -90 < shape.angle_deg <= 90
    root = ET.fromstring(sheet.svg(title=words))
    assert (root.find(f"{SVG}text").text or "") == words


def test_a_dimension_is_read_from_below_or_from_the_right():
    for end, angle in (((1, 0), 0), ((-1, 0), 0), ((0, 1), 90), ((0, -1), 90), ((1, -1), 45), ((-1, 1), 45)):
        sheet = Sheet()
        sheet.dimension([0, 0], end, "1 m")
        assert sheet.shapes[-1].angle_deg == pytest.approx(angle)
        assert np.allclose(sheet.shapes[-1].at, np.asarray(end) / 2)
    sheet = Sheet()
    sheet.dimension([1, 1], [1, 1], "nothing")
    assert not sheet.shapes


def test_dashes_cover_half_of_a_line():
    sheet = squares()
    sheet.path([[0, 1.9], [4, 1.9]], stroke="#00ff00", width=4, dash=10)
    green = (sheet.image(side_px=920, margin_m=0.3).pixels == (0, 255, 0)).all(axis=2)
    along = green.any(axis=0).sum()
    assert 0.4 < along / 800 < 0.6


@given(st.floats(0.01, 5), st.floats(-4, 4), st.floats(-6, 6))
def test_an_arc_stays_on_its_circle(radius, start, turn):
    points = arc([1, 2], radius, start, start + turn)
    assert np.allclose(np.hypot(*(points - [1, 2]).T), radius)
    assert len(points) >= 2
