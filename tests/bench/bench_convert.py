"""What a conversion costs, against the lossless copy of a well-known optimiser."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from statistics import median

from tests.bench.measure import Row, cost_of_command
from tests.bench.peers.install import node_package

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("ARVIZ_TEST_DATA") or ROOT.parent / "shared" / "data")
GLTF_TRANSFORM = "4.5.1"
BAR = 2.0
ROUNDS = 3

MASTER = """
import sys
from arviz.check.figures import figures
from arviz.flows.prepare import Options, prepare
from arviz.flows.tiers import master
from arviz.formats.read import read
options = Options()
asset, _ = prepare(read(sys.argv[1]), options)
open(sys.argv[2], "wb").write(master(asset, name="product", measured=figures(asset), limits=options.limits)[0].data)
"""
QUICK_LOOK = """
import sys
from arviz.formats.read import read
from arviz.formats.usdz.write import write_usdz
open(sys.argv[2], "wb").write(write_usdz(read(sys.argv[1])).data)
"""


def gltf_transform() -> Path:
    """Return the peer's program, installed on first use into a folder of its own."""
    return node_package("@gltf-transform/cli", GLTF_TRANSFORM) / "bin" / "cli.js"


def bench_convert() -> list[Row]:
    """Compare reading, mending, writing, reading back and checking a GLB with ``gltf-transform copy``: whole processes.

    Ours checks every picture, validates the written bytes and measures parts; the copy does neither. The USDZ (a
    process of its own) and the larger peak of both are listed in the last column.
    """
    program = gltf_transform()
    rows = []
    for source in sorted((DATA / "products").glob("*.glb")):
        with tempfile.TemporaryDirectory() as folder:
            out = f"{folder}/out"
            ours, theirs, usdz = [], [], []
            for _ in range(ROUNDS):
                ours.append(cost_of_command([sys.executable, "-c", MASTER, str(source), f"{out}.glb"]))
                theirs.append(cost_of_command(["node", str(program), "copy", str(source), f"{out}.copy.glb"]))
                usdz.append(cost_of_command([sys.executable, "-c", QUICK_LOOK, str(source), f"{out}.usdz"]))
        note = f"USDZ {median(c.cpu_s for c in usdz):.1f} s; peak {max(c.peak_mb for c in [*ours, *usdz]):.0f} MB"
        cpu = (median(c.cpu_s for c in side) for side in (ours, theirs))
        rows.append(Row(f"{source.stem}: lossless GLB", *cpu, BAR, note))
    return rows
