"""Write small FBX files as text (7.4): what a test wants to know goes in, what an exporter would write comes out."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence

import numpy as np

from arviz.core.frozen import Array

SQUARE = ((0, 0, 0), (100, 0, 0), (100, 200, 0), (0, 200, 0))
"""One quad, 100 x 200 units."""


def axes(*, right: str = "+X", up: str = "+Y", front: str = "+Z", unit_cm: float = 1.0) -> str:
    """Return the global settings of a file in which one unit is `unit_cm` centimetres."""
    lines = [f'P: "UnitScaleFactor", "double", "Number", "",{unit_cm}', f'P: "OriginalUnitScaleFactor", "double", "Number", "",{unit_cm}']
    for name, axis in (("Coord", right), ("Up", up), ("Front", front)):
        lines.append(f'P: "{name}Axis", "int", "Integer", "",{"XYZ".index(axis[1])}')
        lines.append(f'P: "{name}AxisSign", "int", "Integer", "",{1 if axis[0] == "+" else -1}')
    return "GlobalSettings: {\n Version: 1000\n Properties70: {\n" + "\n".join(lines) + "\n }\n}"


def mesh(
    *,
    points: Sequence[Sequence[float]] = SQUARE,
    faces: Sequence[Sequence[int]] = ((0, 1, 2, 3),),
    materials: Sequence[int] = (),
    number: int = 10,
) -> str:
    """Return the geometry with the id `number`: polygons, UVs equal to (x, y) / 200, one material per face."""
    numbers = [float(value) for point in points for value in point]
    corners = [index if i + 1 < len(face) else -index - 1 for face in faces for i, index in enumerate(face)]
    uv = [points[index % len(points)][i] / 200 for face in faces for index in face for i in range(2)]
    layers = f"""LayerElementUV: 0 {{
  Name: "map1"
  MappingInformationType: "ByPolygonVertex"
  ReferenceInformationType: "Direct"
  UV: {_array(uv)}
 }}"""
    used = '\n  LayerElement: { Type: "LayerElementUV" TypedIndex: 0 }'
    if materials:
        layers += f"""
 LayerElementMaterial: 0 {{
  MappingInformationType: "ByPolygon"
  ReferenceInformationType: "IndexToDirect"
  Materials: {_array(materials)}
 }}"""
        used += '\n  LayerElement: { Type: "LayerElementMaterial" TypedIndex: 0 }'
    return f"""Geometry: {number}, "Geometry::board", "Mesh" {{
 Vertices: {_array(numbers)}
 PolygonVertexIndex: {_array(corners)}
 GeometryVersion: 124
 {layers}
 Layer: 0 {{{used}
 }}
}}"""


def node(number: int, name: str, **properties: Sequence[float]) -> str:
    """Return a model; `properties` such as ``Lcl_Translation=(1, 2, 3)``."""
    lines = [
        f'P: "{key.replace("_", " ")}", "{key.replace("_", " ")}", "", "A",{",".join(map(str, value))}' for key, value in properties.items()
    ]
    return f'Model: {number}, "Model::{name}", "Mesh" {{\n Version: 232\n Properties70: {{\n' + "\n".join(lines) + "\n }\n}"


def material(number: int, name: str, *, shading: str = "Phong", **properties: Sequence[float]) -> str:
    """Return a material; `properties` such as ``DiffuseColor=(1, 0, 0)``."""
    lines = [
        f'P: "{key}", "{"Color" if len(value) == 3 else "Number"}", "", "A",{",".join(map(str, value))}'
        for key, value in properties.items()
    ]
    body = "\n".join(lines)
    return f'Material: {number}, "Material::{name}", "" {{\n ShadingModel: "{shading}"\n Properties70: {{\n{body}\n }}\n}}'


def texture(number: int, file: str, *, content: bytes = b"") -> str:
    """Return a texture and its video (`number` + 1), with the picture inside where `content` is given."""
    inside = f'\n Content: ,\n "{base64.b64encode(content).decode()}"' if content else ""
    return f"""Texture: {number}, "Texture::{file}", "" {{
 Type: "TextureVideoClip"
 FileName: "C:\\work\\{file}"
 RelativeFilename: "{file}"
}}
Video: {number + 1}, "Video::{file}", "Clip" {{
 Type: "Clip"
 FileName: "C:\\work\\{file}"
 RelativeFilename: "{file}"{inside}
}}"""


_SECOND = 46_186_158_000
"""Ticks of ``KTime``."""


def take(number: int, name: str) -> str:
    """Return a take with one layer (`number` + 1), which is to be linked to it."""
    return f'AnimationStack: {number}, "AnimStack::{name}", "" {{\n}}\nAnimationLayer: {number + 1}, "AnimLayer::base", "" {{\n}}'


def curves(number: int, **axes: Sequence[tuple[float, float]]) -> str:
    """Return an animated property with the curves `number` + 1, + 2, ...: straight between keys (seconds, value).

    `axes` names them, ``X``, ``Y``, ``Z`` or ``DeformPercent``.
    """
    lines = [f'P: "d|{axis}", "Number", "", "A",{keys[0][1]}' for axis, keys in axes.items()]
    out = [f'AnimationCurveNode: {number}, "AnimCurveNode::c", "" {{\n Properties70: {{\n' + "\n".join(lines) + "\n }\n}"]
    for i, keys in enumerate(axes.values(), start=1):
        out.append(f"""AnimationCurve: {number + i}, "AnimCurve::", "" {{
 KeyVer: 4008
 KeyTime: {_array([round(time * _SECOND) for time, _ in keys])}
 KeyValueFloat: {_array([value for _, value in keys])}
 KeyAttrFlags: *1 {{
  a: 4
 }}
 KeyAttrDataFloat: *4 {{
  a: 0,0,0,0
 }}
 KeyAttrRefCount: {_array([len(keys)])}
}}""")
    return "\n".join(out)


def moved(layer: int, number: int, target: int, what: str, *axes: str) -> list[tuple[int, int] | tuple[int, int, str]]:
    """Return the links of `curves` to their layer and to the property `what` of `target`."""
    own = [(number + i, number, f"d|{axis}") for i, axis in enumerate(axes, start=1)]
    return [(number, layer), (number, target, what), *own]


def shape(number: int, name: str, offsets: Mapping[int, Sequence[float]]) -> str:
    """Return a blend shape that moves control points by `offsets`."""
    flat = [float(value) for offset in offsets.values() for value in offset]
    return f"""Geometry: {number}, "Geometry::{name}", "Shape" {{
 Version: 100
 Indexes: {_array(list(offsets))}
 Vertices: {_array(flat)}
 Normals: {_array([0.0] * len(flat))}
}}"""


def channel(number: int, name: str, *, percent: float = 0, full: Sequence[float] = (100,)) -> str:
    """Return a blend channel whose shapes, in the order of their links, stand fully at the percentages `full`."""
    return f"""Deformer: {number}, "SubDeformer::{name}", "BlendShapeChannel" {{
 Version: 100
 DeformPercent: {percent}
 FullWeights: {_array(full)}
 Properties70: {{
  P: "DeformPercent", "Number", "", "A",{percent}
 }}
}}"""


def deformer(number: int, kind: str) -> str:
    """Return a deformer, ``BlendShape`` or ``Skin``."""
    return f'Deformer: {number}, "Deformer::", "{kind}" {{\n Version: 100\n}}'


def cluster(number: int, weights: Mapping[int, float], *, mesh: Array, bone: Array) -> str:
    """Return what a bone moves; `mesh` and `bone` are their places (4, 4) in the world when they were bound."""
    local = np.linalg.inv(bone) @ mesh
    return f"""Deformer: {number}, "SubDeformer::", "Cluster" {{
 Version: 100
 Indexes: {_array(list(weights))}
 Weights: {_array(list(weights.values()))}
 Transform: {_array(local.T.reshape(-1).tolist())}
 TransformLink: {_array(bone.T.reshape(-1).tolist())}
}}"""


def document(*objects: str, links: Sequence[tuple[int, int] | tuple[int, int, str]], settings: str | None = None) -> bytes:
    """Return the file: `links` connect (child, parent) objects, or a child to a property of its parent; 0 is the scene."""
    lines = [f'C: "OO",{link[0]},{link[1]}' if len(link) == 2 else f'C: "OP",{link[0]},{link[1]}, "{link[2]}"' for link in links]
    body = "\n".join(objects)
    text = f"""; FBX 7.4.0 project file
FBXHeaderExtension: {{
 FBXHeaderVersion: 1003
 FBXVersion: 7400
 Creator: "arviz tests"
}}
{settings or axes()}
Objects: {{
{body}
}}
Connections: {{
{chr(10).join(lines)}
}}
"""
    return text.encode()


def _array(values: Sequence[float]) -> str:
    return f"*{len(values)} {{\n  a: {','.join(map(str, values))}\n }}"
