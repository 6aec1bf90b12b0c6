"""Pictures of what the gallery's commands and lines have made: files side by side, edges, points, coordinates, pages, the window."""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
from PIL import Image as PillowImage
from PIL import ImageDraw, ImageFont

import arviz
from arviz.core.asset import Asset
from arviz.core.graph import drawn
from arviz.ops.anchors import placed_anchors
from arviz.render.framing import orbit_camera, parse_orbit

Picture = Callable[[Path, Mapping[str, Any]], arviz.Image | bytes]
ORBIT = "30deg 75deg"
INK, DOT = (40, 70, 120), (200, 60, 30)


class NoBrowserError(Exception):
    """There is no Chromium, so pictures of pages stay as they are."""


def beside(key: str) -> Picture:
    """Show the pictures that the lines left under a name, side by side."""
    return lambda folder, names: _row([_flat(_opened(picture)) for picture in names[key]])


def files(*names: str, height: int, part: tuple[int, int, int, int] | None = None) -> Picture:
    """Show pictures that the command wrote, side by side: a part, or all but what is white around them."""

    def draw(folder: Path, _: Mapping[str, Any]) -> arviz.Image:
        pictures = [_flat(PillowImage.open(folder / name)) for name in names]
        return _row([_high(_cut(picture) if part is None else picture.crop(part), height) for picture in pictures])

    return draw


def clip(name: str) -> Picture:
    """Show a clip as it is."""
    return lambda folder, _: (folder / name).read_bytes()


def layers(colour: str, depth: str, normals: str, *, height: int) -> Picture:
    """Show a picture beside its depth, near is bright, and its normals."""

    def draw(folder: Path, _: Mapping[str, Any]) -> arviz.Image:
        far = np.asarray(PillowImage.open(folder / depth)).astype(float)
        near, most = far[far > 0].min(), far.max()
        grey = np.where(far > 0, 60 + 195 * (most - far) / (most - near), 255).astype(np.uint8)
        pictures = [PillowImage.open(folder / colour), PillowImage.fromarray(grey), PillowImage.open(folder / normals)]
        return _row([_high(_flat(picture), height) for picture in pictures])

    return draw


def edges(*names: str, width: int, height: int, smaller: float = 1.0) -> Picture:
    """Show products side by side, with the edges of triangles that look at the eye; each `smaller` than the one before."""

    def draw(folder: Path, _: Mapping[str, Any]) -> arviz.Image:
        pictures = []
        for number, name in enumerate(names):
            share = smaller**number
            small = _edges(arviz.read(folder / name), round(width * share), round(height * share))
            pictures.append(PillowImage.new("RGB", (small.width, height), "white"))
            pictures[-1].paste(small, (0, height - small.height))
        return _row(pictures)

    return draw


def anchors(name: str, *, width: int) -> Picture:
    """Show a product with its anchors, named; what is empty around it is cut off."""

    def draw(folder: Path, _: Mapping[str, Any]) -> arviz.Image:
        product = arviz.read(folder / name)
        picture, seen = _seen(product, width, width)
        pen = ImageDraw.Draw(picture)
        for placed in placed_anchors(product):
            ((x, y),) = seen(np.array([placed.point_m]))[0]
            pen.ellipse((x - 5, y - 5, x + 5, y + 5), fill=DOT)
            words, font = f"{placed.anchor.kind}/{placed.anchor.id}", ImageFont.load_default(14)
            left = x - pen.textlength(words, font) - 9 if x > 0.6 * width else x + 9
            pen.text((left, y - 20), words, fill=INK, font=font, stroke_width=3, stroke_fill="white")
        return _image(_cut(picture, margin=8))

    return draw


def atlas(name: str, *, texcoord: int, size: int) -> Picture:
    """Show a product beside its texture coordinates."""

    def draw(folder: Path, _: Mapping[str, Any]) -> arviz.Image:
        product = arviz.read(folder / name)
        sheet = PillowImage.new("RGB", (2 * size, 2 * size), "white")
        pen = ImageDraw.Draw(sheet)
        for piece in drawn(product):
            uv = piece.primitive.attributes[f"TEXCOORD_{texcoord}"] * 2 * size
            for triangle in uv[piece.primitive.triangles]:
                pen.polygon([tuple(point) for point in triangle.tolist()], fill=(214, 224, 238), outline=INK)
        small = sheet.resize((size, size), PillowImage.Resampling.LANCZOS)
        return _row([_seen(product, round(size * 1.3), size)[0], small])

    return draw


def occlusion(name: str, *, size: int) -> Picture:
    """Show a product beside the occlusion that was baked for it."""

    def draw(folder: Path, _: Mapping[str, Any]) -> arviz.Image:
        product = arviz.read(folder / name)
        info = next(material.occlusion_texture for material in product.materials if material.occlusion_texture is not None)
        image = product.textures[info.texture].image
        assert image is not None
        baked = PillowImage.open(io.BytesIO(product.images[image].data)).getchannel(0)
        return _row([_seen(product, round(size * 1.3), size)[0], _high(_flat(baked), size)])

    return draw


