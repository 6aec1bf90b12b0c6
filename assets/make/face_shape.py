"""Write ``calibration/face/shape.json``: where the template's rigid points lie on people's heads, and how people differ.

The template is one face; its nose stands 7 mm farther out than that of the mean of MakeHuman's people and its temples lie 9 mm
farther forward, which turns every pose by five degrees of pitch. The numbers here are mean and principal components (Jolliffe 2002) of
the rigid points of drawn heads (`arviz.testing.heads.make_head`, CC0), each in the template's frame and at the template's size.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from arviz.core.face import face_template
from arviz.testing.heads import make_head

OUT = Path(__file__).resolve().parent.parent.parent / "calibration" / "face" / "shape.json"
HEADS, FIRST_SEED, MODES = 400, 3_000_000, 6


def main() -> None:
    """Write the file."""
    template = face_template()
    heads = [make_head(FIRST_SEED + number) for number in range(HEADS)]
    every = np.array([head.landmarks_m[template.rigid] / head.template_scale for head in heads])
    points = template.points_m[template.rigid]
    mirror = np.linalg.norm(points[:, None] - points * (-1, 1, 1), axis=2).argmin(axis=1)
    every = np.concatenate([every, every[:, mirror] * (-1, 1, 1)])  # no side is the better one
    mean = every.mean(axis=0)
    _, strength, modes = np.linalg.svd((every - mean).reshape(len(every), -1), full_matrices=False)
    variance = strength**2 / (len(every) - 1)
    document = {
        "schema": "arviz.face_shape/1",
        "source": f"{HEADS} heads of arviz.testing.heads, seeds from {FIRST_SEED}, and their mirror images; slight expressions",
        "licence": "CC0-1.0 (MakeHuman's head and targets)",
        "made_by": "assets/make/face_shape.py",
        "points": template.rigid.tolist(),
        "mean_m": mean.round(6).tolist(),
        "modes_m": (modes[:MODES] * np.sqrt(variance[:MODES, None])).round(7).reshape(MODES, -1, 3).tolist(),
        "rest_m": round(float(np.sqrt(variance[MODES:].sum() / modes.shape[1])), 7),
    }
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value, separators=(',', ':'))}" for key, value in document.items())
    OUT.write_text("{\n" + lines + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
