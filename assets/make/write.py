"""Write a product as GLB, and as the OBJ with MTL and textures that a merchant would have: unitless, in their usual unit."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from arviz.core.asset import Asset, Primitive
from arviz.core.colour import linear_to_srgb
from arviz.core.graph import drawn
from arviz.core.material import Material, TextureInfo
from arviz.core.units import metres_per
from arviz.formats.gltf.write import write_glb

OBJ_SHADE = 0.6
"""Share of the baked occlusion that goes into vertex colours."""
MIME_SUFFIX = {"image/jpeg": ".jpg", "image/png": ".png"}


def write(made: Asset, folder: Path, *, name: str, unit: str) -> None:
    """Write ``name.glb`` and ``name.obj`` with ``name.mtl`` and its textures; lengths in the OBJ are in `unit`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.glb").write_bytes(write_glb(made))
    (folder / f"{name}.obj").write_text(obj_text(made, name=name, unit=unit), encoding="utf-8", newline="\n")
    used = [made.materials[i] for i in sorted({p.primitive.material for p in drawn(made) if p.primitive.material is not None})]
    textures: dict[str, bytes] = {}
    text = "".join(_mtl_entry(made, material, textures) for material in used)
    (folder / f"{name}.mtl").write_text(f"# {name}, made by arviz assets/make, Apache-2.0\n{text}", encoding="utf-8", newline="\n")
    for file, data in textures.items():
        (folder / file).write_bytes(data)


def obj_text(made: Asset, *, name: str, unit: str) -> str:
    """Return the OBJ: one object for each part, its path of names as group, quads where two triangles were one.

    Baked occlusion goes into vertex colours (``v x y z r g b``), which most readers know.
    """
    factor = 1 / metres_per(unit)
    digits = {"m": 5, "cm": 3, "mm": 3}[unit]
    parents = {c: i for i, n in enumerate(made.nodes) for c in n.children}
    out = [f"# {name}, made by arviz assets/make, Apache-2.0", f"mtllib {name}.mtl"]
    start = {"v": 1, "vt": 1, "vn": 1}
    for piece in drawn(made):
        node = made.nodes[piece.node]
        trail, at = [], parents.get(piece.node)
        while at is not None:
            trail.append(made.nodes[at].name)
            at = parents.get(at)
        label = node.name.replace(" ", "_")
        group = "_".join([*reversed(trail), node.name]).replace(" ", "_")
        attributes = piece.primitive.attributes
        out += [f"o {label}", f"g {group}", f"usemtl {_name(made.materials[piece.primitive.material or 0])}"]
        turned = attributes["NORMAL"] @ piece.asset_from_node[:3, :3].T
        grey = vertex_shade(made, piece.primitive)
        position_rows = _rows("v", piece.positions * factor, digits=digits, out=out, start=start, grey=grey)
        normal_rows = _rows("vn", turned, digits=3, out=out, start=start)
        faces = polygons(piece.primitive.triangles.astype(np.int64))
        if "TEXCOORD_0" in attributes:
            uv = attributes["TEXCOORD_0"].astype(np.float64) * [1, -1] + [0, 1]
            uv_rows = _rows("vt", uv, digits=4, out=out, start=start)
            words = [f"{a}/{b}/{c}" for a, b, c in zip(position_rows, uv_rows, normal_rows, strict=True)]
        else:
            words = [f"{a}//{c}" for a, c in zip(position_rows, normal_rows, strict=True)]
        out += [f"f {' '.join(words[i] for i in face)}" for face in faces]
    return "\n".join(out) + "\n"


def vertex_shade(made: Asset, primitive: Primitive) -> NDArray[Any] | None:
    """Return (V,) sRGB grey for vertex colours: the baked occlusion, softened because colours darken direct light too.

    OBJ has one set of texture coordinates, so the occlusion texture itself has no place there.
    """
    info = made.materials[primitive.material or 0].occlusion_texture
    if info is None:
        return None
    data = made.images[made.textures[info.texture].image or 0].data or b""
    baked = np.asarray(Image.open(io.BytesIO(data)).convert("L"), np.float64) / 255
    uv = primitive.attributes[f"TEXCOORD_{info.texcoord}"].astype(np.float64)
    column, row = (np.floor(uv * baked.shape[0]).astype(int)).T  # every vertex lies on a texel's centre
    return linear_to_srgb(1 - OBJ_SHADE * (1 - baked[row, column])).astype(np.float64)


