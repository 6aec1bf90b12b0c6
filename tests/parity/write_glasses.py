"""Write the parity vector of glasses: pixels of two lenses before a small picture, and what the reference makes of each.

    python -m tests.parity.write_glasses

A runtime in another language finds for each pixel the place that is seen through the lens (a thin lens with a power), the share of
light that passes (Beer and Lambert, Fresnel after Schlick), what is mirrored, and the finished pixel; it must come within 2/255.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np

from arviz.core.camera import Camera
from arviz.core.frozen import Array
from arviz.core.transforms import apply
from arviz.render.lens_optics import bent, mirror, tint
from arviz.render.lens_view import LensView, between, with_lenses
from arviz.render.onto_face import DECODED, encoded
from tests.parity.write import decoded

FILE = Path(__file__).parent / "glasses-lenses.json"
SCHEMA = "arviz.tryon.parity.glasses/1"
SIDE_PX, EACH = 96, 120
LENSES = (
    {"transmittance": [0.14, 0.13, 0.11], "reflectance": [0.04, 0.04, 0.04], "ior": 1.5, "dioptre": -4.0},
    {"transmittance": [0.86, 0.9, 0.92], "reflectance": [0.35, 0.22, 0.1], "ior": 1.6, "dioptre": 2.5},
)
"""Right: sunglasses for somebody short-sighted; left: a mirror coating on reading glasses."""
EYES_M = 0.031
RADIUS_M, BACK_M = 0.12, 0.045
"""Lenses are parts of spheres; the face is so far behind their middles."""


def vector() -> dict[str, Any]:
    """Draw the vector; what is random in it has the seed 0."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:SIDE_PX, :SIDE_PX]
    waves = np.stack([128 + 100 * np.sin(x / 5 + c) * np.cos(y / 7 - c) for c in range(3)], axis=-1)
    photo = np.clip(waves + rng.normal(0, 4, waves.shape), 0, 255).astype(np.uint8)
    pose = np.diag([1.0, -1, -1, 1])
    turn = 0.2
    pose[:3, :3] = pose[:3, :3] @ np.array([[np.cos(turn), 0, np.sin(turn)], [0, 1, 0], [-np.sin(turn), 0, np.cos(turn)]])
    pose[2, 3] = 0.35
    pixels = []
    for number, side in enumerate((-1, 1)):
        aside = rng.uniform(-0.022, 0.022, (EACH, 2))
        sag = RADIUS_M - np.sqrt(RADIUS_M**2 - (aside**2).sum(axis=1))
        normal = np.concatenate([aside / RADIUS_M, np.sqrt(1 - (aside**2).sum(axis=1, keepdims=True) / RADIUS_M**2)], axis=1)
        point = np.concatenate([aside + np.array([side * EYES_M, 0]), BACK_M - sag[:, None]], axis=1)
        alpha = np.where(rng.random(EACH) < 0.5, 0, rng.random(EACH))
        frame = np.concatenate([rng.random((EACH, 3)) * alpha[:, None], alpha[:, None]], axis=1)
        for i in range(EACH):
            pixels.append(
                {
                    "lens": number,
                    "point_m": np.round(point[i], 7).tolist(),
                    "normal": np.round(normal[i], 7).tolist(),
                    "to_face": round(float(BACK_M + rng.uniform(-0.01, 0.01)), 6),
                    "mirrored": np.round(rng.uniform(0, 1.5, 3), 4).tolist(),
                    "frame": np.round(frame[i], 5).tolist(),
                    "cover": round(float(min(1.0, rng.random() * 2)), 4),
                    "before": bool(rng.random() < 0.3),
                }
            )
    out = {
        "schema": SCHEMA,
        "width_px": SIDE_PX,
        "height_px": SIDE_PX,
        "k": [[110.0, 0, 47.5], [0, 110.0, 47.5], [0, 0, 1]],
        "camera_from_head": np.round(pose, 9).tolist(),
        "pixels": base64.b64encode(photo.tobytes()).decode(),
        "lenses": [{**lens, "centre_m": [side * EYES_M, 0.0, BACK_M]} for lens, side in zip(LENSES, (-1, 1), strict=True)],
        "samples": pixels,
    }
    return {**out, "expected": expect(out)}


def expect(vector: dict[str, Any]) -> dict[str, Any]:
    """Return what the reference makes of each sample: the place seen, what passes, the glare, and the pixel (N, 3)."""
    camera = Camera(k=np.array(vector["k"]), width_px=vector["width_px"], height_px=vector["height_px"])
    pose, samples = np.array(vector["camera_from_head"]), vector["samples"]

    def column(name: str) -> Array:
        return np.array([sample[name] for sample in samples])

    def of_lens(name: str) -> Array:
        return np.array([lens[name] for lens in vector["lenses"]])[column("lens")]

    points = column("point_m")
    placed = apply(pose, points)
    ways = (placed / placed[:, 2:]) @ pose[:3, :3]
    cosine = np.abs((ways * column("normal")).sum(axis=1)) / np.linalg.norm(ways, axis=1)
    seen = points + bent(ways, points, centres_m=of_lens("centre_m"), dioptre=of_lens("dioptre")) * column("to_face")[:, None]
    places = camera.project(apply(pose, seen))
    mirrors = mirror(of_lens("reflectance"), cosine)
    passes = tint(of_lens("transmittance"), cosine, of_lens("ior")) * (1 - mirrors)
    photo = DECODED[decoded(vector, "pixels")]
    at = np.floor(camera.project(placed) + 0.5).astype(int)
    lenses = LensView(
        cover=column("cover")[None].astype(np.float32),
        passes=passes[None].astype(np.float32),
        glare=(mirrors * column("mirrored"))[None].astype(np.float32),
        before=column("before")[None],
        places_px=places[None],
        guessed=False,
    )
    drawn = encoded(
        with_lenses(column("frame")[None].astype(np.float32), photo[at[:, 1], at[:, 0]][None], between(photo, places)[None], lenses)
    )
    return {"places_px": np.round(places, 5).tolist(), "passes": np.round(passes, 7).tolist(), "pixels": drawn[0].tolist()}


if __name__ == "__main__":
    FILE.write_text(json.dumps(vector(), separators=(",", ":")) + "\n", encoding="utf-8")