def page(name: str, *, width: int, height: int, shown: float = 0.75) -> Picture:
    """Show a page that was written as one file."""
    return lambda folder, _: _page((folder / name).as_uri(), width, height, shown, ready="document.readyState === 'complete'")


def served(name: str, *, width: int, height: int, ready: str, shown: float = 0.75) -> Picture:
    """Show a page that wants a web server."""

    def draw(folder: Path, _: Mapping[str, Any]) -> arviz.Image:
        with _server(folder) as address:
            return _page(f"{address}/{name}", width, height, shown, ready=ready)

    return draw


def window(*files_and_commands: str, width: int, height: int, shown: float = 0.75) -> Picture:
    """Show the window of ``arviz view`` with products, after commands of its table such as ``measure.dimensions=1``."""

    def draw(folder: Path, _: Mapping[str, Any]) -> arviz.Image:
        target = folder / "window.png"
        command = [
            sys.executable,
            str(Path(__file__).with_name("gallery_window.py")),
            str(target),
            f"{width}x{height}",
            *files_and_commands,
        ]
        subprocess.run(command, cwd=folder, check=True)
        return _image(_shrunk(PillowImage.open(target), shown))

    return draw


def _edges(product: Asset, width: int, height: int) -> PillowImage.Image:
    picture, seen = _seen(product, width, height)
    wide = picture.resize((2 * width, 2 * height))
    pen = ImageDraw.Draw(wide, "RGBA")
    for piece in drawn(product):
        points, depth = seen(piece.positions)
        corners = points[piece.primitive.triangles] * 2 + 0.5
        (ax, ay), (bx, by) = (corners[:, 1] - corners[:, 0]).T, (corners[:, 2] - corners[:, 0]).T
        near = (depth[piece.primitive.triangles] > 0).all(axis=1) & (ax * by - ay * bx < 0)
        for triangle in corners[near].tolist():
            pen.line([tuple(point) for point in (*triangle, triangle[0])], fill=(*INK, 150), width=1)
    return wide.resize((width, height), PillowImage.Resampling.LANCZOS)


def _seen(product: Asset, width: int, height: int) -> tuple[PillowImage.Image, Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]]:
    """Return a product's picture, and what gives the pixels and depths of points."""
    angles = parse_orbit(ORBIT)
    camera, world_from_camera = orbit_camera(
        product, azimuth_rad=angles.azimuth_rad, polar_rad=angles.polar_rad, width_px=width, height_px=height
    )
    camera_from_world = np.linalg.inv(world_from_camera)

    def places(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        ahead = points @ camera_from_world[:3, :3].T + camera_from_world[:3, 3]
        return camera.project(ahead), ahead[:, 2]

    picture = arviz.render(product, width=width, height=height, orbit=ORBIT, background="#ffffff")
    return PillowImage.fromarray(picture.pixels), places


def _page(address: str, width: int, height: int, shown: float, *, ready: str) -> arviz.Image:
    from tests.bench.peers.devtools import Browser, BrowserError

    try:
        browser = Browser(address, width_px=width, height_px=height, ready=ready)
    except BrowserError as error:
        if "is installed" in str(error):
            raise NoBrowserError(str(error)) from error
        raise
    with browser:
        target = Path("page.png").absolute()
        browser.screenshot(target)
    return _image(_shrunk(PillowImage.open(target), shown))


@contextlib.contextmanager
def _server(folder: Path) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def _opened(picture: arviz.Image) -> PillowImage.Image:
    return PillowImage.fromarray(picture.pixels)


def _flat(picture: PillowImage.Image) -> PillowImage.Image:
    """Return a picture on white."""
    if picture.mode not in ("RGBA", "LA", "P"):
        return picture.convert("RGB")
    white = PillowImage.new("RGBA", picture.size, "white")
    return PillowImage.alpha_composite(white, picture.convert("RGBA")).convert("RGB")


def _cut(picture: PillowImage.Image, margin: int = 24) -> PillowImage.Image:
    """Return a picture without what is white around it, but for a margin."""
    left, top, right, bottom = PillowImage.eval(picture.convert("L"), lambda value: 255 * (value < 250)).getbbox() or (0, 0, *picture.size)
    return picture.crop(
        (max(0, left - margin), max(0, top - margin), min(picture.width, right + margin), min(picture.height, bottom + margin))
    )


def _high(picture: PillowImage.Image, height: int) -> PillowImage.Image:
    return picture.resize((round(picture.width * height / picture.height), height), PillowImage.Resampling.LANCZOS)


def _shrunk(picture: PillowImage.Image, share: float) -> PillowImage.Image:
    return picture.convert("RGB").resize((round(picture.width * share), round(picture.height * share)), PillowImage.Resampling.LANCZOS)


def _row(pictures: list[PillowImage.Image]) -> arviz.Image:
    return arviz.Image(pixels=np.concatenate([np.asarray(picture) for picture in pictures], axis=1))


def _image(picture: PillowImage.Image) -> arviz.Image:
    return arviz.Image(pixels=np.asarray(picture.convert("RGB")))
