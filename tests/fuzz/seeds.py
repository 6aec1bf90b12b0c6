"""Small whole files of each format that is read within the process; damage starts from them.

FBX, STEP and USD are read by libraries in processes of their own (`arviz.formats.apart`), whose end is an answer.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import numpy as np
import trimesh

from arviz.core.asset import Asset
from arviz.formats.gltf.container import join
from arviz.formats.gltf.encoding import Encoding
from arviz.formats.gltf.write import write_glb
from arviz.testing.shapes import sphere, textured

_PIXEL = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def _pictured() -> Asset:
    pixels = np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    return textured(sphere(segments=4), pixels)


def _block() -> trimesh.Trimesh:
    return trimesh.creation.box((0.2, 0.3, 0.4))


def _accessor(view: int, count: int, kind: str, *, component: int = 5126, **more: Any) -> dict[str, Any]:
    return {"bufferView": view, "componentType": component, "count": count, "type": kind, **more}


def _rich() -> dict[str, Any]:
    """Return a document with a skin, a shape, an animation, looks, a light, a camera and extensions; its numbers are zeros."""
    floats = [("VEC3", 12), ("VEC3", 12), ("VEC2", 8), ("VEC4", 16), ("MAT4", 64), ("SCALAR", 4)]
    views = [{"buffer": 0, "byteOffset": 0, "byteLength": size * 3} for _, size in floats]
    texture = {"index": 0, "texCoord": 0, "extensions": {"KHR_texture_transform": {"offset": [0.1, 0], "rotation": 0.5, "scale": [2, 2]}}}
    return {
        "asset": {"version": "2.0", "generator": "seed", "extras": {"size": [1, 2]}},
        "extensionsUsed": [
            "KHR_texture_transform",
            "KHR_materials_variants",
            "KHR_materials_sheen",
            "KHR_materials_transmission",
            "KHR_lights_punctual",
            "EXT_mesh_gpu_instancing",
        ],
        "extensions": {
            "KHR_materials_variants": {"variants": [{"name": "oak"}, {"name": "ink"}]},
            "KHR_lights_punctual": {"lights": [{"type": "spot", "intensity": 5, "spot": {"outerConeAngle": 0.6}}]},
        },
        "scene": 0,
        "scenes": [{"nodes": [0, 3]}],
        "nodes": [
            {"name": "whole", "children": [1, 2], "matrix": [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]},
            {"name": "part", "mesh": 0, "skin": 0, "weights": [0.5]},
            {"name": "bone", "translation": [0, 1, 0], "rotation": [0, 0, 0, 1], "scale": [1, 1, 1]},
            {
                "name": "row",
                "mesh": 0,
                "camera": 0,
                "extensions": {
                    "KHR_lights_punctual": {"light": 0},
                    "EXT_mesh_gpu_instancing": {"attributes": {"TRANSLATION": 0}},
                },
            },
        ],
        "cameras": [{"type": "perspective", "perspective": {"yfov": 0.7, "znear": 0.1}}],
        "meshes": [
            {
                "weights": [0],
                "primitives": [
                    {
                        "attributes": {"POSITION": 0, "NORMAL": 1, "TEXCOORD_0": 2, "WEIGHTS_0": 3, "JOINTS_0": 6},
                        "targets": [{"POSITION": 1}],
                        "mode": 4,
                        "material": 0,
                        "extensions": {"KHR_materials_variants": {"mappings": [{"material": 0, "variants": [0, 1]}]}},
                    }
                ],
            }
        ],
        "skins": [{"joints": [2], "inverseBindMatrices": 4, "skeleton": 0}],
        "animations": [
            {
                "name": "open",
                "samplers": [{"input": 5, "output": 0, "interpolation": "LINEAR"}],
                "channels": [{"sampler": 0, "target": {"node": 2, "path": "translation"}}],
            }
        ],
        "materials": [
            {
                "alphaMode": "MASK",
                "alphaCutoff": 0.4,
                "doubleSided": True,
                "emissiveFactor": [0, 0.1, 0],
                "pbrMetallicRoughness": {"baseColorFactor": [1, 0.5, 0.5, 1], "metallicFactor": 0.2, "baseColorTexture": texture},
                "extensions": {
                    "KHR_materials_sheen": {"sheenColorFactor": [0.2, 0.2, 0.2]},
                    "KHR_materials_transmission": {"transmissionFactor": 0.5},
                },
            }
        ],
        "textures": [{"source": 0, "sampler": 0}],
        "samplers": [{"wrapS": 33071, "magFilter": 9729}],
        "images": [{"uri": _PIXEL}],
        "buffers": [{"byteLength": 512}],
        "bufferViews": [*views, {"buffer": 0, "byteOffset": 256, "byteLength": 12}],
        "accessors": [
            *[
                _accessor(number, 3 if number < 4 else 1, kind, **({"min": [0, 0, 0], "max": [0, 0, 0]} if number == 0 else {}))
                for number, (kind, _) in enumerate(floats)
            ],
            _accessor(6, 3, "VEC4", component=5121),
        ],
    }


def glb() -> list[bytes]:
    """Return files with pictures, with meshopt, and one that uses much of what glTF has."""
    return [write_glb(_pictured()), write_glb(_pictured(), encoding=Encoding(geometry="meshopt")), join(_rich(), bytes(512))]


def gltf() -> list[bytes]:
    """Return the same as text, with its buffer inside."""
    document = _rich()
    document["buffers"][0]["uri"] = "data:application/octet-stream;base64," + "AAAA" * 171
    return [json.dumps(document).encode()]


def obj() -> list[bytes]:
    """Return polygons of all kinds of indices, groups, colours, smoothing."""
    text = (
        "mtllib a.mtl\no part\nv 0 0 0\nv 1 0 0 .5 .5 .5\nv 1 1 0\nv 0 1 0 1\nv 0 0 1\nvt 0 0\nvt 1 0\nvt 1 1\nvn 0 0 1\n"
        "g one two\nusemtl wood\ns 1\nf 1/1/1 2/2/1 3/3/1\nf 1//1 3//1 4//1\ns off\nf -5 -4 -3 -2\n"
        "usemtl \\\nstone\nf 1/1 2/2 5/3\nl 1 2\np 1\n"
    )
    return [text.encode(), text.replace("\n", "\r\n").encode()]


def stl() -> list[bytes]:
    """Return both kinds, and several solids."""
    mesh = _block()
    ascii_file = mesh.export(file_type="stl_ascii")
    words = ascii_file.encode() if isinstance(ascii_file, str) else ascii_file
    return [mesh.export(file_type="stl"), words, words + words]


def ply() -> list[bytes]:
    """Return both kinds, with colours."""
    mesh = _block()
    mesh.visual.vertex_colors = np.full((len(mesh.vertices), 4), 200, np.uint8)
    return [mesh.export(file_type="ply", encoding=kind) for kind in ("binary", "ascii")]


def dae() -> list[bytes]:
    """Return a COLLADA file."""
    return [_block().export(file_type="dae")]


def threemf() -> list[bytes]:
    """Return a package."""
    space = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
    model = (
        f'<?xml version="1.0"?><model unit="millimeter" xmlns="{space}"><resources><basematerials id="2">'
        '<base name="oak" displaycolor="#aa8800"/></basematerials><object id="1" type="model" pid="2" pindex="0"><mesh><vertices>'
        '<vertex x="0" y="0" z="0"/><vertex x="9" y="0" z="0"/>'
        '<vertex x="0" y="9" z="0"/><vertex x="0" y="0" z="9"/></vertices><triangles><triangle v1="0" v2="1" v3="2"/>'
        '<triangle v1="0" v2="1" v3="3" p1="0"/></triangles></mesh></object><object id="3"><components><component objectid="1" '
        'transform="1 0 0 0 1 0 0 0 1 5 0 0"/></components></object></resources><build><item objectid="3"/></build></model>'
    )
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Target="/3D/3dmodel.model" '
        'Id="a" Type="http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"/></Relationships>'
    )
    out = BytesIO()
    with ZipFile(out, "w") as package:
        package.writestr("_rels/.rels", relations)
        package.writestr("3D/3dmodel.model", model)
    return [out.getvalue()]


SEEDS: dict[str, Callable[[], list[bytes]]] = {
    "glb": glb,
    "gltf": gltf,
    "obj": obj,
    "stl": stl,
    "ply": ply,
    "dae": dae,
    "3mf": threemf,
}
