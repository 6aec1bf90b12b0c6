"""Draw the pictures that README and docs show, from our own products: ``docs/images/*.webp``."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import arviz
from arviz.core.image import encode
from arviz.core.resources import resource

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "images"
QUALITY = 85


def main() -> None:
    """Write every picture again."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    draw = {
        "sofa": {"width": 560, "orbit": "25deg 75deg"},
        "glasses": {"width": 400, "orbit": "-30deg 72deg"},
        "lamp": {"width": 240, "orbit": "0deg 82deg"},
    }
    pictures = [
        arviz.render(resource("assets", "products", name, f"{name}.glb"), height=400, background="#ffffff", **options).pixels
        for name, options in draw.items()
    ]
    sheet = arviz.Image(pixels=np.concatenate(pictures, axis=1))
    (FOLDER / "demo.webp").write_bytes(encode(sheet, "WEBP", quality=QUALITY))
    print(FOLDER / "demo.webp")


if __name__ == "__main__":
    main()
