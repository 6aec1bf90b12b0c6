"""Write ``arviz/tryon/data``: what a try-on needs beside its code, so that a browser reads the same numbers.

`regions.json` and `look.json` are written by hand. The mesh is that of ``calibration/face/template.json``, the numbers of the filter for
films those of `arviz.vision.landmarks.steady` and `arviz.vision.face.follow`. Masks are painted here, in the
texture coordinates of that mesh. `manifest.json` lists all files.

    python -m assets.make.tryon_constants [folder]
"""

from __future__ import annotations

import hashlib
import json
import shutil
import struct
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from arviz.core.face import FaceTemplate, face_template
from arviz.core.frozen import Array
from arviz.vision.face import follow
from arviz.vision.landmarks import steady

OUT = Path(__file__).resolve().parents[2] / "arviz" / "tryon" / "data"
SIDE = 256
"""Pixels of a mask: about one for each 1 mm of a face; what must be sharp is cut by outlines in the picture."""
BY_HAND = ("look.json", "regions.json")
LICENCES = {
    "look.json": "Apache-2.0",
    "regions.json": "Apache-2.0; vertex numbers of MediaPipe's face mesh",
    "mesh.json": "Apache-2.0; Copyright The MediaPipe Authors",
    "steady.json": "Apache-2.0",
    "eyeshadow.png": "Apache-2.0; painted by assets/make/tryon_constants.py",
    "blush.png": "Apache-2.0; painted by assets/make/tryon_constants.py",
}

EYESHADOW = {
    1.0: (246, 161, 160, 159, 158, 157, 173, 247, 30, 29, 27, 28, 56),
    0.85: (33,),
    0.55: (130, 113, 190, 133),
    0.6: (225, 224, 223, 222),
    0.4: (221,),
    0.2: (226, 243, 189),
}
"""Strength at the vertices of the right eye: full on the lid up to its crease, half on the orbit, nothing at the brow or below the eye."""
EYE_BLUR = 2.0
"""Deviation in pixels of the mask."""
APPLE_UV, TOWARDS_TEMPLE, LONG, SHORT = (0.276, 0.532), (-0.085, -0.062), 0.058, 0.036
"""The apple of the right cheek: middle, direction in which it fades out, deviations along and across."""
CLEAR = {
    "below the eye": ((0.30, 0.428), (0.30, 0.458)),
    "beside the nose": ((0.390, 0.54), (0.355, 0.54)),
    "beside the mouth": ((0.36, 0.655), (0.33, 0.625)),
}
"""Where blush is gone, and where it is whole again: along the line from the first point to the second."""


def barycentric(template: FaceTemplate) -> tuple[Array, Array, Array]:
    """Return which pixels (N,) of a mask lie on the mesh, in which triangle (N,), with which weights (N, 3)."""
    grid = (np.arange(SIDE) + 0.5) / SIDE
    places = np.stack(np.meshgrid(grid, grid), axis=-1).reshape(-1, 2)
    pixels, triangles, weights = [], [], []
    for number, (a, b, c) in enumerate(template.uv[template.triangles]):
        w = (places - a) @ np.linalg.inv(np.stack([b - a, c - a]))
        inside = (w >= 0).all(axis=1) & (w.sum(axis=1) <= 1)
        pixels.append(np.flatnonzero(inside))
        triangles.append(np.full(inside.sum(), number))
        weights.append(np.c_[1 - w[inside].sum(axis=1), w[inside]])
    return np.concatenate(pixels), np.concatenate(triangles), np.concatenate(weights)


def blurred(mask: Array, deviation_px: float) -> Array:
    """Return a mask convolved with a Gaussian."""
    reach = int(np.ceil(4 * deviation_px))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / deviation_px) ** 2)
    for axis in (0, 1):
        mask = np.apply_along_axis(np.convolve, axis, mask, kernel / kernel.sum(), mode="same")
    return mask


