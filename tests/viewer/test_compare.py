"""Two products compared in the window: one eye, one scale, what differs, their numbers."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from arviz.core.asset import Asset, Node, SceneRoots
from arviz.flows.preview import Eye, Preview, Shot, Versus
from arviz.formats.gltf.write import write_glb
from arviz.formats.read import read

qt = pytest.importorskip("PySide6.QtTest", reason="the extra [desktop] is not installed")

from PySide6.QtCore import QPoint, Qt  # noqa: E402
from PySide6.QtWidgets import QApplication, QComboBox  # noqa: E402

PRODUCTS = Path(__file__).parents[2] / "assets" / "products"
LAMP, RUG = PRODUCTS / "table-lamp" / "table-lamp.glb", PRODUCTS / "rug" / "rug.glb"
SIZE = {"width": 302, "height": 200}


@pytest.fixture(scope="module")
def preview():
    with Preview() as preview:
        yield preview


def posed(asset: Asset, matrix: np.ndarray) -> Asset:
    """Return a product that stands elsewhere, or is larger."""
    root = Node(matrix=matrix, children=asset.roots)
    return replace(asset, nodes=(*asset.nodes, root), scenes=(SceneRoots(nodes=(len(asset.nodes),)),), scene=0)


def test_beside_each_other_a_product_and_itself_are_the_same_picture_twice(preview):
    shot = Shot(file=LAMP, eye=Eye(distance=0.8), versus=Versus(file=LAMP))
    pixels = preview.picture(shot, **SIZE).image.pixels
    assert pixels.shape == (200, 302, 3)
    assert (pixels[:, :150] == pixels[:, 152:]).all()
    alone = preview.picture(replace(shot, versus=None), width=150, height=200).image.pixels
    assert (pixels[:, :150] == alone).all()


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_a_wipe_shows_one_on_each_side_of_its_edge(preview, share):
    shot = Shot(file=LAMP, versus=Versus(file=RUG, way="wipe", share=share))
    pixels = preview.picture(shot, **SIZE).image.pixels
    edge = round(share * 302)
    # The lamp alone, by an eye that sees the rug too.
    farther = preview.picture(shot, **SIZE).world_from_camera - preview.picture(Shot(file=LAMP), **SIZE).world_from_camera
    assert farther[:3, :3] == pytest.approx(0, abs=1e-12)
    lamp = preview.picture(Shot(file=LAMP, eye=Eye(aside_m=tuple(farther[:3, 3].tolist()))), **SIZE).image.pixels
    swapped = preview.picture(replace(shot, versus=replace(shot.versus, share=0.0)), **SIZE).image.pixels
    assert (pixels[:, : max(edge - 1, 0)] == lamp[:, : max(edge - 1, 0)]).all()
    assert (pixels[:, edge + 1 :] == swapped[:, edge + 1 :]).all()


def test_what_is_the_same_has_no_difference(preview):
    seen = preview.picture(Shot(file=LAMP, versus=Versus(file=LAMP, way="difference")), **SIZE)
    assert (seen.scale.least, seen.scale.median, seen.scale.most) == (0, 0, 0)
    assert len(np.unique(seen.image.pixels.reshape(-1, 3), axis=0)) == 2  # what is behind, and no difference


def test_a_known_change_of_colour_is_measured(preview, tmp_path):
    """Emission alone is seen in every light: two flat colours, whose difference is known (Sharma 2005 pairs are tested in core)."""
    from arviz.core.colour_difference import delta_e_2000, lab

    asset = read(RUG)
    files, greys = (tmp_path / "a.glb", tmp_path / "b.glb"), (0.20, 0.22)
    for file, grey in zip(files, greys, strict=True):
        glows = tuple(
            replace(
                material,
                base_color_factor=(0.0, 0.0, 0.0, 1.0),
                base_color_texture=None,
                metallic_roughness_texture=None,
                normal_texture=None,
                occlusion_texture=None,
                emissive_texture=None,
                emissive_factor=(grey,) * 3,
                metallic_factor=1.0,
                extensions={},
            )
            for material in asset.materials
        )
        file.write_bytes(write_glb(replace(asset, materials=glows, images=(), textures=())))
    shot = Shot(file=files[0], eye=Eye(polar_rad=0.3), versus=Versus(file=files[1], way="difference"))
    shot = replace(shot, light=replace(shot.light, tone_map="none"))
    found = preview.picture(shot, **SIZE).scale
    expected = float(delta_e_2000(lab([greys[0]] * 3), lab([greys[1]] * 3)))
    assert found.median == pytest.approx(expected, abs=0.4)  # eight bits


def test_where_a_product_stands_in_its_file_does_not_count(preview, tmp_path):
    """Convert puts products on the floor's origin: before and after are compared on one spot."""
    file = tmp_path / "moved.glb"
    matrix = np.eye(4)
    matrix[:3, 3] = 0.5, 0.25, -0.75
    file.write_bytes(write_glb(posed(read(LAMP), matrix)))
    seen = preview.picture(Shot(file=LAMP, versus=Versus(file=file, way="difference")), **SIZE)
    assert seen.same_scale
    assert seen.scale.median < 0.5
    assert seen.scale.most < 3


