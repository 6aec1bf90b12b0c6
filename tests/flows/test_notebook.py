"""What a notebook shows: pictures that can be decoded, numbers that are those of the object, nothing of a stranger's as HTML."""

from __future__ import annotations

import re
from base64 import b64decode
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
import trimesh

import arviz
from arviz.core.asset import Asset, Node
from arviz.core.image import decode
from arviz.core.report import Finding
from arviz.core.room import Plane, Room, Scale

FOUND = re.compile(r'src="data:([\w/+]+);base64,([\w+/=]+)"')


class Tags(HTMLParser):
    """The names of all elements, opened and closed in turn."""

    def __init__(self, html):
        super().__init__()
        self.names, self.open = set(), []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        if tag != "img":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def shown(thing):
    html = thing._repr_html_()
    tags = Tags(html)
    assert tags.open == []
    assert tags.names <= {"div", "b", "img", "video", "table", "tr", "td", "ul", "li", "p"}
    assert "://" not in html
    return html, [(media, b64decode(data)) for media, data in FOUND.findall(html)]


def square(kind="floor", half=3.0):
    outline = np.array([[-half, 0, -half], [-half, 0, half], [half, 0, half], [half, 0, -half]])
    return Plane(kind=kind, normal=(0, 1, 0), offset_m=0, outline_m=outline, sigma_normal_rad=0.001, sigma_offset_m=0.002, source="given")


ROOM = Room(planes=(square(),), scale=Scale(sigma=0.01, source="given"))


@pytest.fixture(scope="module")
def product():
    return arviz.from_mesh(trimesh.creation.box((0.9, 0.8, 0.6)), unit="m", name="<script>box</script>")


def test_a_product_shows_its_picture_and_its_size(product):
    html, ((media, data),) = shown(product)
    assert media == "image/webp"
    alpha = decode(data).pixels[..., 3]
    assert alpha[0, 0] == 0
    assert alpha[alpha.shape[0] // 2, alpha.shape[1] // 2] == 255
    assert "900 x 600 x 800 mm" in html
    assert "&lt;script&gt;box" in html


def test_a_product_without_a_unit_claims_no_millimetre(product):
    html, _ = shown(replace(product, source=replace(product.source, unit=None, unit_source="unknown")))
    assert " mm" not in html
    assert "0.9 x 0.6 x 0.8 file units" in html


def test_an_empty_product_says_why_there_is_no_picture():
    html, pictures = shown(Asset(nodes=(Node(name="nothing"),), meshes=()))
    assert pictures == []
    assert "nothing to draw" in html


def test_a_room_shows_its_plan_and_what_is_known():
    html, ((media, data),) = shown(ROOM)
    assert media == "image/svg+xml"
    assert data.startswith(b"<svg")
    assert "36.00 m2" in html
    assert "+- 1.0%" in html


def test_a_room_without_scale_has_no_plan_and_no_metres():
    html, pictures = shown(replace(ROOM, scale=None))
    assert pictures == []
    assert "unknown" in html
    assert "m2" not in html


def test_what_was_placed_shows_the_plan_and_every_clearance(product):
    placed = arviz.place(product, room=ROOM)
    html, ((media, _),) = shown(placed)
    assert media == "image/svg+xml"
    assert placed.placements == placed.arrangement.placements
    for placement in placed.placements:
        told, pictures = shown(placement)
        assert pictures == []
        assert placement.clearances
        assert all(str(one.length) in told and str(one.length) in html for one in placement.clearances)
    assert shown(placed.arrangement)[0] in html


def test_what_fits_nowhere_says_why(product):
    placed = arviz.place(product, room=replace(ROOM, planes=(square(half=0.2),)))
    assert placed.placements == ()
    html, _ = shown(placed)
    assert "Nothing fits" in html
    assert placed.why_not.replace("<", "&lt;").replace(">", "&gt;") in html


def test_a_conversion_and_its_pictures_show_themselves(product, tmp_path):
    file = tmp_path / "box.glb"
    file.write_bytes(arviz.write_glb(product))
    converted = arviz.convert(file, out=tmp_path / "out")
    html, ((media, data),) = shown(converted)
    assert (media, data) == ("image/webp", converted.files["poster"].read_bytes())
    assert "900 x 600 x 800 mm" in html
    small = arviz.thumbnail(product, preset="phone", out=tmp_path / "small.webp")
    assert shown(small)[1] == [("image/webp", small.file.read_bytes())]
    clip = arviz.turntable(product, out=tmp_path / "clip.gif", frames=2, width=32, height=32)
    assert shown(clip)[1] == [("image/gif", clip.file.read_bytes())]


def test_texts_are_short_whatever_is_inside(product):
    placed = arviz.place(product, room=ROOM)
    things = [product, ROOM, ROOM.planes[0], placed, placed.arrangement, *placed.placements, *placed.placements[0].clearances]
    assert [thing for thing in things if len(repr(thing)) > 1500 or "array(" in repr(thing)] == []


def test_what_is_said_twice_stands_once():
    glass = Finding(code="W_GLASS", severity="info", message="no depth", hint="Look.")
    html, _ = shown(replace(ROOM, findings=(glass, glass)))
    assert html.count("<li>info W_GLASS: no depth. Look.</li>") == html.count("<li>") == 1
