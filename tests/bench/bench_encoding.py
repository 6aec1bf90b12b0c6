"""What the options of the GLB writer save, beside the two public optimisers; read back by a reader that is not ours."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import numpy as np

from arviz.core.asset import Asset
from arviz.core.frozen import Array
from arviz.core.graph import drawn
from arviz.core.image import decode
from arviz.formats.files import Files
from arviz.formats.gltf.container import split
from arviz.formats.gltf.encoded import quantisation_error_m
from arviz.formats.gltf.encoding import Encoding
from arviz.formats.gltf.write import write_glb
from arviz.formats.pictures.encode import encode_pixels
from arviz.formats.pictures.encoding import PictureEncoding
from arviz.formats.pictures.kinds import picture_kinds
from arviz.formats.read import read
from tests.bench.bench_convert import DATA, gltf_transform
from tests.bench.peers.install import NODE, node_package
from tests.validator import Validator

GLTFPACK = "1.3.0"
MESHOPT = Encoding(geometry="meshopt")
OURS = {
    "quantized": Encoding(geometry="quantized"),
    "meshopt": MESHOPT,
    "meshopt, 12 bits": Encoding(geometry="meshopt", position_bits=12),
    "draco": Encoding(geometry="draco"),
    "draco, 12 bits": Encoding(geometry="draco", position_bits=12),
}
DECOMPRESS = """
import { NodeIO } from '@gltf-transform/core';
import { ALL_EXTENSIONS } from '@gltf-transform/extensions';
import { MeshoptDecoder } from 'meshoptimizer';
import draco from 'draco3dgltf';
import fs from 'fs';
await MeshoptDecoder.ready;
const io = new NodeIO().registerExtensions(ALL_EXTENSIONS).registerDependencies(
  { 'meshopt.decoder': MeshoptDecoder, 'draco3d.decoder': await draco.createDecoderModule() });
const document = await io.read(process.argv[1]);
for (const extension of document.getRoot().listExtensionsUsed())
  if (/meshopt|draco/.test(extension.extensionName)) extension.dispose();
await io.write(process.argv[2], document);
"""


def _peer(command: list[str], source: Path, *options: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "out.glb"
        subprocess.run(["node", *command, str(source), str(target), *options], check=True, capture_output=True)
        return target.read_bytes()


def _gltfpack(source: Path) -> bytes:
    program = node_package("gltfpack", GLTFPACK) / "cli.js"
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "out.glb"
        subprocess.run(["node", str(program), "-i", str(source), "-o", str(target), "-cc"], check=True, capture_output=True)
        return target.read_bytes()


def _geometry_kb(data: bytes) -> float:
    """Return the size in KB without pictures, which none of these steps touches."""
    document, _ = split(data, Files(None, name="bench"))
    views = {image["bufferView"] for image in document.get("images", []) if "bufferView" in image}
    return (len(data) - sum(document["bufferViews"][view]["byteLength"] for view in views)) / 1000


def _by_another_reader(data: bytes) -> bytes:
    """Return a GLB with its geometry decompressed by gltf-transform."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [f"{folder}/{name}.glb" for name in ("in", "out")]
        Path(paths[0]).write_bytes(data)
        subprocess.run(["node", "--input-type=module", "-e", DECOMPRESS, *paths], cwd=NODE, check=True, capture_output=True)
        return Path(paths[1]).read_bytes()


def _apart_m(first: Asset, second: Asset) -> float:
    """Return the largest distance from a vertex of one to the nearest of the other, both ways."""
    from scipy.spatial import cKDTree

    points = [np.concatenate([piece.used_positions for piece in drawn(asset)]) for asset in (first, second)]
    return max(float(cKDTree(points[i]).query(points[1 - i])[0].max()) for i in (0, 1))


