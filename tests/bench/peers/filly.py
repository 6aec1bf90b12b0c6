"""Filament through the wheel filly: what a native rasteriser draws of the same product, and what it costs."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from arviz.core.camera import Camera
from arviz.core.frames import CV_FROM_GL
from arviz.core.frozen import Array
from arviz.core.image import Image
from tests.bench.peers.install import python_with

REQUIREMENT = "filly==0.2.1"
SUN = {"direction": (0.35, -1.0, -0.45), "intensity": 1.0, "map_px": 1024}
"""A sun from above, front left, that throws a shadow; its strength is about that of the environment (lux, at EV 1/1.2)."""


QUARTER_TURN_RAD = np.pi / 2
"""Filament's panoramas begin a quarter turn from ours and model-viewer's (seen on `tests.bench.peers.probes.mirror`)."""


class FillyError(Exception):
    """Filament refused, or its process ended."""


class Filly:
    """A process of its own that holds one Filament renderer; close it by ``with``.

    filly takes a vertical field of view only, so cameras have square pixels and a centred principal point. It returns
    8 bits per channel, premultiplied after encoding, and no depth.
    """

    def __init__(self) -> None:
        command = [str(python_with(REQUIREMENT)), "-I", str(Path(__file__).with_name("filly_worker.py"))]
        self._folder = tempfile.TemporaryDirectory()
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.pid = self._process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._folder.cleanup()

    def show(
        self,
        glb: Path,
        *,
        environment: Path,
        camera: Camera,
        samples: int = 4,
        tone_mapping: str = "pbr_neutral",
        exposure: float = 1.0,
        turn_rad: float = 0.0,
        sun: dict[str, Any] | None = None,
        variant: str | None = None,
    ) -> None:
        """Load a product; a Radiance picture costs about eight processor seconds the first time."""
        k, w, h = camera.k, camera.width_px, camera.height_px
        if abs(k[0, 0] - k[1, 1]) > 1e-9 or not np.allclose(k[:2, 2], [(w - 1) / 2, (h - 1) / 2]):
            raise ValueError("filly draws square pixels around a centred principal point only")
        self._ask(
            "show",
            glb=str(glb.resolve()),
            environment=str(environment.resolve()),
            width_px=w,
            height_px=h,
            vertical_fov_rad=float(2 * np.arctan(h / 2 / k[1, 1])),
            samples=samples,
            tone_mapping=tone_mapping,
            exposure=exposure,
            turn_rad=turn_rad + QUARTER_TURN_RAD,
            sun=sun,
            variant=variant,
        )

    def picture(self, world_from_camera: Array) -> Image:
        """Return a frame: RGBA, straight alpha."""
        path = Path(self._folder.name) / "picture.npy"
        self._ask("picture", pose=_gl(world_from_camera), path=str(path))
        pixels = np.load(path).astype(np.float64)
        alpha = pixels[..., 3:]
        straight = np.divide(pixels[..., :3] * 255, alpha, out=np.zeros_like(pixels[..., :3]), where=alpha > 0)
        return Image(pixels=np.concatenate([np.minimum(np.round(straight), 255), alpha], axis=2).astype(np.uint8), alpha="straight")

    def frames(self, poses: Sequence[Array]) -> list[float]:
        """Draw and read back a frame for each pose; return the processor seconds of each, all threads."""
        seconds: list[float] = self._ask("frames", poses=[_gl(pose) for pose in poses])
        return seconds

    def _ask(self, do: str, **arguments: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise FillyError(f"filly's process has ended while it did {do}")
        answer = json.loads(line)
        if "error" in answer:
            raise FillyError(answer["error"])
        return answer["result"]


def _gl(world_from_camera: Array) -> list[list[float]]:
    matrix: list[list[float]] = (np.asarray(world_from_camera, np.float64) @ np.linalg.inv(CV_FROM_GL)).tolist()
    return matrix