def eyeshadow(template: FaceTemplate) -> Array:
    """Return the mask of both upper lids (SIDE, SIDE), 0 to 1."""
    strength = np.zeros(len(template.uv))
    for share, numbers in EYESHADOW.items():
        strength[list(numbers)] = share
    pixels, triangles, weights = barycentric(template)
    out = np.zeros(SIDE * SIDE)
    out[pixels] = (strength[template.triangles[triangles]] * weights).sum(axis=1)
    return mirrored(blurred(out.reshape(SIDE, SIDE), EYE_BLUR))


def blush(template: FaceTemplate) -> Array:
    """Return the mask of both cheeks (SIDE, SIDE), 0 to 1."""
    grid = (np.arange(SIDE) + 0.5) / SIDE
    places = np.stack(np.meshgrid(grid, grid), axis=-1)
    along = np.array(TOWARDS_TEMPLE) / np.hypot(*TOWARDS_TEMPLE)
    away = places - APPLE_UV
    out = np.exp(-0.5 * (((away @ along) / LONG) ** 2 + ((away @ [-along[1], along[0]]) / SHORT) ** 2))
    for start, end in CLEAR.values():
        line = np.subtract(end, start)
        out *= step((places - start) @ line / (line @ line))
    return mirrored(out / out.max())


def step(values: Array) -> Array:
    """Return 0 below 0, 1 above 1, a cubic between."""
    t = np.clip(values, 0, 1)
    out: Array = t * t * (3 - 2 * t)
    return out


def mirrored(mask: Array) -> Array:
    """Return a mask of the right side of the face on both."""
    out: Array = np.maximum(mask, mask[:, ::-1])
    return out


def png(mask: Array) -> bytes:
    """Return a grey 8-bit PNG without colour chunks, not packed, so that no version of zlib changes its bytes."""
    levels = np.floor(mask * 255 + 0.5).astype(np.uint8)
    rows = b"".join(b"\0" + row.tobytes() for row in levels)
    blocks = [rows[i : i + 0xFFFF] for i in range(0, len(rows), 0xFFFF)]
    stored = b"".join(struct.pack("<BHH", i == len(blocks) - 1, len(block), len(block) ^ 0xFFFF) + block for i, block in enumerate(blocks))
    packed = b"\x78\x01" + stored + struct.pack(">I", zlib.adler32(rows))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def mesh(template: FaceTemplate) -> bytes:
    """Return the file form of the face's mesh: metres in the head's frame, texture coordinates from the upper left."""
    document: dict[str, Any] = {
        "schema": "arviz.tryon.mesh/1",
        "points_m": np.round(template.points_m, 8).tolist(),
        "uv": np.round(template.uv, 6).tolist(),
        "triangles": template.triangles.tolist(),
        "rigid": template.rigid.tolist(),
        "upper": template.upper.tolist(),
    }
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value, separators=(',', ':'))}" for key, value in document.items())
    return ("{\n" + lines + "\n}\n").encode()


def filter_numbers() -> bytes:
    """Return the file form of what makes points steady: hertz, own sizes, seconds; the mesh's `upper` points carry the others."""
    names = ("cut_hz", "quicken", "still", "shape_cut_hz", "shape_quicken", "rate_cut_hz", "newest", "longest_gap_s", "jump")
    document = {"schema": "arviz.tryon.steady/1", **{name: getattr(steady, name.upper()) for name in names}}
    names = ("tremble", "tremble_hz", "believed", "moved", "drift_hz", "wander")
    document["pose"] = {name: getattr(follow, name.upper()) for name in names}
    return (json.dumps(document, indent=2) + "\n").encode()


def main(folder: Path = OUT) -> None:
    """Write all files into a folder."""
    template = face_template()
    if folder != OUT:
        for name in BY_HAND:
            shutil.copyfile(OUT / name, folder / name)
    masks = {name: png(paint(template)) for name, paint in (("eyeshadow.png", eyeshadow), ("blush.png", blush))}
    for name, data in {"mesh.json": mesh(template), "steady.json": filter_numbers(), **masks}.items():
        (folder / name).write_bytes(data)
    files = []
    for name, licence in sorted(LICENCES.items()):
        data = (folder / name).read_bytes()
        files.append({"uri": name, "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data), "licence": licence})
    manifest = {"schema": "arviz.tryon.manifest/1", "constants": 1, "made_by": "assets/make/tryon_constants.py", "files": files}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
