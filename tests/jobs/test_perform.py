"""Each kind of job from its inputs in the store to what it leaves there; files of strangers in the sandbox."""

from __future__ import annotations

import io
import json
import re
import tempfile
import zipfile

import numpy as np
import pytest
from PIL import Image as PillowImage

from arviz.core.errors import ArvizError
from arviz.core.graph import triangle_count
from arviz.core.image import decode, measure
from arviz.core.resources import resource
from arviz.core.room_file import room_to_json
from arviz.flows.check import check
from arviz.flows.render import render
from arviz.formats.read import read
from arviz.jobs.perform import Call, perform
from arviz.jobs.preview import PREVIEW_PX, drawn_of
from arviz.jobs.store import Store
from arviz.testing.captures import phone_camera, record, write_app_json
from arviz.testing.rooms import make_room

LAMP = resource("assets", "products", "lamp", "lamp.glb")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Store(tmp_path_factory.mktemp("jobs") / "store")


def done(store, kind, inputs, **options):
    return perform(Call(kind=kind, inputs=inputs, options=options, store=store.url))


def refused(store, kind, inputs, **options):
    with pytest.raises(ArvizError) as error:
        done(store, kind, inputs, **options)
    return error.value.code


@pytest.fixture(scope="module")
def lamp(store):
    return done(store, "convert", {"source": store.put(LAMP).id}, name="Arc lamp")["asset"]


def chair_of_a_stranger():
    """A textured OBJ with its MTL, as sellers pack them."""
    picture, out = io.BytesIO(), io.BytesIO()
    PillowImage.radial_gradient("L").resize((600, 600)).convert("RGB").save(picture, "PNG")
    obj = "mtllib chair.mtl\nusemtl wood\nv 0 0 0\nv 500 0 0\nv 0 900 0\nv 0 0 400\nvt 0 0\nvt 1 0\nvt 0 1\n"
    obj += "f 1/1 3/3 2/2\nf 1/1 2/2 4/3\nf 1/1 4/3 3/2\nf 2/1 3/2 4/3\n"
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("chair/chair.obj", obj)
        packed.writestr("chair/chair.mtl", "newmtl wood\nKd 1 1 1\nmap_Kd wood.png\n")
        packed.writestr("chair/wood.png", picture.getvalue() + b"ride-along")
        packed.writestr("__MACOSX/chair/._chair.obj", b"\0")
    return out.getvalue()


@pytest.fixture(scope="module")
def chair(store):
    source = store.put(chair_of_a_stranger()).id
    return source, done(store, "convert", {"source": source}, unit="mm", name="Chair 7")


def test_an_archive_of_a_stranger_becomes_an_asset(store, chair):
    source, result = chair
    assert result["ok"] is not None
    document = store.document("assets", result["asset"])
    assert document["source"] == source
    assert (document["name"], document["report"]["name"], document["id"]) == ("Chair 7", "Chair 7", result["asset"])
    assert [document["size_mm"][side] for side in ("width", "depth", "height")] == [500.0, 400.0, 900.0]
    assert set(document["files"]) == {"glb", "web", "usdz", "poster", "preview"}
    glb = store.read(document["files"]["glb"])
    assert b"ride-along" not in glb
    assert len(read(glb, format="glb").images) == 1
    assert decode(store.read(document["files"]["poster"])).width_px == 1024
    assert tempfile.gettempdir() not in json.dumps(document)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", document["created"])


def test_each_target_is_a_file_of_the_asset_and_told_as_it_is(store):
    source = store.put(LAMP).id
    asset = done(store, "convert", {"source": source}, targets=["google-merchant", "web"], textures="jpeg", lods=1, hulls=True)["asset"]
    document = store.document("assets", asset)
    models = ["glb", "google-merchant", "google-merchant.lod1", "web", "web.lod1", "hulls"]
    assert set(document["files"]) == {*models, "poster", "preview"}
    assert [output["file"] for output in document["outputs"]] == models
    for output in document["outputs"]:
        data = store.read(document["files"][output["file"]])
        assert document["files"][output["file"]] == f"sha256:{output['sha256']}"
        assert (output["bytes"], output["triangles"]) == (len(data), triangle_count(read(data, format="glb")))
    assert b"EXT_meshopt_compression" in store.read(document["files"]["web"])
    assert b"extensionsRequired" not in store.read(document["files"]["google-merchant"])


def test_what_is_searched_for_in_pictures_tells_its_quality(store, chair):
    asset = done(store, "convert", {"source": chair[0]}, unit="mm", targets=["web"], effort="normal")["asset"]
    web = store.document("assets", asset)["outputs"][1]
    assert web["quality"]["worst_ssim"] > 0.95


def test_the_same_again_is_not_made_again(store, lamp):
    before = store.document("assets", lamp)
    assert done(store, "convert", {"source": store.put(LAMP).id}, name="Arc lamp", unit=None)["asset"] == lamp
    assert store.document("assets", lamp) == before


def test_a_check_says_what_the_flow_says(store):
    report = done(store, "check", {"source": store.put(LAMP).id}, profiles=["google-merchant"])["report"]
    assert report == json.loads(json.dumps({**check(LAMP, profiles=["google-merchant"]), "file": "product.glb"}))


