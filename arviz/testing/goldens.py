"""Golden pictures: what a renderer drew once, looked at by a person and kept.

Each is a PNG with a JSON beside it that names the device and the tolerance. Software rasterisers repeat
themselves to the bit; on another device than the golden's a wider tolerance holds.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from arviz.core.frozen import Array
from arviz.core.image import Image, decode, encode

TOLERANCE: dict[str, Any] = {"step": 2, "share": 0.001}
"""At most 0.1 % of the pixels may differ by more than 2 of 255 in any channel."""
OTHER_DEVICE: dict[str, Any] = {"step": 12, "share": 0.01}
"""The same on another device than the golden's: edges and rounding differ, what is shown does not."""


def compare(image: Image, golden: Path, *, device: str, failed: Path, update: bool = False) -> str | None:
    """Compare a picture with its golden; return None if it holds, else what is wrong.

    Parameters
    ----------
    image : Image
        What was drawn, uint8 sRGB.
    golden : Path
        The PNG kept; its JSON lies beside it.
    device : str
        What drew it, as `arviz.render.renderer.Capabilities.device` says.
    failed : Path
        Folder that receives ``<name>.actual.png``, ``.expected.png`` and ``.diff.png`` when it does not hold.
    update : bool
        Keep `image` as the golden instead of comparing.
    """
    if update:
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_bytes(encode(image, "PNG"))
        golden.with_suffix(".json").write_text(json.dumps({"device": device, **TOLERANCE}, indent=2) + "\n")
        return None
    if not golden.is_file():
        return f"there is no golden {golden.name}: look at the picture, then run with --update-golden {golden.stem}"
    expected = decode(golden.read_bytes())
    kept = json.loads(golden.with_suffix(".json").read_text())
    allowed = kept if kept["device"] == device else OTHER_DEVICE
    if expected.pixels.shape != image.pixels.shape:
        return f"{golden.name}: expected {expected!r}, found {image!r}"
    difference = np.abs(expected.pixels.astype(int) - image.pixels.astype(int)).max(axis=2)
    share = float((difference > allowed["step"]).mean())
    if share <= allowed["share"]:
        return None
    _keep(failed, golden.stem, image, expected, difference)
    return f"{golden.name}: {100 * share:.2f} % of the pixels differ by more than {allowed['step']}/255: see {failed}"


def _keep(folder: Path, name: str, actual: Image, expected: Image, difference: Array) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    shown = np.clip(difference * 16, 0, 255).astype(np.uint8)[..., None]
    for kind, image in (("actual", actual), ("expected", expected), ("diff", Image(pixels=shown))):
        (folder / f"{name}.{kind}.png").write_bytes(encode(image, "PNG"))
