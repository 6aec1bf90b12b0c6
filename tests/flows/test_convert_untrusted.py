"""What `convert` makes of a stranger's file holds nothing of it but what we understand."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest
from PIL import Image as PillowImage
from PIL.PngImagePlugin import PngInfo

from arviz.core.material import EncodedImage, Material, Texture, TextureInfo
from arviz.flows.convert import convert
from arviz.formats.gltf.write import write_glb
from arviz.formats.read import read
from arviz.testing.shapes import box

SECRET = b"ride-along"


@pytest.fixture
def source(tmp_path):
    """A box whose name, extras, extensions and texture carry something."""
    picture, told = io.BytesIO(), PngInfo()
    told.add_text("Comment", SECRET.decode())
    PillowImage.new("RGB", (4, 4), (200, 30, 30)).save(picture, "PNG", pnginfo=told)
    asset = box(size_m=(0.1, 0.2, 0.3), material=Material())
    material = replace(
        asset.materials[0], base_color_texture=TextureInfo(texture=0), extras={"a": SECRET.decode()}, extensions={"EXT_own": {"a": 1}}
    )
    asset = replace(
        asset,
        images=(EncodedImage(data=picture.getvalue() + SECRET, mime_type="image/png"),),
        textures=(Texture(image=0),),
        materials=(material, *asset.materials[1:]),
        nodes=(replace(asset.nodes[0], name="box\u202e\x07", extras={"b": SECRET.decode()}), *asset.nodes[1:]),
    )
    path = tmp_path / "box.glb"
    path.write_bytes(write_glb(asset))
    assert path.read_bytes().count(SECRET) >= 3
    return path


def test_nothing_rides_along(source, tmp_path):
    kept = convert(source, out=tmp_path / "own")
    assert SECRET in kept.files["master"].read_bytes()
    made = convert(source, out=tmp_path / "untrusted", trust="untrusted")
    for path in made.files.values():
        assert SECRET not in path.read_bytes(), path.name
    back = read(made.files["master"])
    assert back.nodes[0].name == "box"
    assert back.images[0].data is not None
    assert PillowImage.open(io.BytesIO(back.images[0].data)).getpixel((1, 1)) == (200, 30, 30)
    assert json.loads(made.files["report"].read_text())["size_mm"] == json.loads(kept.files["report"].read_text())["size_mm"]
