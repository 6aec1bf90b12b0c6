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
from tests.formats import fbx_text, usda_text
from tests.formats import test_dae as dae_text
from tests.formats import test_threemf as threemf_text
from tests.formats.step_text import Step

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
    yield Known(shared / "counterXP.3MF", (304.8, 25.838251, 304.4088), None, "trimesh")
    yield Known(shared / "duck.dae", (1654.784, 1540.406, 1152.534), 4212, "trimesh: 165.48 x 154.04 x 115.25 units of 0.01 m")
    yield from _odd(folder)
    yield from _round_trips(folder)


def _odd(folder: Path) -> Iterator[Known]:
    """Yield files as shops send them: inches, Z up, parts used twice, mirrored, colours by face, things that move."""
    boards = fbx_text.document(
        fbx_text.mesh(materials=(0,)), fbx_text.material(30, "oak"), fbx_text.node(20, "board"),
        fbx_text.node(21, "mirrored", Lcl_Translation=(-50, 0, 30), Lcl_Scaling=(-1, 1, 1)),
        fbx_text.take(100, "open"), fbx_text.curves(200, Z=[(0, 0), (1, 90)]),
        links=[(10, 20), (10, 21), (20, 0), (21, 0), (30, 20), (30, 21), (101, 100), *fbx_text.moved(101, 200, 20, "Lcl Rotation", "Z")],
        settings=fbx_text.axes(right="+X", up="+Z", front="-Y", unit_cm=2.54),
    )  # fmt: skip
    table = Step(inches=True)
    leg = table.product("leg", table.box((1, 1, 10), colours={None: (1, 0, 0), 1: (0, 0, 1)}))
    top, whole = table.product("top", table.box((20, 10, 1))), table.product("table")
    for place in ((0, 0, 0), (19, 0, 0), (0, 9, 0), (19, 9, 0)):
        table.put(leg, whole, "leg", at=place)
    table.put(top, whole, "top", at=(0, 0, 10))
    pair = (
        '<object id="2" name="pair"><components><component objectid="1"/>'
        '<component objectid="1" transform="-1 0 0 0 1 0 0 0 1 100 0 0"/></components></object>'
    )
    wedges = threemf_text.model(unit='unit="inch"', resources=threemf_text.tetrahedron() + pair, items='<item objectid="2"/>')
    board = dae_text.document(asset='<unit meter="0.0254"/><up_axis>Z_UP</up_axis>', transform="<scale>-1 1 1</scale>")
    square = usda_text.usda(usda_text.SQUARE % "", head='metersPerUnit = 0.0254\n upAxis = "Z"')
    made = "made so"
    for name, content, inches, triangles in (
        ("odd.fbx", boards, (250, 30, 200), 4),
        ("odd.step", table.content(), (20, 11, 10), 60),
        ("odd.3mf", threemf_text.package(wedges), (100, 30, 20), 8),
        ("odd.dae", board, (100, 0, 200), 2),
        ("odd.usda", square, (2, 0, 1), 2),
    ):
        (folder / name).write_bytes(content)
        x, y, z = (side * 25.4 for side in inches)
        yield Known(folder / name, (x, y, z), triangles, made)


def _round_trips(folder: Path) -> Iterator[Known]:
    ours = ROOT / "assets" / "products"
    sources = [ours / name / f"{name}.glb" for name in ("sofa", "fridge", "glasses")]
    sources += [DATA / "products" / f"{name}.glb" for name in ("MaterialsVariantsShoe", "SheenChair")]
    for source in filter(Path.exists, sources):
        asset = read(source)
        path = folder / f"{source.stem}.usdz"
        path.write_bytes(write_usdz(asset).data)
        yield Known(path, _mm(asset), triangle_count(asset), "the GLB that it was written from")


def table_formats() -> str:
    """Compare sizes and triangles of FBX, STEP, 3MF, COLLADA and USD files with what is known of them, and name what is lost.

    Processor seconds are medians, the child process in which native libraries read included.
    """
    columns = ("file", "size, mm (width x height x depth)", "off by", "triangles", "known", *_COUNTED, "told", "CPU s")
    lines = [f"| {' | '.join(columns)} |", f"|{' --- |' * len(columns)}"]
    with tempfile.TemporaryDirectory() as folder:
        lines += [_line(known) for known in files(Path(folder)) if known.path.exists()]
    truths = (
        "Known sizes: FBX from the accessors of the Khronos glTF originals, STEP 5 x 2.5 x 1.375 inch, COLLADA and 3MF by trimesh, "
        "USDZ the GLB; the odd ones (inches, Z up, parts used again, mirrored, colours by face, a take) are made so by a script."
    )
    return "\n".join([*lines, "", truths])


_COUNTED = ("parts", "meshes", "materials", "pictures", "looks", "takes")


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
        len(asset.meshes),
        len(asset.materials),
        len(asset.images),
        len(asset.variants),
        len(asset.animations),
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
