"""What a shop page shows: ``<model-viewer>`` in headless Chromium, its pictures, its camera and what they cost."""

from __future__ import annotations

import base64
import http.server
import json
import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import numpy as np

from arviz.core.camera import Camera
from arviz.core.frames import look_at, orbit_direction
from arviz.core.frozen import Array
from arviz.core.image import Image, decode
from tests.bench.peers.devtools import Browser
from tests.bench.peers.install import node_package
from tests.bench.processes import cpu_of_tree

RELEASE = "4.4.0"
DEFAULT_ORBIT = "0deg 75deg 105%"


class Seen(NamedTuple):
    """The camera that model-viewer chose."""

    azimuth_rad: float
    polar_rad: float
    radius_m: float
    target_m: tuple[float, float, float]
    vertical_fov_rad: float

    def camera(self, *, width_px: int, height_px: int) -> tuple[Camera, Array]:
        """Return the same as (camera, world_from_camera)."""
        eye = np.array(self.target_m) + self.radius_m * orbit_direction(self.azimuth_rad, self.polar_rad)
        lens = Camera.from_fov(vertical_fov_rad=self.vertical_fov_rad, width_px=width_px, height_px=height_px)
        return lens, look_at(eye, np.array(self.target_m))


class ModelViewer:
    """A page with one viewer of `width_px` x `height_px` at device pixel ratio 1 over a transparent page.

    The viewer may not lower its resolution on a slow machine (``minimumRenderScale`` 1). Tone mapping is its default,
    Khronos PBR neutral since release 4 (`tone_mapping` ``"auto"``). With an environment of one's own the exposure is
    as given; its built-in one it multiplies by 1.3 (``COMMERCE_EXPOSURE`` in Renderer.ts).
    """

    def __init__(self, *, width_px: int, height_px: int) -> None:
        self.width_px, self.height_px = width_px, height_px
        self._files: dict[str, Path] = {
            "/page.html": Path(__file__).with_name("page.html"),
            "/model-viewer.js": node_package("@google/model-viewer", RELEASE) / "dist" / "model-viewer.min.js",
        }
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, files=self._files))
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        try:
            self._browser = Browser(f"http://127.0.0.1:{self._server.server_port}/page.html", width_px=width_px, height_px=height_px)
        except BaseException:
            self._server.shutdown()
            raise
        self.pid = self._browser.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End browser and server."""
        self._browser.close()
        self._server.shutdown()
        self._server.server_close()

    def show(self, glb: Path, **how: Any) -> Seen:
        """Load a product, with the keywords of `_settings`, and wait for its first frame; return the camera."""
        return _seen(self._browser.evaluate(f"show({json.dumps(self._settings(glb, **how))})"))

    def poster(self, glb: Path, **how: Any) -> bytes:
        """Load a product, likewise, and return its first frame as WebP: no step more than that takes."""
        return _bytes(self._browser.evaluate(f"poster({json.dumps(self._settings(glb, **how))})"))

    def turned(self, orbit: str) -> bytes:
        """Move the camera and return the frame as WebP, likewise."""
        return _bytes(self._browser.evaluate(f"turned({json.dumps(orbit)})"))

    def _settings(
        self,
        glb: Path,
        *,
        environment: Path | None = None,
        orbit: str | None = None,
        field_of_view: str | None = None,
        shadow_intensity: float = 0.0,
        exposure: float = 1.0,
        tone_mapping: str = "auto",
        variant: str | None = None,
    ) -> dict[str, Any]:
        """Return what the page is told of a product.

        Parameters
        ----------
        environment : Path, optional
            Radiance ``.hdr``; without it the viewer's own neutral light.
        orbit, field_of_view : str, optional
            ``camera-orbit`` and ``field-of-view``; without them the viewer's defaults.
        """
        serial = len(self._files)  # a new address each time: nothing comes out of the page's caches
        attributes: dict[str, str] = {"src": f"/{serial}.glb", "shadow-intensity": str(shadow_intensity)}
        attributes |= {"exposure": str(exposure), "tone-mapping": tone_mapping}
        self._files[attributes["src"]] = glb
        if environment is not None:
            attributes["environment-image"] = f"/{serial}.hdr"
            self._files[attributes["environment-image"]] = environment
        if orbit is not None:
            attributes["camera-orbit"] = orbit
        if field_of_view is not None:
            attributes["field-of-view"] = field_of_view
        return {"width": self.width_px, "height": self.height_px, "attributes": attributes, "variant": variant}

    def turn(self, orbit: str) -> Seen:
        """Move the camera and wait for the frame."""
        return _seen(self._browser.evaluate(f"orbit({json.dumps(orbit)})"))

    def picture(self) -> Image:
        """Return the frame that is shown: RGBA, straight alpha."""
        image = decode(_bytes(self._browser.evaluate("png()")))
        if (image.width_px, image.height_px) != (self.width_px, self.height_px):
            raise ValueError(f"the viewer drew {image!r}, not {self.width_px} x {self.height_px}")
        return image

    def frames(self, orbits: Sequence[str]) -> float:
        """Draw a frame for each orbit, its pixels read back; return processor seconds per frame of the whole browser."""
        before = cpu_of_tree(self.pid)
        drawn = self._browser.evaluate(f"frames_of({json.dumps(list(orbits))})")
        if drawn != [self.width_px, self.height_px]:
            raise ValueError(f"the viewer drew {drawn} pixels, not {self.width_px} x {self.height_px}")
        return (cpu_of_tree(self.pid) - before) / len(orbits)

    def pictures(self, orbits: Sequence[str]) -> float:
        """Do the same with a PNG for each, as shops save them: by the viewer's ``toBlob``."""
        before = cpu_of_tree(self.pid)
        for orbit in orbits:
            self.turn(orbit)
            self._browser.evaluate("blob()")
        return (cpu_of_tree(self.pid) - before) / len(orbits)


def _bytes(data_url: str) -> bytes:
    return base64.b64decode(data_url.partition(",")[2])


def _seen(found: dict[str, Any]) -> Seen:
    x, y, z = found["target"]
    return Seen(found["azimuth"], found["polar"], found["radius"], (x, y, z), float(np.radians(found["fov"])))


_TYPES = {".html": "text/html", ".js": "text/javascript", ".glb": "model/gltf-binary", ".hdr": "image/vnd.radiance"}


class _Handler(http.server.BaseHTTPRequestHandler):
    def __init__(self, *arguments: Any, files: dict[str, Path]) -> None:
        self._files = files
        super().__init__(*arguments)

    def do_GET(self) -> None:
        path = self._files.get(self.path.partition("?")[0])
        if path is None:
            self.send_error(404)
            return
        data = path.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", _TYPES.get(path.suffix, "application/octet-stream"))
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""
