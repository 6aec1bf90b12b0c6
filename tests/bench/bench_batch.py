"""What a batch costs beside its products, whether it uses every core, and whether its workers grow."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import numpy as np

from arviz.flows.batch import convert_entry, options_of
from arviz.flows.catalogue import read_catalogue
from arviz.flows.targets import Delivery
from arviz.jobs.batch import Step, batch, beside_others
from tests.bench.measure import Row
from tests.bench.processes import cpu_of_tree, memory_of_tree, tree
from tests.jobs.catalogues import write_catalogue

PRODUCTS = 200
ALONE = 50
"""Of them, converted one after the other in this process."""
_SETTLED = 40
"""Products after which workers hold what they keep open."""


def bench_batch() -> list[Row]:
    """Convert 200 generated products (textures, some ten thousand triangles, one in twenty bad) as a batch on all cores.

    Its processor time with that of starting its workers, against the sum of the same conversions one after the other in one process
    (a quarter of them, times four); the processor time of its busiest worker times their number, against that of all, which says
    whether every core has work whatever else the machine does; and what the tree of processes grows by 100 products, by the slope from
    the 40th on, against the bar itself.
    """
    beside_others()
    with tempfile.TemporaryDirectory() as folder:
        made = write_catalogue(Path(folder) / "products", PRODUCTS, seed=1, heavy=True)
        held: list[tuple[int, float]] = []
        workers: dict[int, float] = {}

        def told(step: Step) -> None:
            held.append((step.done, memory_of_tree(os.getpid()).pss_mb))
            workers.update({pid: cpu_of_tree(pid) for pid in tree(os.getpid())[1:]})

        cpu_s, wall_s = cpu_of_tree(os.getpid()), time.monotonic()
        done = batch(made.path, out=Path(folder) / "ready", progress=told)
        cpu_s, wall_s = cpu_of_tree(os.getpid()) - cpu_s, time.monotonic() - wall_s
        assert done.manifest["counts"] == made.counts
        entries = read_catalogue(made.path).entries
        chosen = entries[:: len(entries) // ALONE][:ALONE]
        alone_s = time.process_time()
        for entry in chosen:
            convert_entry(entry.file, name=entry.name, out=Path(folder) / "alone", options=options_of(entry, Delivery()))
        alone_s = (time.process_time() - alone_s) * len(entries) / len(chosen)
    counts, megabytes = np.array([row for row in held if row[0] > _SETTLED]).T
    growth = float(np.polyfit(counts, megabytes, 1)[0] * 100)
    busy = sorted(workers.values())[-(os.cpu_count() or 1) :]
    return [
        Row("A batch of 200 products, against the sum of single conversions", cpu_s, alone_s, 1.15, f"{wall_s:.0f} s on the clock"),
        Row("Its busiest worker times their number, against all of them", len(busy) * busy[-1], sum(busy), 1.10, f"{len(busy)} workers"),
        Row("What its processes grow by 100 products, against 5 MB", growth, 5.0, 1.0, f"{megabytes[-1]:.0f} MB at the end", "MB"),
    ]
