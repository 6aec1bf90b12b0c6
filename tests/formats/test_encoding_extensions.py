"""What a compressed GLB asks of its reader: no more extensions than it needs, and encoders that are installed."""

import json
import sys
from dataclasses import replace

import numpy as np
import pytest

from arviz.core.asset import Asset, Mesh, Node, Primitive
from arviz.core.errors import DependencyError
from arviz.formats.files import Files
from arviz.formats.gltf.container import split
from arviz.formats.gltf.encoding import GEOMETRIES, LOSSLESS, Encoding
from arviz.formats.gltf.write import write_glb
from arviz.formats.pictures.encoding import PictureEncoding
from arviz.formats.read import read
from arviz.testing.shapes import sphere, textured


def _document(glb):
    return split(glb, Files(None, name="test"))[0]


def test_the_plain_file_needs_no_extension(validator):
    shape = textured(sphere(radius_m=0.2), np.arange(48, dtype=np.uint8).reshape(4, 4, 3))
    pictures = {i: PictureEncoding(format="jpeg", quality=90) for i in range(len(shape.images))}
    for encoding in (LOSSLESS, Encoding(pictures=pictures)):
        glb = write_glb(shape, encoding=encoding)
        document = _document(glb)
        assert "extensionsUsed" not in document
        assert "extensionsRequired" not in document
        assert "KHR" not in json.dumps(document)
        assert "EXT" not in json.dumps(document)
        assert validator.errors(glb) == []


@pytest.mark.parametrize(("geometry", "extensions"), [("quantized", {"KHR_mesh_quantization"}), ("draco", {"KHR_draco_mesh_compression"}),
                                                     ("meshopt", {"EXT_meshopt_compression", "KHR_mesh_quantization"})])  # fmt: skip
def test_what_cannot_be_read_without_is_required(geometry, extensions):
    document = _document(write_glb(sphere(radius_m=0.2), encoding=Encoding(geometry=geometry)))
    assert set(document["extensionsRequired"]) == set(document["extensionsUsed"]) == extensions
    assert read(write_glb(sphere(radius_m=0.2), encoding=Encoding(geometry=geometry)), format="glb").extensions_required == ()


@pytest.mark.parametrize("geometry", [g for g in GEOMETRIES if g != "none"])
def test_what_nothing_uses_is_not_required(geometry):
    """No geometry at all; and for Draco a morphing mesh, which it cannot hold."""
    empty = Asset(nodes=(Node(name="empty"),), meshes=())
    assert "extensionsRequired" not in _document(write_glb(empty, encoding=Encoding(geometry=geometry)))
    shape = sphere(radius_m=0.2).meshes[0].primitives[0]
    morphing = replace(shape, targets=({"POSITION": np.zeros_like(shape.positions)},))
    asset = Asset(nodes=(Node(mesh=0),), meshes=(Mesh(primitives=(morphing,)),))
    assert ("extensionsRequired" in _document(write_glb(asset, encoding=Encoding(geometry=geometry)))) == (geometry != "draco")


@pytest.mark.parametrize("geometry", GEOMETRIES)
@pytest.mark.parametrize("count", [1, 2, 3])
def test_triangles_without_area_are_written(geometry, count):
    """Draco has no form for a mesh of them alone."""
    corners = np.minimum(np.arange(3, dtype=np.uint32), count - 1)
    flat = Primitive(attributes={"POSITION": np.float32([[0, 0, 0], [1, 0, 0], [2, 0, 0]])[:count]}, indices=corners)
    asset = Asset(nodes=(Node(mesh=0),), meshes=(Mesh(primitives=(flat,)),))
    back = read(write_glb(asset, encoding=Encoding(geometry=geometry)), format="glb").meshes[0].primitives[0]
    assert np.array_equal(back.positions[back.triangles], flat.positions[flat.triangles])


@pytest.mark.parametrize(("module", "geometry"), [("meshopt", "meshopt"), ("meshopt", "quantized"), ("DracoPy", "draco")])
def test_a_missing_encoder_names_the_command(module, geometry, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(DependencyError) as caught:
        write_glb(sphere(radius_m=0.2), encoding=Encoding(geometry=geometry))
    assert f"pip install {module}" in str(caught.value.hint)


@pytest.mark.parametrize("options", [{"geometry": "zip"}, {"position_bits": 17}, {"normal_bits": 3}, {"uv_bits": 99}])
def test_an_encoding_that_makes_no_sense_is_refused(options):
    with pytest.raises(ValueError, match="found"):
        Encoding(**options)
