"""Draw the same products with several renderers side by side and measure how alike the pictures are.

    .venv/bin/python scripts/sheets.py OUT_FOLDER [--engines gl,model-viewer,filly,mitsuba] [--only sofa,Mixer] [--size 512]
    .venv/bin/python scripts/sheets.py OUT_FOLDER --features [--pages]
    .venv/bin/python scripts/sheets.py OUT_FOLDER --first-frames
    .venv/bin/python scripts/sheets.py OUT_FOLDER --shadows [--pages]

Writes a PNG sheet per product (pictures above; below each how gl differs from it by FLIP: white is equal, red differs, and
below gl how model-viewer differs from mitsuba) and ``numbers.json``. Pictures that the folder already holds are not drawn
again. Sheets of the shared products are for looking at, never for the repository; ``--pages`` writes those that
docs/concepts/looks.md shows.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from arviz.core.colour import srgb_to_linear  # noqa: E402
from arviz.core.frozen import Array  # noqa: E402
from arviz.core.image import Image, encode  # noqa: E402
from arviz.core.resources import resource  # noqa: E402
from arviz.formats.gltf.write import write_glb  # noqa: E402
from arviz.formats.read import read  # noqa: E402
from tests.bench.peers import features, probes  # noqa: E402
from tests.bench.peers.compare import PAIRS, Alike, Drawn, Flip, alike, silhouette_iou  # noqa: E402
from tests.bench.peers.engines import View, drawn_by, engines, model_viewer, own_engine  # noqa: E402

ENGINES = "gl,model-viewer,filly,mitsuba"
ORBIT, FRONT = "30deg 75deg", "0deg 90deg"
DEMO = ("sofa", "glasses", "lamp")
CELL_PX, LABEL_PX, FEATURE_PX, PER_ROW = 560, 22, 256, 14
IMAGES = ROOT / "docs" / "images"
SHOWN_PX = 96
_INSIDE = 0.93
"""Share of a ball's radius in which features are compared: renderers blend edges with a page differently."""


def products(folder: Path) -> dict[str, Path]:
    """Return name -> file: our demo products, the boards of probes, the shared products where they are."""
    shared = Path(os.environ.get("ARVIZ_TEST_DATA") or ROOT.parent / "shared" / "data") / "products"
    files = {name: resource("assets", "products", name, f"{name}.glb") for name in DEMO}
    files |= {f"board-{name}": file for name, file in probes.write_boards(folder).items()}
    return files | {file.stem: file for file in sorted(shared.glob("*.glb"))}


def cut(images: list[Image]) -> tuple[slice, slice]:
    """Return the rows and columns that hold what any of the pictures shows, with a margin."""
    seen = np.any([image.pixels[..., 3] > 8 for image in images], axis=0)
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    if not rows.size:
        return slice(None), slice(None)
    return slice(max(rows[0] - 8, 0), rows[-1] + 9), slice(max(columns[0] - 8, 0), columns[-1] + 9)


def heat(error: Array) -> Array:
    """Return (H, W, 3) in 0..1: white where FLIP is 0, red at 0.5, black at 1."""
    e = np.clip(error, 0, 1)[..., None]
    return np.clip(np.concatenate([2 - 2 * e, 1 - 2 * e, 1 - 2 * e], axis=2), 0, 1)