def table_encoding() -> str:
    """Size of geometry and JSON in KB, pictures not counted, for each option of the writer and the public optimisers.

    Nothing is simplified on either side (gltfpack may join equal materials). Positions have 14 bits of the largest side, normals 8,
    texture coordinates 12, as gltfpack has by default; gltf-transform's Draco has 14, 10 and 12. "Error" is the largest distance
    by which a vertex moves, stated by us and measured between the master and what gltf-transform's decoders read from our files;
    the Khronos validator checks these decoded files too.
    """
    transform = [str(gltf_transform())]
    head = [
        "product",
        "none",
        *OURS,
        "gltfpack -cc",
        "gltf-transform meshopt",
        "gltf-transform draco",
        "error mm, 14 / 12 bits",
        "measured",
    ]
    rows = [f"| {' | '.join(head)} |", f"| {' | '.join(['---'] * len(head))} |"]
    with Validator() as validator:
        for source in sorted((DATA / "products").glob("*.glb")):
            asset = read(source)
            files = {name: write_glb(asset, encoding=encoding) for name, encoding in OURS.items()}
            faults, found = 0, 0.0
            for name in ("quantized", "meshopt", "draco"):
                plain = _by_another_reader(files[name])
                faults += len(validator.errors(files[name])) + len(validator.errors(plain))
                found = max(found, _apart_m(asset, read(plain, format="glb")))
            cells = [f"{_geometry_kb(data):.1f}" for data in (write_glb(asset), *files.values())]
            cells.append(f"{_geometry_kb(_gltfpack(source)):.1f}")
            for codec in ("meshopt", "draco"):
                cells.append(f"{_geometry_kb(_peer([*transform, codec], source)):.1f}")
            stated = (quantisation_error_m(asset, OURS[name]) * 1000 for name in ("meshopt", "meshopt, 12 bits"))
            cells += [" / ".join(f"{error:.4f}" for error in stated), f"{found * 1000:.4f}, {faults} errors"]
            rows.append(f"| {source.stem} | {' | '.join(cells)} |")
    return "\n".join(rows)


def table_pictures() -> str:
    """Size of all WebP pictures in KB at equal PSNR: ours beside those that gltf-transform writes with its default quality.

    Each of our pictures gets the lowest quality at which it is as like the original as theirs. Nothing is made smaller in pixels.
    """
    rows = ["| product | original | gltf-transform webp | ours | ours / theirs |", "| --- | --- | --- | --- | --- |"]
    for source in sorted((DATA / "products").glob("*.glb")):
        asset, kinds = read(source), picture_kinds(read(source))
        theirs = read(_peer([str(gltf_transform()), "webp"], source), format="glb")
        sizes = np.zeros(3)
        for index, image in enumerate(asset.images):
            # gltf-transform keeps order and number of pictures in this step.
            other = theirs.images[index].data
            if image.data is None or other is None or index not in kinds:
                continue
            pixels = decode(image.data).pixels
            least = _psnr(decode(other).pixels, pixels)
            sizes += len(image.data), len(other), min(len(other), _smallest(pixels, kinds[index], least))
        rows.append(f"| {source.stem} | {sizes[0] / 1e3:.0f} | {sizes[1] / 1e3:.0f} | {sizes[2] / 1e3:.0f} | {sizes[2] / sizes[1]:.2f} |")
    return "\n".join(rows)


def _smallest(pixels: Array, kind: str, least: float) -> int:
    """Return the bytes of our WebP of the lowest quality that reaches `least` dB; by halving, quality by quality."""
    low, high, best = 1, 100, 2**62
    while low <= high:
        middle = (low + high) // 2
        data = encode_pixels(pixels, PictureEncoding(format="webp", quality=middle, fast=True), kind=kind)  # type: ignore[arg-type]
        if _psnr(decode(data).pixels, pixels) >= least:
            best, high = len(data), middle - 1
        else:
            low = middle + 1
    return best


def _psnr(first: Array, second: Array) -> float:
    error = np.mean((first[::2, ::2, :3].astype(np.float32) - second[::2, ::2, :3]) ** 2)
    return float(10 * np.log10(255**2 / max(float(error), 1e-9)))
