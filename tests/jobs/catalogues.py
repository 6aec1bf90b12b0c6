"""Catalogues with products of many kinds, some of them bad, for tests and benchmarks of batches."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.core.graph import bounds, drawn
from arviz.core.image import Image, encode
from arviz.core.material import Material, TextureInfo
from arviz.formats.gltf.write import write_glb
from arviz.testing.shapes import box, joined, sphere, textured

HEADER = ["sku", "file", "title", "size", "unit", "price_minor", "currency", "tags", "group", "shelf"]
STATES = ("passed", "failed", "error")


class Made(NamedTuple):
    """A catalogue, and how many of its products pass, fail their checks, and cannot be converted."""

    path: Path
    counts: dict[str, int]


def write_catalogue(folder: Path, count: int, *, seed: int, heavy: bool = False) -> Made:
    """Write `count` products and their catalogue into `folder`: one in twenty is bad, and at least one of each way to be it.

    `heavy` ones have textures and some ten thousand triangles.
    """
    random = np.random.default_rng(seed)
    bad = dict(zip(random.permutation(count)[: max(len(_BAD), count // 20)].tolist(), _cycle(tuple(_BAD)), strict=False))
    rows, counts = [], dict.fromkeys(STATES, 0)
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(count):
        row, state = _product(folder, index, random, heavy=heavy), "passed"
        if index in bad:
            state = _BAD[bad[index]](folder, row)
        counts[state] += 1
        rows.append(row)
    path = folder / "catalogue.csv"
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEADER)
        writer.writeheader()
        writer.writerows(rows)
    return Made(path, counts)


def _product(folder: Path, index: int, random: np.random.Generator, *, heavy: bool) -> dict[str, object]:
    """Write one good product and return its row."""
    sides = random.uniform(0.1, 2.0, 3)
    material = Material(base_color_factor=(*random.uniform(0.1, 0.9, 3), 1.0), base_color_texture=TextureInfo(texture=0))
    shape = sphere(radius_m=sides[0] / 2, segments=int(random.integers(40, 90)) if heavy else 8, material=material)
    pixels = random.integers(0, 256, (512, 512, 3) if heavy else (8, 8, 3)).astype(np.uint8)
    kind = ("glb", "obj", "stl", "two")[index % 4]
    if kind == "glb":
        asset = textured(shape, pixels)
    elif kind == "two":
        asset = joined(shape, box(size_m=tuple(sides)))
        asset = textured(asset, pixels)
    else:
        asset = box(size_m=tuple(sides))
    file = f"{index:04d}/product.{'glb' if kind == 'two' else kind}"
    path = folder / file
    path.parent.mkdir(exist_ok=True)
    unit = 1.0 if kind in ("glb", "two") else 0.001  # OBJ and STL in millimetres, without saying so
    if kind == "obj":
        _write_obj(path, _corners(asset) / unit, pixels)
    elif kind == "stl":
        _write_stl(path, _corners(asset) / unit)
    else:
        path.write_bytes(write_glb(asset))
    x, y, z = np.ptp(bounds(asset), axis=0) * 100
    return {
        "sku": f"TEST-{index:04d}",
        "file": file,
        "title": f"Product {index}, of kind {kind}",
        "size": f"{x:.4f}x{z:.4f}x{y:.4f}",
        "unit": "cm",
        "price_minor": int(random.integers(100, 100_000)),
        "currency": "EUR",
        "tags": f"{kind};{'large' if sides[0] > 1 else 'small'}",
        "group": f"group {index % 7}",
        "shelf": index % 3,
    }


def _corners(asset: object) -> Array:
    """Return the (T, 3, 3) corners of all triangles; Y up."""
    (piece,) = drawn(asset)  # type: ignore[arg-type]
    return piece.used_positions[piece.primitive.indices].reshape(-1, 3, 3)  # type: ignore[no-any-return]


def _write_obj(path: Path, corners: Array, pixels: Array) -> None:
    path.with_name("surface.png").write_bytes(encode(Image(pixels=pixels), "PNG"))
    path.with_name("product.mtl").write_text("newmtl surface\nKd 1 1 1\nmap_Kd surface.png\n")
    lines = ["mtllib product.mtl", "usemtl surface"]
    lines += [f"v {x:.5f} {y:.5f} {z:.5f}" for x, y, z in corners.reshape(-1, 3)]
    lines += ["vt 0 0", "vt 1 0", "vt 1 1"]
    lines += [f"f {i}/1 {i + 1}/2 {i + 2}/3" for i in range(1, 3 * len(corners), 3)]
    path.write_text("\n".join(lines) + "\n")


def _write_stl(path: Path, corners: Array) -> None:
    """Write triangles Z up and front -Y, as STL is taken."""
    x, y, z = np.moveaxis(corners, 2, 0)
    records = np.zeros(len(corners), [("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("more", "<u2")])
    records["corners"] = np.stack([x, -z, y], axis=2)
    path.write_bytes(bytes(80) + np.uint32(len(records)).tobytes() + records.tobytes())


def _truncated(folder: Path, row: dict[str, object]) -> str:
    path = folder / str(row["file"])
    path.write_bytes(path.read_bytes()[:70])
    return "error"


def _absent(folder: Path, row: dict[str, object]) -> str:
    (folder / str(row["file"])).unlink()
    return "error"


def _fraction(folder: Path, row: dict[str, object]) -> str:
    row["price_minor"] = "12.50"
    return "error"


def _wrong_size(folder: Path, row: dict[str, object]) -> str:
    """Be of another shape than listed, whatever the unit."""
    width, *others = str(row["size"]).split("x")
    row["size"] = "x".join([f"{float(width) * 1.6:.4f}", *others])
    return "failed"


_BAD = {"truncated": _truncated, "absent": _absent, "fraction": _fraction, "wrong size": _wrong_size}


def _cycle(ways: tuple[str, ...], most: int = 1000) -> list[str]:
    return [ways[index % len(ways)] for index in range(most)]
