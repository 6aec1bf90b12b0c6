"""Write ``calibration/face/template.json``: the mean face that 468 landmarks are numbered by.

The numbers stand in MediaPipe's face landmarker, in the member that describes its geometry: a protocol buffer with the mesh of
``canonical_face_model`` (centimetres, texture coordinates from the lower left). It is read here by hand, wire format alone:
`GeometryPipelineMetadata` -> `canonical_mesh` (field 1) -> `vertex_buffer` (3) and `index_buffer` (4).
"""

from __future__ import annotations

import hashlib
import io
import json
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from arviz.flows.models import model_store

OUT = Path(__file__).resolve().parent.parent.parent / "calibration" / "face" / "template.json"
MEMBER = "geometry_pipeline_metadata_landmarks.binarypb"
MESH, VERTICES, INDICES = 1, 3, 4
"""Field numbers in MediaPipe's geometry_pipeline_metadata.proto and mesh_3d.proto."""
METRES_PER_CM = 0.01

# Bone under thin skin, or far from every muscle that speaks, laughs, winks or frowns: the bridge of the nose down to its tip,
# the upper forehead, the temples and the cheekbones. Left out: brows, lids, corners of eyes and mouth, lips, jaw, wings of the nose.
NOSE = (168, 6, 197, 195, 5, 4)
FOREHEAD = (10, 109, 338, 67, 297, 103, 332)
TEMPLES = (127, 356, 162, 389, 234, 454)
CHEEKBONES = (116, 345, 123, 352)


def fields(data: bytes) -> Iterator[tuple[int, Any]]:
    """Yield (field number, value) of one message: int for a varint, bytes for a length-delimited one or a fixed32.

    Protocol Buffers, "Encoding": a tag is number << 3 | wire type.
    """
    at = 0

    def varint() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(data):
        tag = varint()
        wire = tag & 7
        if wire == 0:
            yield tag >> 3, varint()
            continue
        if wire not in (2, 5):
            raise ValueError(f"wire type {wire} at byte {at} is not used by this file")
        length = varint() if wire == 2 else 4
        yield tag >> 3, data[at : at + length]
        at += length


def mesh(metadata: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Return vertices (468, 5) x, y, z in cm, u, v and triangles (898, 3)."""
    (canonical,) = [value for number, value in fields(metadata) if number == MESH]
    members = list(fields(canonical))
    floats = [struct.unpack("<f", value)[0] for number, value in members if number == VERTICES]
    indices = [value for number, value in members if number == INDICES]
    return np.array(floats).reshape(-1, 5), np.array(indices).reshape(-1, 3)


def main() -> None:
    """Write the file."""
    landmarker = model_store().find("face_landmarker").read_bytes()
    with zipfile.ZipFile(io.BytesIO(landmarker)) as bundle:
        vertices, triangles = mesh(bundle.read(MEMBER))
    document = {
        "schema": "arviz.face_template/1",
        "source": f"MediaPipe face landmarker (face_landmarker.task, float16, version 1), member {MEMBER}: the canonical face model",
        "source_sha256": hashlib.sha256(landmarker).hexdigest(),
        "licence": "Apache-2.0; Copyright The MediaPipe Authors",
        "changes": "Centimetres became metres, texture coordinates count from the upper left; the list `rigid` is ours.",
        "made_by": "assets/make/face_template.py",
        "points_m": [[round(float(x) * METRES_PER_CM, 8) for x in point] for point in vertices[:, :3]],
        "uv": [[round(float(u), 6), round(float(v), 6)] for u, v in vertices[:, 3:]],
        "triangles": triangles.tolist(),
        "rigid": sorted((*NOSE, *FOREHEAD, *TEMPLES, *CHEEKBONES)),
    }
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value, separators=(',', ':'))}" for key, value in document.items())
    OUT.write_text("{\n" + lines + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