def test_a_picture_is_that_of_the_library(store, lamp):
    result = done(store, "render", {"asset": lamp}, width=64, height=48, orbit="80deg 60deg", format="png")
    ours = decode(store.read(result["files"]["picture"])).pixels
    glb = store.read(store.document("assets", lamp)["files"]["glb"])
    assert np.array_equal(ours, render(glb, width=64, height=48, orbit="80deg 60deg").pixels)
    white = done(store, "render", {"asset": lamp}, width=64, height=48, format="jpg")
    assert decode(store.read(white["files"]["picture"])).pixels[0, 0].min() > 250


def test_a_small_picture_of_the_preview_is_that_of_the_whole_product(store, chair):
    files = chair[1]["files"]
    assert [drawn_of(files, longest_px=side) for side in (1, PREVIEW_PX, PREVIEW_PX + 1)] == [*[files["preview"]] * 2, files["glb"]]
    assert drawn_of({"glb": "before there were previews"}, longest_px=1) == "before there were previews"
    products = [read(store.read(files[role]), format="glb") for role in ("glb", "preview")]
    assert [max(measure(product.images[0].data)) for product in products] == [600, 300]
    whole, preview = (render(product, width=PREVIEW_PX, height=200).pixels for product in products)
    assert np.array_equal(whole, preview)


def test_a_clip(store, lamp):
    result = done(store, "turntable", {"asset": lamp}, width=64, height=64, frames=4)
    assert result["frames"] == 4
    assert PillowImage.open(io.BytesIO(store.read(result["files"]["clip"]))).n_frames == 4


@pytest.fixture(scope="module")
def session(store, tmp_path_factory):
    """What a phone app sends of a room: a picture, its depth, K, pose and planes, under the names that the JSON says."""
    synthetic = make_room(12, kind="box", camera=phone_camera(480, 360), views=1)
    path = write_app_json(tmp_path_factory.mktemp("phone") / "session.json", record(synthetic), synthetic)
    path.write_text(path.read_text().replace("depth/", "depth_").replace("confidence/", "confidence_"))  # inputs have no folders
    files = [file for file in path.parent.rglob("*") if file.is_file()]
    return synthetic, {file.relative_to(path.parent).as_posix().replace("/", "_"): store.put(file).id for file in files}


def photo_of(files):
    return next(name for name in files if name.startswith("photo"))


def test_a_room(store, session):
    _, files = session
    result = done(store, "room", files, sources=["session.json"], mesh="glb", draw=True)
    assert set(result["files"]) == {"room", "drawing", "mesh"}
    assert json.loads(store.read(result["files"]["room"]))["planes"]
    assert result["report"]["scale"]["sigma"] > 0
    assert "files" not in result["report"]


def test_a_product_in_the_room_of_a_phone(store, session, lamp):
    _, files = session
    asked = {"sources": ["session.json"], "photo": photo_of(files), "plan": "svg", "picture": "png"}
    result = done(store, "place", {"product": lamp, **files}, **asked)
    assert result["report"]["outcome"] in ("pass", "unsure", "fail")
    assert result["report"]["products"][0]["name"].startswith("Arc lamp")
    assert set(result["files"]) == {"picture", "plan"}
    assert decode(store.read(result["files"]["picture"])).width_px == 480


def test_products_in_a_room_that_was_measured_before(store, session, lamp):
    synthetic, _ = session
    known = store.put(json.dumps(room_to_json(synthetic.truth())).encode()).id
    result = done(store, "place", {"product": lamp, "product2": lamp, "room.json": known}, picture=None, plan="png")
    assert len(result["report"]["products"]) == 2
    assert set(result["files"]) == {"plan"}
    assert refused(store, "place", {"product": lamp}, picture=None) == "E_JOB_INPUT"  # no room at all
    assert refused(store, "place", {"product": lamp, "a.jpg": known}) == "E_IMAGE_BROKEN"  # the one photo, which is none


@pytest.mark.parametrize(
    ("content", "options", "code"),
    [
        (b"", {"format": "glb"}, "E_FILE_EMPTY"),
        (b"nothing known", {}, "E_FORMAT_UNKNOWN"),
        (b"glTF\2\0\0\0\xff\xff\xff\0", {}, "E_TRUNCATED"),
        (b"\x89PNG\r\n\x1a\n", {}, "E_FORMAT_UNKNOWN"),
        (b"PK\x03\x04 broken", {}, "E_ARCHIVE"),
        (b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n", {}, "E_UNIT_NEEDED"),
    ],
)
def test_files_that_are_none_are_refused_by_their_code(store, content, options, code):
    assert refused(store, "convert", {"source": store.put(content).id}, **options) == code


def test_what_is_not_there(store):
    assert refused(store, "convert", {"source": "sha256:" + "1" * 64}) == "E_BLOB_MISSING"
    assert refused(store, "render", {"asset": "z" * 26}) == "E_ASSET_MISSING"
    assert refused(store, "nonsense", {}) == "E_JOB_KIND"
