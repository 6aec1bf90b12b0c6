"""Draw the pictures that README and docs show, from our own products: ``docs/images``; ``gallery.py NAME ...`` draws some."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from demo_room import measured
from demo_tryon import try_on
from jitter import filmed, plotted

import arviz
from arviz.core.camera import Camera
from arviz.core.image import Image, encode
from arviz.core.resources import resource
from arviz.flows.plan import plan as draw_plan
from arviz.testing.rooms import camera_effects, make_room, photo, sensor_depth
from arviz.vision.drawing import draw_room
from arviz.vision.photo.measure import measure_length

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "images"
QUALITY = 85
ROOM = 52
"""Seed of the synthetic room."""
LENGTHS_PX = (((330.0, 520.0), (820.0, 560.0)), ((470.0, 120.0), (670.0, 120.0)))


def main(names: Sequence[str] = ()) -> None:
    """Write pictures again: all, or those that are named."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, draw in PICTURES.items():
        if names and name not in names:
            continue
        drawn = draw()
        path = FOLDER / f"{name}.{'svg' if isinstance(drawn, str) else 'webp'}"
        path.write_bytes(drawn.encode() if isinstance(drawn, str) else encode(drawn, "WEBP", quality=QUALITY))
        print(path)


def products() -> Image:
    """Return the demo's sofa, glasses and lamp beside each other."""
    draw = {
        "sofa": {"width": 560, "orbit": "25deg 75deg"},
        "glasses": {"width": 400, "orbit": "-30deg 72deg"},
        "lamp": {"width": 240, "orbit": "0deg 82deg"},
    }
    pictures = [
        arviz.render(resource("assets", "products", name, f"{name}.glb"), height=400, background="#ffffff", **options).pixels
        for name, options in draw.items()
    ]
    return arviz.Image(pixels=np.concatenate(pictures, axis=1))


def jitter() -> str:
    """Return the plot of how steady glasses and lipstick are on a film, as SVG."""
    return plotted(filmed(ROOT / "out" / "gallery" / "jitter"))


def tried_on() -> Image:
    """Return the demo's synthetic head and the astronaut, each without and with glasses and lipstick."""
    from PIL import Image as PillowImage

    out = ROOT / "out" / "gallery"
    try_on(resource("assets", "products", "glasses", "glasses.glb"), out)
    pictures = []
    for name, box in (("synthetic-head", (240, 40, 780, 640)), ("astronaut", (105, 0, 345, 267))):
        for suffix in ("", "-with"):
            picture = PillowImage.open(out / f"{name}{suffix}.png").crop(box)
            pictures.append(np.asarray(picture.resize((360, 400), PillowImage.Resampling.LANCZOS)))
    return arviz.Image(pixels=np.concatenate(pictures, axis=1))


def measured_room() -> Image:
    """Return a photo of a synthetic room with what `arviz room` finds in it by a depth frame, and two lengths."""
    camera = Camera.from_fov(vertical_fov_rad=0.95, width_px=960, height_px=600)
    room = make_room(ROOM, camera=camera)
    view, rng = room.views[0], np.random.default_rng(ROOM)
    image = camera_effects(photo(room, view, rng=rng), rng=rng)
    depth = sensor_depth(room.depth(view), camera, kind="kinect", rng=rng, lost=room.glass(view))
    measured = arviz.estimate_room(arviz.Frame(image=image, camera=camera, depth_m=depth))
    lengths = [(np.array(ends), length) for ends in LENGTHS_PX if (length := measure_length(measured, *ends)) is not None]
    return draw_room(image, measured, lengths=lengths)


def furnished_room() -> Image:
    """Return what `arviz place` makes of the demo's room: the photo with sofa, rug and table, and its floor plan."""
    from PIL import Image as PillowImage

    room, frame = measured()
    products = [resource("assets", "products", name, f"{name}.glb") for name in ("sofa", "coffee-table", "rug")]
    placed = arviz.place(products, room=room, frame=frame)
    assert placed.arrangement is not None
    assert placed.image is not None
    plan = PillowImage.fromarray(draw_plan(placed.site, placed.furniture, placed.arrangement).image().pixels)
    height = placed.image.height_px
    plan = plan.resize((round(plan.width * height / plan.height), height), PillowImage.Resampling.LANCZOS)
    return arviz.Image(pixels=np.concatenate([placed.image.pixels, np.asarray(plan)], axis=1))


PICTURES: dict[str, Callable[[], Image | str]] = {
    "demo": products,
    "room": measured_room,
    "place": furnished_room,
    "tryon": tried_on,
    "jitter": jitter,
}

if __name__ == "__main__":
    main(sys.argv[1:])
