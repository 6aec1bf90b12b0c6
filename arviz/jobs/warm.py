"""What a worker process keeps open from job to job: a renderer, products read before, the sandbox; and the kinds that draw with it.

A kind that draws is called as ``function(assets, options, out, progress, renderer)``; the rest is as in `arviz.jobs.contained`.
"""

from __future__ import annotations

import functools
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from multiprocessing import util
from pathlib import Path
from typing import Any, NamedTuple

from arviz.core.asset import Asset
from arviz.core.errors import ArvizError
from arviz.core.frozen import Array
from arviz.core.scene import ShadowMap
from arviz.flows.render import draw
from arviz.flows.turntable import turntable as turntable_flow
from arviz.formats.read import read
from arviz.jobs.kinds import KINDS
from arviz.jobs.preview import shadow_of
from arviz.jobs.sandbox.limits import ContainedLimits
from arviz.jobs.sandbox.sandbox import Sandbox
from arviz.jobs.scratch import scratch_folder
from arviz.jobs.store import Store
from arviz.render.framing import drawn_points
from arviz.render.renderer import RENDERERS, Renderer

PRODUCTS = 16
"""How many stay read."""

Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What a worker process is told; calls carry it, so that workers on other machines need nothing else."""

    scratch: str = ""
    """Folder for unfinished work; empty: the system's."""
    allow_uncontained: bool = False
    """Whether files of strangers may be read where nothing contains the process that does."""
    limits: ContainedLimits = field(default_factory=ContainedLimits)


class Product(NamedTuple):
    """A product that was read."""

    asset: Asset
    points: Array
    """What frames it, as `arviz.render.framing.drawn_points` returns it."""
    sky_shadow: tuple[ShadowMap, ...] | None
    """What a preview knows of that on its floor."""


class Warm:
    """The open things of one process; each is opened when it is first needed."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self._open = ExitStack()
        self._lock = threading.RLock()
        self._thread = threading.local()  # a GL context belongs to one
        self._sandbox: Sandbox | None = None
        self._products: OrderedDict[str, Product] = OrderedDict()
        self.scratch = self._open.enter_context(scratch_folder(setup.scratch or None))
        self.scratch.chmod(0o711)  # contained children are of another user where we are root

    @property
    def renderer(self) -> Renderer:
        """The renderer of the calling thread."""
        if not hasattr(self._thread, "renderer"):
            self._thread.renderer = RENDERERS.get("gl")()
            with self._lock:
                self._open.callback(self._thread.renderer.close)
        opened: Renderer = self._thread.renderer
        return opened

    @property
    def sandbox(self) -> Sandbox:
        """The sandbox that knows all contained kinds."""
        with self._lock:
            if self._sandbox is None:
                functions = [kind.function for kind in KINDS.values() if kind.contained]
                sandbox = Sandbox(
                    self.scratch / "sandbox",
                    functions=functions,
                    limits=self.setup.limits,
                    allow_uncontained=self.setup.allow_uncontained,
                )
                self._sandbox = self._open.enter_context(sandbox)
            return self._sandbox

    def product(self, store: Store, blob_id: str) -> Product:
        """Return the product of a GLB that a `convert` job made."""
        with self._lock:
            if blob_id in self._products:
                self._products.move_to_end(blob_id)
                return self._products[blob_id]
        asset = read(store.read(blob_id), format="glb")
        product = Product(asset, drawn_points(asset), shadow_of(asset))
        with self._lock:
            self._products[blob_id] = product
            if len(self._products) > PRODUCTS:
                self._products.popitem(last=False)
        return product

    def close(self) -> None:
        """Close everything."""
        with self._lock:
            self._open.close()


def heat(setup: Setup) -> Warm:
    """Open in a worker what jobs will need, so that the first one does not wait; what cannot be opened is told to who needs it."""
    opened = beside_others(setup)
    for name in ("renderer", "sandbox"):
        with suppress(ArvizError):
            getattr(opened, name)
    return opened


def beside_others(setup: Setup) -> Warm:
    """Return the open things of a process that is one of several which draw."""
    os.environ.setdefault("LP_NUM_THREADS", "1")  # llvmpipe: processes side by side, not threads
    return warm(setup)


@functools.cache
def warm(setup: Setup) -> Warm:
    """Return the open things of this process; they are closed when it ends."""
    opened = Warm(setup)
    util.Finalize(None, opened.close, exitpriority=10)  # at the end of workers too, which run no atexit functions
    return opened


def render(assets: Mapping[str, Asset], options: dict[str, Any], out: Path, progress: Progress, renderer: Renderer) -> dict[str, Any]:
    """Draw an asset."""
    progress(0.0, "drawing")
    picture = f"picture.{(ending := options.pop('format'))}"
    background = options.pop("background") or ("#ffffff" if ending == "jpg" else "transparent")
    drawn = draw(assets["asset"], out=out / picture, background=background, renderer=renderer, **options)
    return {"files": {"picture": picture}, "findings": [finding.to_json() for finding in drawn.findings]}


def turntable(assets: Mapping[str, Asset], options: dict[str, Any], out: Path, progress: Progress, renderer: Renderer) -> dict[str, Any]:
    """Draw an asset from all around."""
    clip = f"clip.{options.pop('format')}"
    frames = options["frames"]
    made = turntable_flow(
        assets["asset"], out=out / clip, renderer=renderer, drawn=lambda count: progress(count / frames, "drawing"), **options
    )
    return {"files": {"clip": clip}, **made.to_json(), "file": None}
