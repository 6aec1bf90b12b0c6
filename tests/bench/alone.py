"""What our renderer does in a process of its own, so that its memory can be told.

python -m tests.bench.alone frames PRODUCT ENVIRONMENT WIDTH HEIGHT COUNT     draws, then waits for a line of input
python -m tests.bench.alone growth PRODUCT ... ENVIRONMENT                    prints megabytes grown, as JSON
"""

from __future__ import annotations

import gc
import json
import os
import sys
from pathlib import Path

from arviz.core.scene import Item, Scene
from arviz.formats.read import read
from tests.bench.ours import Ours
from tests.bench.processes import memory_of_tree

WARM_UP, FRAMES, SWITCHES = 30, 200, 50
SIZE_PX = 256


def frames(product: str, environment: str, width: str, height: str, count: str) -> None:
    """Load a product and draw it, as the browser's page does."""
    with Ours(Path(product), environment=Path(environment), width_px=int(width), height_px=int(height), floor=True) as ours:
        for i in range(int(count)):
            ours.frame(30 + i)
        print("drawn", flush=True)
        sys.stdin.readline()


def held_mb() -> float:
    """Return the memory that this process holds now."""
    gc.collect()
    return memory_of_tree(os.getpid()).pss_mb


def growth(*arguments: str) -> None:
    """Draw 200 frames of one product, then 50 times another one of those given, loaded before, then 50 times one loaded anew."""
    *files, environment = map(Path, arguments)
    grown = {}
    with Ours(files[0], environment=environment, width_px=SIZE_PX, height_px=SIZE_PX, floor=True) as ours:
        for i in range(WARM_UP + FRAMES):
            if i == WARM_UP:
                before = held_mb()
            ours.frame(2 * i)
        grown["frames"] = held_mb() - before
        light = ours.scene.lighting
        camera, pose = ours.view(30)

        def show(asset) -> None:
            ours.renderer.render(Scene(items=(Item(asset=asset),), lighting=light), camera, world_from_camera=pose, options=ours.options)

        assets = [read(file) for file in files]
        for name, at in (("switches", lambda i: assets[i % len(files)]), ("fresh", lambda i: read(files[i % len(files)]))):
            for i in range(WARM_UP + SWITCHES):
                if i == WARM_UP:
                    before = held_mb()
                show(at(i))
            grown[name] = held_mb() - before
    print(json.dumps(grown), flush=True)


if __name__ == "__main__":
    {"frames": frames, "growth": growth}[sys.argv[1]](*sys.argv[2:])
