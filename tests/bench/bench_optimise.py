"""The small GLBs of ``convert --target web`` beside those of well-known optimisers, scored by a renderer of another house."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from arviz.core.asset import Asset
from arviz.core.errors import ArvizError
from arviz.formats.read import read
from tests.bench.bench_convert import DATA, ROOT, gltf_transform
from tests.bench.measure import Cost, cost_of_command
from tests.bench.peers.install import node_package

GLTFPACK = "1.3.0"
JUDGE = Path(os.environ.get("ARVIZ_JUDGE") or ROOT.parent / "shared" / "tools" / "judge" / "judge.py")
ARVIZ = Path(sys.executable).with_name("arviz")
_DRACO_WEBP = ("--texture-compress", "webp", "--compress", "draco")
_PARTS_KEPT = tuple(word for step in ("join", "palette", "flatten", "instance") for word in (f"--{step}", "false"))
"""By itself it joins meshes and materials: parts cannot be found, moved or coloured any more."""


def table_optimise() -> str:
    """Size and likeness of optimised products: ours, ``gltfpack -cc`` and ``gltf-transform optimize`` with WebP and Draco.

    Peak signal to noise ratio pooled over eight views and structural similarity of the worst one, drawn by three.js. A candidate is
    marked where the Khronos validator finds errors in it, or where nodes with names or variants are gone. Ours holds its floor by our
    own renderer, and never by the one that judges here. Processor seconds and memory are of whole processes; ours also mends and checks
    the product, writes its master and reports, and draws its poster.
    """
    if not JUDGE.is_file():
        return f"Not run: no judge in `{JUDGE.name}`; name it by the environment variable `ARVIZ_JUDGE`."
    lines = ["| product | KB | by | KB | dB | worst SSIM | triangles | CPU s | peak MB | lost |", "| --- " * 10 + "|"]
    totals: dict[str, int] = {}
    for source in [*sorted((DATA / "products").glob("*.glb")), *sorted((ROOT / "assets" / "products").glob("*/*.glb"))]:
        for label, found, cost, lost in _compared(source):
            totals[label] = totals.get(label, 0) + found["bytes"]
            scored = (
                f"{found['pooled_db']:.1f} | {found['worst_ssim']:.4f} | {found['triangles']:,}" if "pooled_db" in found else "- | - | -"
            )
            print(source.stem, label, found, cost, lost, file=sys.stderr, flush=True)
            lines.append(
                f"| {source.stem} | {source.stat().st_size / 1000:.0f} | {label} | {found['bytes'] / 1000:.0f} | {scored} "
                f"| {cost.cpu_s:.1f} | {cost.peak_mb:.0f} | {lost} |"
            )
    sums = ", ".join(f"{label} {count / 1000:,.0f} KB" for label, count in totals.items())
    return "\n".join([*lines, "", f"All: {sums}."])


def _compared(source: Path) -> list[tuple[str, dict[str, Any], Cost, str]]:
    """Return (label, what the judge says, cost, what was lost) of every candidate."""
    pack = node_package("gltfpack", GLTFPACK) / "cli.js"
    transform = ["node", str(gltf_transform()), "optimize", str(source)]
    with tempfile.TemporaryDirectory() as folder:
        ours = [str(ARVIZ), "convert", str(source), "--target", "web", "-o"]
        commands = {
            "arviz": [*ours, f"{folder}/arviz"],
            "arviz fast": [*ours, f"{folder}/arviz fast", "--effort", "fast"],
            "gltfpack": ["node", str(pack), "-cc", "-i", str(source), "-o", f"{folder}/gltfpack.glb"],
            "gltf-transform": [*transform, f"{folder}/gltf-transform.glb", *_DRACO_WEBP],
            "gltf-transform, parts kept": [*transform, f"{folder}/gltf-transform, parts kept.glb", *_DRACO_WEBP, *_PARTS_KEPT],
        }
        costs = {label: cost_of_command(command) for label, command in commands.items()}
        # Ours stands where `convert` puts products, and is compared with the master that it writes.
        made = {label: f"{folder}/{label}/{source.stem}/{source.stem}" for label in ("arviz", "arviz fast")}
        files = [f"{made[label]}.web.glb" if label in made else f"{folder}/{label}.glb" for label in commands]
        rows = [*_judged(f"{made['arviz']}.glb", *files[: len(made)]), *_judged(str(source), *files[len(made) :])]
        original = read(source)
        return [
            (label, row, costs[label], _lost(original, Path(file), row["validator_errors"]))
            for label, file, row in zip(commands, files, rows, strict=True)
        ]


def _judged(original: str, *candidates: str) -> list[dict[str, Any]]:
    """Return what the judge says of each candidate."""
    command = [sys.executable, str(JUDGE), "--views", "8", original, *candidates]
    told = subprocess.run(command, check=True, capture_output=True, text=True)
    return [json.loads(line) for line in told.stdout.splitlines()]


def _lost(original: Asset, candidate: Path, errors: int) -> str:
    """Return what a candidate has lost, in words."""
    try:
        after = read(candidate)
    except ArvizError as error:  # gltf-transform leaves out nodes that our joints and anchors point to
        return f"not readable: {error.code}"
    names = {node.name for node in original.nodes if node.name and node.mesh is not None} - {node.name for node in after.nodes}
    variants = len(original.variants) - len(after.variants)
    extensions = {n for m in original.materials for n in m.extensions} - {n for m in after.materials for n in m.extensions}
    told = (
        f"{errors} errors" if errors else "",
        f"{len(names)} names" if names else "",
        f"{variants} variants" if variants else "",
        ", ".join(sorted(extensions)),
    )
    return "; ".join(filter(None, told)) or "nothing"