def sheet(columns: list[tuple[str, list[Array]]], *, cell_px: int = CELL_PX) -> Image:
    """Lay labelled columns of pictures (0..1) beside each other; label lines are separated by a newline."""
    from PIL import Image as PillowImage
    from PIL import ImageDraw

    height, width = columns[0][1][0].shape[:2]
    scale = cell_px / max(width, height)
    w, h = max(round(width * scale), 330), round(height * scale)
    rows = max(len(pictures) for _, pictures in columns)
    page = PillowImage.new("RGB", (w * len(columns), 2 * LABEL_PX + h * rows), "white")
    pen = ImageDraw.Draw(page)
    for x, (label, pictures) in enumerate(columns):
        for line, text in enumerate(label.split("\n")):
            pen.text((x * w + 4, 2 + line * LABEL_PX), text, fill="black", font_size=15)
        for y, picture in enumerate(pictures):
            shown = PillowImage.fromarray(np.round(np.clip(picture, 0, 1) * 255).astype(np.uint8))
            shown = shown.resize((round(width * scale), h), PillowImage.Resampling.LANCZOS)
            page.paste(shown, (x * w, 2 * LABEL_PX + y * h))
    return Image(pixels=np.asarray(page))


def measured(drawn: dict[str, Drawn], flip: Flip, *, within: Array | None = None) -> dict[tuple[str, str], tuple[Array, Alike]]:
    """Return (engine, reference) -> FLIP error and numbers, for the pairs of which both were drawn."""
    return {(a, b): alike(drawn[a], drawn[b], flip, within=within) for a, b in PAIRS if a in drawn and b in drawn}


def compared(drawn: dict[str, Drawn], flip: Flip) -> tuple[Image, dict[str, Any]]:
    """Return the sheet of one product and its numbers."""
    found = measured(drawn, flip)
    area = cut([d.image for d in drawn.values()])
    columns = []
    for name, picture in drawn.items():
        pair = ("model-viewer", "mitsuba") if name == "gl" else ("gl", name)
        label, shown = name, [picture.white[area]]
        if pair in found:
            error, numbers = found[pair]
            shown.append(heat(error[area]))
            label += f"; below {pair[0]} against {pair[1]}"
            label += f"\nFLIP {numbers.flip:.3f} (solid {numbers.solid_flip:.3f})  SSIM {numbers.ssim:.3f}  light {numbers.solid_light:.2f}"
        columns.append((label, shown))
    return sheet(columns), {f"{a} / {b}": numbers.rounded() for (a, b), (_, numbers) in found.items()}


def product_sheets(out: Path, files: dict[str, Path], *, names: list[str], orbit: str, light: Path, size_px: int) -> dict[str, Any]:
    """Draw, compare and write a sheet of each product."""
    everything: dict[str, Any] = {}
    with ExitStack() as stack:
        drawers, flip = engines(names, size_px, stack), stack.enter_context(Flip())
        for name, file in files.items():
            drawn = drawn_by(drawers, View(name, file, read(file), orbit, light, size_px), keep=out)
            if drawn:
                page, everything[name] = compared(drawn, flip)
                (out / f"sheet-{name}.png").write_bytes(encode(page, "PNG"))
                print(name, json.dumps(everything[name]), flush=True)
    return everything


def _ball(view: View) -> tuple[float, float, float]:
    """Return where a feature's ball is: column, row and radius in pixels."""
    camera, pose = view.camera()
    x, y, z = (np.linalg.inv(pose) @ [0, 0, 0, 1])[:3]
    k = camera.k
    radius = k[0, 0] * features.RADIUS_M / math.sqrt(z * z - features.RADIUS_M**2)
    return float(k[0, 0] * x / z + k[0, 2]), float(k[1, 1] * y / z + k[1, 2]), float(radius)


def _inside(view: View) -> Array:
    """Return the (H, W) mask of the inside of a feature's ball."""
    x, y, radius = _ball(view)
    v, u = np.mgrid[: view.size_px, : view.size_px]
    out: Array = np.hypot(u - x, v - y) < _INSIDE * radius
    return out


def _around(view: View, drawn: Drawn) -> Drawn:
    """Return the part of a picture that holds the ball."""
    x, y, radius = _ball(view)
    half = 1.12 * radius
    rows, columns = (slice(max(round(at - half), 0), round(at + half) + 1) for at in (y, x))
    return Drawn(drawn.image, drawn.white[rows, columns])


