"""What leads nowhere is left out and named; the rest of the file is read, and written it is valid."""

from __future__ import annotations

import json

import numpy as np
import pytest

from arviz.core.errors import LimitError
from arviz.formats.gltf.container import join
from arviz.formats.gltf.write import write_glb
from arviz.formats.read import read

_POINTS = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], np.float32)
_TRIANGLE = {"POSITION": 0}
_PRIMITIVE = {"attributes": _TRIANGLE}


def _glb(**changes: object) -> bytes:
    document = {
        "asset": {"version": "2.0"},
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": _TRIANGLE}]}],
        "accessors": [{"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3", "min": [0, 0, 0], "max": [1, 1, 0]}],
        "bufferViews": [{"buffer": 0, "byteLength": 36}],
        "buffers": [{"byteLength": 36}],
        **changes,
    }
    return join(document, _POINTS.tobytes())


@pytest.mark.parametrize(
    ("changes", "code", "where"),
    [
        ({"scene": 3}, "UNRESOLVED_REFERENCE", "/scene"),
        ({"nodes": [{"mesh": 0, "camera": 1}]}, "UNRESOLVED_REFERENCE", "/nodes/0/camera"),
        ({"nodes": [{"mesh": 0, "children": [9]}]}, "UNRESOLVED_REFERENCE", "/nodes/0/children/0"),
        ({"nodes": [{"mesh": 0}, {"mesh": 1}]}, "UNRESOLVED_REFERENCE", "/nodes/1/mesh"),
        ({"nodes": [{"mesh": 0, "skin": 0}], "skins": [{}]}, "UNDEFINED_PROPERTY", "/skins/0"),
        ({"nodes": [{"mesh": 0, "skin": 0}], "skins": [{"joints": [4]}]}, "UNRESOLVED_REFERENCE", "/skins/0/joints"),
        (
            {"meshes": [{"primitives": [{"attributes": _TRIANGLE, "material": 0}]}]},
            "UNRESOLVED_REFERENCE",
            "/meshes/0/primitives/0/material",
        ),
        ({"materials": [{"normalTexture": {"index": 0}}]}, "UNRESOLVED_REFERENCE", "/materials/0/normalTexture/index"),
        ({"textures": [{"source": 0}]}, "UNRESOLVED_REFERENCE", "/textures/0/source"),
        ({"animations": [{}]}, "UNDEFINED_PROPERTY", "/animations/0"),
        (
            {"animations": [{"channels": [{"sampler": 1, "target": {"path": "scale"}}], "samplers": [{}]}]},
            "UNRESOLVED_REFERENCE",
            "/animations/0/channels/0/sampler",
        ),
    ],
)
def test_dead_references_are_left_out_and_named(changes, code, where, validator):
    asset = read(_glb(**changes), format="glb")
    assert (code, where) in {(finding.code, finding.where) for finding in asset.source.findings}
    assert len(asset.meshes[0].primitives[0].positions) == 3
    assert validator.errors(write_glb(asset)) == []


def test_a_mesh_that_draws_nothing_goes_and_the_others_keep_their_nodes(validator):
    meshes = [{"primitives": [{"attributes": {"NORMAL": 0}}]}, {"name": "kept", "primitives": [{"attributes": _TRIANGLE}]}]
    asset = read(_glb(meshes=meshes, nodes=[{"mesh": 1}, {"mesh": 0}]), format="glb")
    assert [mesh.name for mesh in asset.meshes] == ["kept"]
    assert [node.mesh for node in asset.nodes] == [0, None]
    assert validator.errors(write_glb(asset)) == []


@pytest.mark.parametrize("uri", ["http://127.0.0.1:9/a.png", "../a.png", "/dev/zero", "data:image/png;base64,`"])
def test_a_picture_from_outside_or_broken_is_left_out_with_an_error(uri, tmp_path):
    path = tmp_path / "a.glb"
    path.write_bytes(_glb(images=[{"uri": uri}], textures=[{"source": 0}], materials=[{}]))
    asset = read(path)
    assert asset.images[0].data is None
    assert "error" in {finding.severity for finding in asset.source.findings}


def test_a_buffer_without_a_file_is_zeros_and_bounded():
    document = {"asset": {"version": "2.0"}, "buffers": [{"byteLength": 36}]}
    asset = read(json.dumps(document).encode(), format="gltf")
    assert [finding.code for finding in asset.source.findings] == ["W_BUFFER_ABSENT"]
    document["buffers"] = [{"byteLength": 2**40}]
    with pytest.raises(LimitError):
        read(json.dumps(document).encode(), format="gltf")