def test_both_are_seen_at_the_same_millimetres(preview, tmp_path):
    """A product twice as large covers four times as many pixels."""
    file = tmp_path / "half.glb"
    file.write_bytes(write_glb(posed(read(LAMP), np.diag([0.5, 0.5, 0.5, 1.0]))))
    shot = Shot(file=LAMP, versus=Versus(file=file))
    shot = replace(shot, light=replace(shot.light, shadow=0.0))
    pixels = preview.picture(shot, width=602, height=400).image.pixels
    shown = (pixels != np.array(shot.background)).any(axis=2)
    assert shown[:, :300].sum() / shown[:, 302:].sum() == pytest.approx(4, rel=0.1)


@pytest.mark.parametrize(("first", "second"), [(1.0, 4.0), (4.0, 1.0)])
@pytest.mark.parametrize("way", ["beside", "wipe"])
def test_both_are_in_the_picture_whichever_is_larger(preview, tmp_path, first, second, way):
    files = tmp_path / "first.glb", tmp_path / "second.glb"
    for file, factor in zip(files, (first, second), strict=True):
        file.write_bytes(write_glb(posed(read(LAMP), np.diag([factor, factor, factor, 1.0]))))
    shot = Shot(file=files[0], versus=Versus(file=files[1], way=way, share=0.5))
    shot = replace(shot, light=replace(shot.light, shadow=0.0))
    pixels = preview.picture(shot, **SIZE).image.pixels
    shown = (pixels != np.array(shot.background)).any(axis=2)
    shown[:, 149:153] = False  # the edge
    assert shown.any()
    assert not shown[[0, -1]].any()
    assert not shown[:, [0, -1]].any()


def test_only_the_left_product_can_be_touched(preview):
    shot = Shot(file=LAMP, versus=Versus(file=LAMP))
    assert preview.touch(shot, **SIZE, pixel=(75.0, 90.0)) is not None
    assert preview.touch(shot, **SIZE, pixel=(152 + 75.0, 90.0)) is None


def test_a_file_without_a_unit_is_not_claimed_to_be_at_scale(preview, tmp_path):
    file = tmp_path / "box.obj"
    corners = [(x, y, z) for x in (0, 900) for y in (0, 900) for z in (0, 900)]
    lines = [f"v {x} {y} {z}" for x, y, z in corners] + ["f 1 2 4 3", "f 5 7 8 6", "f 1 5 6 2", "f 3 4 8 7", "f 1 3 7 5", "f 2 6 8 4"]
    file.write_text("\n".join(lines))
    seen = preview.picture(Shot(file=LAMP, versus=Versus(file=file)), **SIZE)
    assert not seen.same_scale
    right = seen.image.pixels[:, 152:]
    assert 0.1 < (right != right[0, 0]).any(axis=2).mean() < 0.95


def test_compare_by_keys_and_panel(window, until):
    def settle() -> None:
        QApplication.processEvents()
        until(lambda: window.drawing.resting)

    assert not window.panel.control("compare.mode").isVisible()
    window.do("file.drop", [RUG])
    until(lambda: len(window.session.state.files) == 2)
    settle()
    qt.QTest.keyClick(window, Qt.Key.Key_O)
    settle()
    shot = window.session.state.shot
    assert (shot.file, shot.versus) == (RUG, Versus(file=LAMP))
    assert window.seen.image.pixels.shape[1] == window.canvas.pixels[0]
    assert window.seen.camera.width_px < window.canvas.pixels[0] / 2
    texts = [note.text for note in window.canvas.says(window.seen).notes]
    known = {file: window.session.opened(file) for file in (RUG, LAMP)}
    assert texts[0] == "rug.glb → table-lamp.glb"
    assert f"{known[RUG].triangles:,} triangles → {known[LAMP].triangles:,}" in texts
    assert f"{RUG.stat().st_size / 1000:,.1f} kB → {LAMP.stat().st_size / 1000:,.1f} kB" in texts
    before = window.session.state.shot.eye
    qt.QTest.mousePress(window.canvas, Qt.MouseButton.LeftButton, pos=QPoint(400, 200))
    qt.QTest.mouseMove(window.canvas, QPoint(430, 210))
    qt.QTest.mouseRelease(window.canvas, Qt.MouseButton.LeftButton, pos=QPoint(430, 210))
    assert window.session.state.shot.eye != before
    settle()
    combo = window.panel.control("compare.mode")
    assert isinstance(combo, QComboBox)
    combo.activated.emit(combo.findData("difference"))
    settle()
    legend = window.canvas.says(window.seen).legend
    assert "ΔE" in legend.title
    assert legend.ticks[-1] == (1.0, "10+")
    window.do("compare.mode", "wipe")
    qt.QTest.keyClick(window, Qt.Key.Key_U)
    assert window.session.state.shot.versus.share == pytest.approx(0.55)
    qt.QTest.keyClick(window, Qt.Key.Key_U, Qt.KeyboardModifier.ControlModifier)
    assert (window.session.state.shot.file, window.session.state.shot.versus.file) == (LAMP, RUG)
    settle()
    window.do("file.close")
    assert window.session.state.shot.versus is None
    settle()
