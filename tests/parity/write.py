"""Write the parity vectors of make-up: a small picture of a synthetic head, its points, a recipe, and what the reference makes of it.

    python -m tests.parity.write

A runtime in another language reads the bundle of constants (arviz/tryon/data) and a vector, and must come within 2/255 of `expected`.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np

from arviz.core.frozen import Array
from arviz.core.landmarks import Landmarks
from arviz.testing.heads import HeadPhoto, make_head, make_shot, photo
from arviz.tryon.makeup.light import face_light
from arviz.tryon.makeup.put_on import put_on
from arviz.tryon.recipe import recipe_of

FOLDER = Path(__file__).parent
SCHEMA = "arviz.tryon.parity/1"
SIDE_PX = 128
LOOKS: dict[str, list[dict[str, Any]]] = {
    "matte": [{"kind": "lipstick", "albedo_srgb": "#B0263A", "coverage": 0.85, "finish": "matte"}],
    "gloss": [{"kind": "lipstick", "albedo_srgb": "#C98B80", "coverage": 0.7, "finish": "gloss"}],
    "look": [
        {"kind": "blush", "albedo_srgb": "#C9605C", "coverage": 0.3, "finish": "matte"},
        {"kind": "eyeshadow", "albedo_srgb": "#6B4A7A", "coverage": 0.6, "finish": "satin"},
        {"kind": "lipstick", "albedo_srgb": "#6B1F3A", "coverage": 0.9, "finish": "satin"},
    ],
    "smile": [{"kind": "lipstick", "albedo_srgb": "#D9604C", "coverage": 0.85, "finish": "satin"}],
}
SMILE = {"mouth-corner-puller": 0.5, "eye-left-closure": 0.35, "eye-right-closure": 0.35, "eye-left-slit": 0.4, "eye-right-slit": 0.4}
SHOTS: dict[str, dict[str, Any]] = {
    "matte": {"seed": 1, "skin_tone": 2, "light": "warm", "yaw_rad": 0.0},
    "gloss": {"seed": 2, "skin_tone": 6, "light": "neutral", "yaw_rad": 0.35},
    "look": {"seed": 3, "skin_tone": 4, "light": "side", "yaw_rad": -0.6},
    "smile": {"seed": 9, "skin_tone": 3, "light": "cool", "yaw_rad": 0.1, "distance_m": 0.2, "expression": SMILE},
}
"""Of each vector; the seed is part of the file's name, nothing is tuned to it."""


def true_landmarks(picture: HeadPhoto) -> Landmarks:
    """Return the landmarks that a perfect network would find in a photo of a synthetic head, with irises and depths."""
    pupils, head = picture.pupils_px, picture.head
    focal = picture.shot.camera.k[0, 0]
    radius = focal * head.iris_diameter_m / 2 / picture.pupils_m[:, 2]
    rim = np.array([[0, 0], [1, 0], [0, -1], [-1, 0], [0, 1.0]])
    irises = [pupil + r * rim for pupil, r in zip(pupils, radius, strict=True)]
    points = np.concatenate([picture.landmarks_px, *irises])
    depth = np.concatenate([picture.landmarks_m[:, 2], np.repeat(picture.pupils_m[:, 2], 5)])
    return Landmarks(
        kind="face",
        points_px=points,
        depth_px=focal * (depth - depth.mean()) / depth.mean(),
        confidence=1.0,
        source="truth",
    )


def encoded(pixels: Array) -> str:
    """Return 8-bit pixels, row by row, as base64."""
    return base64.b64encode(np.ascontiguousarray(pixels, np.uint8).tobytes()).decode()


def decoded(vector: dict[str, Any], name: str) -> Array:
    """Return pixels (H, W, 3) of a vector."""
    return np.frombuffer(base64.b64decode(vector[name]), np.uint8).reshape(vector["height_px"], vector["width_px"], 3)


def landmarks_of(vector: dict[str, Any]) -> Landmarks:
    """Return the face of a vector."""
    return Landmarks(
        kind="face", points_px=np.array(vector["points_px"]), depth_px=np.array(vector["depth_px"]), confidence=1.0, source="parity"
    )


def expect(vector: dict[str, Any]) -> dict[str, Any]:
    """Return what the reference makes of a vector: pixels, and the numbers on the way."""
    pixels, face = decoded(vector, "pixels"), landmarks_of(vector)
    light = face_light(pixels, face)
    assert light is not None
    made = put_on(pixels, face, recipe_of(vector["recipe"]).makeup, light=light)
    layers = []
    for worn in made.worn:
        uniforms = {name: np.round(value, 9).tolist() for name, value in worn.uniforms._asdict().items()}
        layers.append({"mask_sum": round(float(worn.region.mask.sum(dtype=np.float64)), 4), **uniforms})
    light_out = {"white": np.round(light.white, 9).tolist(), "skin": round(light.skin, 9)}
    return {"light": light_out, "layers": layers, "pixels": encoded(made.pixels)}


def vector(name: str) -> dict[str, Any]:
    """Draw one vector."""
    shot = {"distance_m": 0.3, **SHOTS[name]}
    seed = shot.pop("seed")
    expression = {f"expression-{name}": weight for name, weight in shot.pop("expression", {}).items()} or None
    head = make_head(seed, skin_tone=shot.pop("skin_tone"), expression=expression)
    taken = make_shot(seed, width_px=SIDE_PX, height_px=SIDE_PX, pitch_rad=0.0, offset_px=(0, 0), gaze="camera", **shot)
    picture = photo(head, taken)
    face = true_landmarks(picture)
    recipe = {"schema": "arviz.tryon/1", "id": name, "items": LOOKS[name]}
    out = {
        "schema": SCHEMA,
        "width_px": SIDE_PX,
        "height_px": SIDE_PX,
        "k": picture.frame.camera.k.tolist(),
        "pixels": encoded(picture.frame.image.pixels),
        "points_px": np.round(face.points_px, 4).tolist(),
        "depth_px": np.round(face.depth_px, 4).tolist() if face.depth_px is not None else None,
        "recipe": recipe,
        "layers": [
            {"kind": m.kind, "albedo": list(m.albedo), "coverage": m.coverage, "finish": m.finish} for m in recipe_of(recipe).makeup
        ],
    }
    return {**out, "expected": expect(out)}


def main() -> None:
    """Write all vectors."""
    for name in LOOKS:
        text = json.dumps(vector(name), separators=(",", ":"))
        (FOLDER / f"makeup-{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
