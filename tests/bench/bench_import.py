"""What each format says of a product, against what is known of it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from statistics import median
from typing import NamedTuple

from arviz.core.asset import Asset
from arviz.core.graph import size, triangle_count
from arviz.formats.read import read
from arviz.formats.usdz.write import write_usdz

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("ARVIZ_TEST_DATA") or ROOT.parent / "shared" / "data")
ROUNDS = 5


class Known(NamedTuple):
    """A file and its true width, height and depth in millimetres; None where only the file knows."""

    path: Path
    size_mm: tuple[float, float, float] | None
    triangles: int | None
    why: str


def files(folder: Path) -> Iterator[Known]:
    """Yield the files of the table; those that do not lie ready are written into `folder`."""
    shared = DATA / "formats"
    gltf = "the glTF original's accessors"
    yield Known(shared / "BoomBox.fbx", (19.842308, 19.543260, 20.152491), 6036, gltf)
    yield Known(shared / "WaterBottle.fbx", (108.90002, 260.440678, 108.900048), 4510, gltf)
    yield Known(shared / "featuretype.STEP", (127.0, 34.925, 63.5), None, "5 x 2.5 x 1.375 inch")
    yield Known(shared / "counterXP.3MF", None, None, "")
    yield Known(shared / "duck.dae", (1654.784, 1540.406, 1152.534), 4212, "trimesh: 165.48 x 154.04 x 115.25 units of 0.01 m")
    yield from _round_trips(folder)


def _round_trips(folder: Path) -> Iterator[Known]:
    ours = ROOT / "assets" / "products"
    sources = [ours / name / f"{name}.glb" for name in ("sofa", "fridge", "glasses")]
    sources += [DATA / "products" / f"{name}.glb" for name in ("MaterialsVariantsShoe", "SheenChair")]
    for source in sources:
        asset = read(source)
        path = folder / f"{source.stem}.usdz"
        path.write_bytes(write_usdz(asset).data)
        yield Known(path, _mm(asset), triangle_count(asset), "the GLB that it was written from")


def table_formats() -> str:
    """Compare sizes and triangles of FBX, STEP, 3MF, COLLADA and USD files with what is known of them, and name what is lost.

    Processor seconds are medians, the child process in which native libraries read included.
    """
    lines = [
        "| file | size, mm (width x height x depth) | off by | triangles | known | parts | materials | pictures | looks | told | CPU s |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    with tempfile.TemporaryDirectory() as folder:
        lines += [_line(known) for known in files(Path(folder)) if known.path.exists()]
    truths = (
        "Known sizes: FBX from the accessors of the Khronos glTF originals, STEP 5 x 2.5 x 1.375 inch, COLLADA by trimesh, USDZ the GLB."
    )
    return "\n".join([*lines, "", truths])


def _line(known: Known) -> str:
    asset = read(known.path)
    assert asset.source is not None
    sides = _mm(asset)
    off = "-" if known.size_mm is None else f"{max(abs(a - b) for a, b in zip(sides, known.size_mm, strict=True)):.1g} mm"
    told = ", ".join(dict.fromkeys(finding.code for finding in asset.source.findings)) or "nothing"
    cells = (
        known.path.name,
        " x ".join(f"{side:.2f}" for side in sides),
        off,
        f"{triangle_count(asset):,}",
        "-" if known.triangles is None else f"{known.triangles:,}",
        sum(node.mesh is not None for node in asset.nodes),
        len(asset.materials),
        len(asset.images),
        len(asset.variants),
        told,
        f"{median(_cpu_s(lambda: read(known.path)) for _ in range(ROUNDS)):.2f}",
    )
    return f"| {' | '.join(map(str, cells))} |"


def _mm(asset: Asset) -> tuple[float, float, float]:
    x, y, z = size(asset) or (0.0, 0.0, 0.0)
    return x * 1000, y * 1000, z * 1000


def _cpu_s(work: Callable[[], object]) -> float:
    before = _spent()
    work()
    return _spent() - before


def _spent() -> float:
    return sum(usage.ru_utime + usage.ru_stime for usage in map(getrusage, (RUSAGE_SELF, RUSAGE_CHILDREN)))
