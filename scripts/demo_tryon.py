"""Try glasses and a lipstick on: on a synthetic head (nobody's face), and on the public-domain portrait of Eileen Collins."""

from __future__ import annotations

import shutil
from pathlib import Path

import arviz
from arviz.core.image import encode
from arviz.flows.recipe import glasses, makeup, new_recipe
from arviz.testing.heads import make_head, make_shot, photo

SEED = 25
"""A woman of the factory of synthetic heads; she smiles a little."""
WIDTH_PX, HEIGHT_PX = 960, 720
RUBY = "#B0263A"


def try_on(product: Path, out: Path) -> tuple[list[str], list[Path]]:
    """Write recipes and pictures; return what is to be told, and the files to look at."""
    out.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(product, out / product.name)
    recipe = out / "glasses-and-lipstick.json"
    new_recipe([makeup("lipstick", RUBY, name="Ruby"), glasses(out / product.name, beside=recipe)], out=recipe, force=True)
    files, told = (
        [],
        ["Glasses and a lipstick on a synthetic head (nobody's face), and on the portrait of Eileen Collins (NASA, public domain):"],
    )
    for name, frame in frames().items():
        bare, worn = out / f"{name}.png", out / f"{name}-with.png"
        bare.write_bytes(encode(frame.image, "PNG"))
        tried = arviz.try_on(frame, recipe, out=worn, force=True)
        told += [f"  {name}: {line}" for face in tried.faces for line in face.words()]
        files += [bare, worn]
    return told, files


def frames() -> dict[str, arviz.Frame]:
    """Return the pictures that are dressed."""
    head = make_head(SEED, expression={"expression-mouth-corner-puller": 0.35})
    shot = make_shot(
        SEED,
        width_px=WIDTH_PX,
        height_px=HEIGHT_PX,
        yaw_rad=-0.3,
        pitch_rad=0.0,
        roll_rad=0.03,
        distance_m=0.45,
        offset_px=(0, 0),
        light="studio",
        errors=False,
    )
    out = {"synthetic-head": photo(head, shot).frame}
    try:
        from skimage.data import astronaut
    except ImportError:
        return out
    image = arviz.Image(pixels=astronaut())
    return {**out, "astronaut": arviz.Frame(image=image, camera=arviz.Camera.from_fov(vertical_fov_rad=0.35, width_px=512, height_px=512))}