def feature_sheets(
    out: Path, folder: Path, *, names: list[str], light: Path, wanted: list[str]
) -> tuple[dict[str, Any], dict[str, dict[str, Drawn]]]:
    """Draw and compare a ball for each feature of the surface model; return the numbers and the pictures."""
    numbers: dict[str, Any] = {}
    pictures: dict[str, dict[str, Drawn]] = {}
    with ExitStack() as stack:
        drawers, flip = engines(names, FEATURE_PX, stack), stack.enter_context(Flip())
        for name, asset in features.features().items():
            if wanted and not any(part in name for part in wanted):
                continue
            slug = "feature-" + name.replace(" ", "-").replace(",", "").replace("%", "percent")
            file = folder / f"{slug}.glb"
            file.write_bytes(write_glb(asset))
            view = View(slug, file, read(file), FRONT, light, FEATURE_PX)
            drawn = drawn_by(drawers, view, keep=out)
            found = measured(drawn, flip, within=_inside(view))
            pictures[name] = {engine: _around(view, one) for engine, one in drawn.items()}
            numbers[name] = {f"{a} / {b}": one.rounded() for (a, b), (_, one) in found.items()}
            print(name, json.dumps({pair: (one["flip"], one["light"]) for pair, one in numbers[name].items()}), flush=True)
    return numbers, pictures