def _rows(
    key: str, values: NDArray[Any], *, digits: int, out: list[str], start: dict[str, int], grey: NDArray[Any] | None = None
) -> list[int]:
    """Append each distinct row once, as text; return the 1-based number of every vertex's row."""
    whole = np.round(values * 10**digits).astype(np.int64)
    if grey is not None:
        whole = np.c_[whole, np.round(grey * 100).astype(np.int64)]
    distinct, inverse = np.unique(whole, axis=0, return_inverse=True)
    tails = [""] * len(distinct) if grey is None else [f" {g / 100:g}" * 3 for g in distinct[:, -1].tolist()]
    for row, tail in zip((distinct[:, : values.shape[1]] / 10**digits).tolist(), tails, strict=True):
        out.append(f"{key} " + " ".join(f"{v:.{digits}f}".rstrip("0").rstrip(".") for v in row) + tail)
    first = start[key]
    start[key] += len(distinct)
    return (inverse.reshape(-1) + first).tolist()  # type: ignore[no-any-return]


def polygons(triangles: NDArray[np.int64]) -> list[list[int]]:
    """Return faces: two triangles a b c, a c d that follow each other become the quad a b c d."""
    out: list[list[int]] = []
    rows = triangles.tolist()
    i = 0
    while i < len(rows):
        a, b, c = rows[i]
        if i + 1 < len(rows) and rows[i + 1][:2] == [a, c]:
            out.append([a, b, c, rows[i + 1][2]])
            i += 2
        else:
            out.append([a, b, c])
            i += 1
    return out


def _name(material: Material) -> str:
    return material.name.replace(" ", "_")


def _mtl_entry(made: Asset, material: Material, textures: dict[str, bytes]) -> str:
    """Return one ``newmtl`` and add what it needs to `textures`."""
    r, g, b = linear_to_srgb(np.array(material.base_color_factor[:3])).tolist()
    lines = [f"newmtl {_name(material)}", f"Kd {r:.4f} {g:.4f} {b:.4f}", "illum 2"]
    transmission = material.extensions.get("KHR_materials_transmission", {}).get("transmissionFactor", 0.0)
    ior = material.extensions.get("KHR_materials_ior", {}).get("ior", 1.5)
    opacity = 1 - 0.85 * transmission
    lines += [f"Ns {1000 * (1 - material.roughness_factor) ** 2:.1f}", f"Ni {ior:g}", f"d {opacity:.3f}"]
    lines += [f"Pr {material.roughness_factor:g}", f"Pm {material.metallic_factor:g}"]
    if any(material.emissive_factor):
        strength = material.extensions.get("KHR_materials_emissive_strength", {}).get("emissiveStrength", 1.0)
        lines.append("Ke " + " ".join(f"{v:.4f}" for v in linear_to_srgb(np.array(material.emissive_factor)) * strength))

    def use(key: str, info: TextureInfo | None, *, channel: int | None = None, suffix: str = "") -> None:
        if info is None:
            return
        image = made.images[made.textures[info.texture].image or 0]
        data = image.data or b""
        file = image.name + suffix + MIME_SUFFIX[image.mime_type]
        if channel is not None:
            data = _one_channel(data, channel)
        textures[file] = data
        scale: Any = info.extensions.get("KHR_texture_transform", {}).get("scale")
        option = f"-s {scale[0]:g} {scale[1]:g} 1 " if scale else ""
        lines.append(f"{key} {option}{file}")

    use("map_Kd", material.base_color_texture)
    use("map_Pr", material.metallic_roughness_texture, channel=1, suffix="_roughness")
    use("norm", material.normal_texture)
    use("map_Ke", material.emissive_texture)
    return "\n".join(lines) + "\n\n"


def _one_channel(data: bytes, channel: int) -> bytes:
    """Return one channel of a picture as grey JPEG, half as wide and high: MTL has a file for each quantity."""
    picture = Image.open(io.BytesIO(data)).getchannel(channel)
    small = picture.resize((picture.width // 2, picture.height // 2), Image.Resampling.BOX)
    out = io.BytesIO()
    small.save(out, "JPEG", quality=80, optimize=True)
    return out.getvalue()


def catalogue(rows: list[Mapping[str, str]]) -> str:
    """Return the catalogue as CSV; sizes are width x depth x height."""
    lines = ["sku,file,title,size,unit", *(",".join(row[k] for k in ("sku", "file", "title", "size", "unit")) for row in rows)]
    return "\n".join(lines) + "\n"
