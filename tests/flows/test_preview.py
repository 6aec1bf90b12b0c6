"""What the designer's window asks of the live object: planes, figures, levels, lamps, animations, a listed size."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.check.size import check_size
from arviz.core.asset import Animation, Asset, Mesh, Node, Primitive, Track
from arviz.core.errors import InputError
from arviz.flows.lods import lods_file
from arviz.flows.preview import Preview
from arviz.flows.preview_shot import FIGURES, Eye, Light, Plane, Shot
from arviz.flows.preview_size import judged
from arviz.flows.render import render
from arviz.formats.gltf.write import write_glb
from arviz.testing.shapes import box

PRODUCTS = Path(__file__).parents[2] / "assets" / "products"
LAMP = PRODUCTS / "table-lamp" / "table-lamp.glb"
SIZE = {"width": 160, "height": 120, "samples": 1}


@pytest.fixture(scope="module")
def preview():
    with Preview() as made:
        yield made


@pytest.fixture(scope="module")
def cube(tmp_path_factory) -> Path:
    """A box of 0.4 x 0.2 x 0.3 m."""
    path = tmp_path_factory.mktemp("cube") / "cube.glb"
    path.write_bytes(write_glb(box(size_m=(0.4, 0.2, 0.3))))
    return path


@pytest.mark.parametrize(("axis", "along"), [("x", 0), ("y", 1), ("z", 2)])
@pytest.mark.parametrize("share", [0.25, 0.7])
def test_a_section_says_where_it_is_and_what_it_cut(preview, cube, axis, along, share):
    size = np.array([0.4, 0.2, 0.3])
    seen = preview.picture(Shot(file=cube, section=Plane(axis=axis, share=share)), **SIZE)
    assert seen.cut is not None
    assert seen.cut.at_m == pytest.approx(share * size[along], rel=1e-6)
    assert seen.cut.area_m2 == pytest.approx(np.prod(size) / size[along], rel=1e-5)
    assert seen.cut.open_m == 0


def test_a_draft_of_a_new_cut_has_no_shadow_on_the_floor_and_else_a_cut_has(preview, cube):
    shot = Shot(file=cube, section=Plane(axis="x", share=0.43))
    bare = replace(shot, light=replace(shot.light, shadow=0.0))
    new, full, again = (preview.picture(shot, **(SIZE | {"samples": samples})).image.pixels for samples in (1, 4, 1))
    none, full_none = (preview.picture(bare, **(SIZE | {"samples": samples})).image.pixels for samples in (1, 4))
    assert (new == none).all()
    assert (again != none).any()
    assert (full != full_none).any()


def test_a_section_keeps_the_eye_and_cuts_what_is_touched(preview, cube):
    whole = Shot(file=cube, eye=Eye(azimuth_rad=np.pi / 2, polar_rad=np.pi / 2))
    cut = replace(whole, section=Plane(axis="x", share=0.25))
    assert np.array_equal(preview.picture(whole, **SIZE).world_from_camera, preview.picture(cut, **SIZE).world_from_camera)
    middle = {"width": 160, "height": 120, "pixel": (79.5, 59.5)}
    assert preview.touch(whole, **middle).point_m[0] == pytest.approx(0.2, abs=1e-6)
    assert preview.touch(cut, **middle).point_m[0] == pytest.approx(-0.1, abs=1e-6)
    assert preview.touch(replace(cut, section=Plane(axis="x", share=0.25, flipped=True)), **middle).point_m[0] == pytest.approx(
        0.2, abs=1e-6
    )


@pytest.mark.parametrize("mode", ["wireframe", "uv", "normals", "overdraw", "texel_density"])
def test_inspections_show_the_product_where_the_picture_does(preview, mode):
    shaded = preview.picture(Shot(file=LAMP, light=Light(shadow=0.0)), **SIZE)
    seen = preview.picture(Shot(file=LAMP, light=Light(shadow=0.0), inspect=mode), **SIZE)
    assert np.array_equal(seen.world_from_camera, shaded.world_from_camera)
    product, inspected = ((picture.image.pixels != 242).any(axis=2) for picture in (shaded, seen))
    assert (product & inspected).sum() / (product | inspected).sum() > 0.9
    assert (seen.scale is None) == (mode not in ("overdraw", "texel_density"))


def test_a_shaded_picture_is_still_that_of_the_service(preview):
    preview.picture(Shot(file=LAMP, inspect="overdraw", section=Plane()), **SIZE)
    seen = preview.picture(Shot(file=LAMP), **SIZE)
    assert (seen.image.pixels == render(LAMP, background="#f2f2f2", **SIZE).pixels).all()


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_stands_beside_the_product_on_its_floor_and_both_are_seen(preview, name):
    shot = Shot(file=LAMP, figure=name)
    beside, product = preview._products.beside(shot), preview._products.read(LAMP)
    points = preview._products.framed(shot)[len(product.points) :]
    assert beside is not None
    assert points[:, 1].min() == pytest.approx(product.box[0, 1], abs=1e-6)
    assert points[:, 0].min() - product.box[1, 0] == pytest.approx(0.3, abs=1e-6)
    camera, pose = preview.camera(shot, width=160, height=120)
    local = (preview._products.framed(shot) - pose[:3, 3]) @ pose[:3, :3]
    pixels = camera.project(local)
    assert (pixels > 0).all()
    assert (pixels < (160, 120)).all()
    alone = preview.picture(Shot(file=LAMP), **SIZE)
    assert preview.picture(shot, **SIZE).box_m == pytest.approx(alone.box_m)


def test_levels_are_found_counted_and_shown_from_the_same_place(preview, tmp_path):
    source = tmp_path / "lamp.glb"
    shutil.copy(LAMP, source)
    assert preview.open(source).levels == ()
    table = lods_file(source, out=tmp_path, levels=2)
    levels = preview.open(source).levels
    assert [(level.number, level.triangles) for level in levels] == [(n, row["triangles"]) for n, row in enumerate(table["levels"])]
    (tmp_path / "lamp.lods.json").write_text(json.dumps({"levels": "none"}))
    assert preview.open(source).levels == levels
    assert [level.number for level in preview.open(tmp_path / "lamp.lod1.glb").levels] == [0, 2][: len(levels) - 1]
    shot = Shot(file=source)
    full, coarse = (preview.picture(replace(shot, level=level), **SIZE) for level in (None, levels[-1].number))
    assert np.array_equal(full.world_from_camera, coarse.world_from_camera)
    assert (full.image.pixels != coarse.image.pixels).any()
    levels[-1].file.unlink()
    with pytest.raises(InputError, match="cannot be read"):
        Preview.picture(preview, replace(shot, level=7), **SIZE)
    assert shot.of(LAMP) == Shot(file=LAMP)
    assert replace(shot, level=1, variant="x").of(LAMP) == Shot(file=LAMP)


def test_lamps_of_the_product_can_be_switched_off(preview, tmp_path):
    white = box(size_m=(0.4, 0.2, 0.3))
    lamp = {"type": "point", "intensity": 3.0, "color": [1.0, 1.0, 1.0]}
    lit = replace(white, nodes=(*white.nodes, Node(translation=(0.3, 0.5, 0.6), light=0)), lights=(lamp,), scenes=())
    paths = {"dark": white, "lit": lit}
    for name, asset in paths.items():
        (tmp_path / f"{name}.glb").write_bytes(write_glb(asset))
    assert preview.open(tmp_path / "lit.glb").lamps == 1
    assert preview.open(tmp_path / "dark.glb").lamps == 0
    on = Shot(file=tmp_path / "lit.glb")
    off = replace(on, light=Light(lamps=False))
    dark = preview.picture(replace(on, file=tmp_path / "dark.glb"), **SIZE).image.pixels
    assert (preview.picture(off, **SIZE).image.pixels == dark).all()
    assert (preview.picture(on, **SIZE).image.pixels.astype(int) - dark).max() > 10


def test_a_plane_cuts_what_moves_where_it_is(preview, cube):
    """The section of a moment is the section of that pose: the box moved by its animation."""

    asset = box(size_m=(0.4, 0.2, 0.3))
    track = Track(node=0, path="translation", times=[0, 1], values=[[0, 0, 0], [0.1, 0, 0]])
    path = cube.with_name("moved.glb")
    path.write_bytes(write_glb(replace(asset, animations=(Animation(tracks=(track,), name="slide"),))))
    opened = preview.open(path)
    assert opened.animations == (("slide", pytest.approx(1.0)),)
    shot = Shot(file=path, eye=Eye(azimuth_rad=0, polar_rad=np.pi / 2), section=Plane(axis="x", share=0.5), animation="slide")
    middle = {"width": 160, "height": 120}
    for time_s, left in ((0.0, -0.2), (1.0, -0.1)):
        camera, pose = preview.camera(shot, **middle)
        for x, there in ((left + 0.01, True), (left - 0.01, False), (0.01, False)):
            pixel = camera.project((np.array([[x, 0.0, 0.15]]) - pose[:3, 3]) @ pose[:3, :3])[0]
            touched = preview.touch(replace(shot, time_s=time_s), pixel=tuple(pixel), **middle)
            assert (touched is not None) == there
    gone = replace(shot, section=Plane(axis="x", share=0.0), time_s=1.0, light=Light(shadow=0.0))
    assert (preview.picture(gone, **SIZE).image.pixels == 242).all()
    assert (preview.picture(replace(gone, inspect="overdraw"), **SIZE).image.pixels == 242).all()
    assert preview.touch(gone, pixel=(80.0, 60.0), **middle) is None


LENGTHS = st.floats(0.05, 5.0)


@given(st.tuples(LENGTHS, LENGTHS, LENGTHS), st.tuples(LENGTHS, LENGTHS, LENGTHS))
def test_a_listed_size_is_judged_as_the_check_judges_it(size, listed):
    corners = np.array([[0, 0, 0], size], np.float32)
    points = np.array([corners[0], corners[1], [size[0], 0, 0]])
    asset = Asset(nodes=(Node(mesh=0),), meshes=(Mesh(primitives=(Primitive(attributes={"POSITION": points}),)),))
    report = check_size(asset, listed_m=listed)
    found = judged(report.figures["size_m"], listed)
    assert found.ok == report.ok
    assert [one.code for one in found.findings] == [one.code for one in report.findings]
    percent = dict(zip(("width", "height", "depth"), report.figures["deviation_percent"], strict=True))
    assert {side.name: side.off_percent for side in found.sides} == pytest.approx(percent)
    assert found.ok == all(side.ok for side in found.sides)