def board(pictures: dict[str, dict[str, Drawn]], names: list[str], *, cell_px: int = SHOWN_PX) -> Image:
    """Lay the features out in numbered columns with a row for each engine, `PER_ROW` features beside each other."""
    from PIL import Image as PillowImage
    from PIL import ImageDraw

    left, top = 100, 20
    features_shown = list(pictures)
    blocks = [features_shown[i : i + PER_ROW] for i in range(0, len(features_shown), PER_ROW)]
    block_px = top + cell_px * len(names)
    page = PillowImage.new("RGB", (left + cell_px * PER_ROW, block_px * len(blocks)), "white")
    pen = ImageDraw.Draw(page)
    for b, block in enumerate(blocks):
        for row, engine in enumerate(names):
            y = b * block_px + top + row * cell_px
            pen.text((4, y + cell_px // 2 - 8), engine, fill="black", font_size=14)
            for column, name in enumerate(block):
                x = left + column * cell_px
                if row == 0:
                    pen.text((x + cell_px // 2 - 6, y - top + 3), str(1 + b * PER_ROW + column), fill="black", font_size=14)
                if engine in pictures[name]:
                    ball = PillowImage.fromarray(np.round(pictures[name][engine].white * 255).astype(np.uint8))
                    page.paste(ball.resize((cell_px, cell_px), PillowImage.Resampling.LANCZOS), (x, y))
    return Image(pixels=np.asarray(page))


def shadow_sheets(out: Path, *, light: Path, orbit: str, size_px: int) -> tuple[dict[str, Any], Image]:
    """Draw the sofa with its shadow on the floor; return what the floor lacks and how it differs, and the pictures.

    ``darkness`` is the mean light that the floor lacks (white is 1) over all pixels beside the product, ``darkest`` the most
    of a pixel; ``flip`` and ``ssim`` are taken over the pixels beside the product that either darkens by more than 2 %.
    """
    file = resource("assets", "products", "sofa", "sofa.glb")
    asset = read(file)
    names = ["gl", "model-viewer", "mitsuba"]
    with ExitStack() as stack:
        view = View("shadow", file, asset, orbit, light, size_px)
        drawn = drawn_by(engines(names, size_px, stack, shadow=1.0), view, keep=out)
        plain = drawn_by(engines(["gl"], size_px, stack), View("plain", file, asset, orbit, light, size_px), keep=out)["gl"]
        beside = plain.image.pixels[..., 3] == 0
        numbers: dict[str, Any] = {}
        for name, one in drawn.items():
            lack = 1 - srgb_to_linear(one.white).mean(axis=2)[beside]
            numbers[name] = {"darkness": round(float(lack.mean()), 4), "darkest": round(float(np.percentile(lack, 99.9)), 3)}
        flip = stack.enter_context(Flip())
        for a, b in PAIRS:
            if a in drawn and b in drawn:
                dark = beside & (np.minimum(drawn[a].white, drawn[b].white).min(axis=2) < 0.98)
                error, found = alike(drawn[a], drawn[b], flip, within=dark)
                numbers[f"{a} / {b}"] = {"flip": round(float(error[dark].mean()), 4), "ssim": round(found.ssim, 4)}
    area = cut([one.image for one in drawn.values()])
    return numbers, sheet([(name, [one.white[area]]) for name, one in drawn.items()], cell_px=400)


def first_frames(light: Path) -> dict[str, Any]:
    """Return size -> samples -> product -> alpha -> silhouette IoU of our poster and model-viewer's first frame (goal 0.99).

    Both are framed by themselves, without a shadow. Alpha 5 % counts all that is seen, glass too; 50 % opaque surfaces.
    """
    out: dict[str, Any] = {}
    for size_px in (512, 1024):
        with ExitStack() as stack:
            page = model_viewer(size_px, stack)
            own = {samples: own_engine("gl", stack, samples=samples) for samples in (4, 16)}
            for name in DEMO:
                file = resource("assets", "products", name, f"{name}.glb")
                view = View(name, file, read(file), "0deg 75deg", light, size_px)
                theirs = page(view).image
                for samples, draw in own.items():
                    ours = draw(view).image
                    found = {f"{alpha:.0%}": round(silhouette_iou(ours, theirs, alpha=alpha), 4) for alpha in (0.05, 0.5)}
                    out.setdefault(f"{size_px} px", {}).setdefault(f"{samples} samples", {})[name] = found
    return out


def main() -> int:
    """Draw, compare, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--engines", default=ENGINES)
    parser.add_argument("--only", default="", help="parts of names, separated by commas")
    parser.add_argument("--environment", default="studio", help="one of ours, or an .hdr file")
    parser.add_argument("--orbit", default=ORBIT)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--features", action="store_true", help="a ball for each feature of the surface model")
    parser.add_argument("--shadows", action="store_true", help="the sofa on a floor that shows its shadow")
    parser.add_argument("--pages", action="store_true", help="write the picture to docs/images")
    parser.add_argument("--first-frames", action="store_true", help="compare outlines with model-viewer's first frames")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    light = Path(options.environment)
    if not light.suffix:
        light = resource("assets", "environments", f"{options.environment}.hdr")
    wanted, names = [part for part in options.only.split(",") if part], options.engines.split(",")
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        if options.first_frames:
            name, numbers = "first-frames", first_frames(light)
            print(json.dumps(numbers, indent=2))
        elif options.features:
            name = "features"
            numbers, pictures = feature_sheets(options.out, folder, names=names, light=light, wanted=wanted)
            (options.out / "sheet-features.png").write_bytes(encode(board(pictures, names, cell_px=FEATURE_PX), "PNG"))
            if options.pages:
                (IMAGES / "features.webp").write_bytes(encode(board(pictures, names), "WEBP", quality=85))
        elif options.shadows:
            name = "shadows"
            numbers, page = shadow_sheets(options.out, light=light, orbit=options.orbit, size_px=options.size)
            print(json.dumps(numbers, indent=2))
            (options.out / "sheet-shadows.png").write_bytes(encode(page, "PNG"))
            if options.pages:
                (IMAGES / "shadows.webp").write_bytes(encode(page, "WEBP", quality=85))
        else:
            name = "products"
            files = {name: file for name, file in products(folder).items() if not wanted or any(part in name for part in wanted)}
            numbers = product_sheets(options.out, files, names=names, orbit=options.orbit, light=light, size_px=options.size)
    (options.out / f"numbers-{name}.json").write_text(json.dumps(numbers, indent=2) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
