"""`GlRenderer`: scene and camera in, layer out, pass by pass.

Measured on llvmpipe (2 cores): see ``tests/bench/bench_render.py`` for the ratios that are kept.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

import numpy as np

from arviz.core.camera import Camera
from arviz.core.errors import BackendError, InputError, LimitError
from arviz.core.frozen import Array
from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.core.scene import Layer, Scene
from arviz.render.gl.assets import Store
from arviz.render.gl.blended import draw_blended
from arviz.render.gl.context import create_context, current_identity
from arviz.render.gl.draws import Draw, scene_draws
from arviz.render.gl.environment import environment_inputs
from arviz.render.gl.geometry import draw_depth, draw_occluders
from arviz.render.gl.inputs import Inputs, merged
from arviz.render.gl.painter import Painter, use
from arviz.render.gl.shaders import Programs
from arviz.render.gl.targets import Targets, bytes_per_pixel
from arviz.render.gl.textures import Samplers, texture_cap_px
from arviz.render.gl.tiles import picture_from_fragment, tile_camera, tile_size, tiles
from arviz.render.gl.view import View, view
from arviz.render.renderer import Capabilities, RenderOptions

_BUDGET_BYTES = 512 * 2**20
_TARGET_BYTES = 400 * 2**20
"""What the targets of one picture may take; a larger one is drawn in tiles. 2048 x 2048 fits."""
_MOST_PIXELS = 8192 * 8192
"""A `Layer` holds 16 bytes a pixel, 20 with depth: 1.3 GiB."""
_SAMPLES = (1, 4)


@contextmanager
def _driver_errors() -> Iterator[None]:
    """Turn what the driver refuses into an error of ours: a product must not be lost with its picture."""
    import moderngl

    try:
        yield
    except moderngl.Error as error:
        raise BackendError(
            "E_GL_DRIVER", "the OpenGL driver refused to draw", found=str(error), hint="Run `arviz doctor`; another driver may help."
        ) from error


class GlRenderer:
    """Draw with OpenGL 3.3; needs no window and no GPU (Mesa's llvmpipe will do).

    It owns a context: use it in the thread that made it, close it, best by ``with``. What was uploaded stays until
    `budget_bytes` are full, so another camera, size or variant of the same `Asset` object costs only the drawing.
    A picture whose targets would take more than `target_bytes` is drawn in tiles.

    Raises
    ------
    DependencyError, BackendError
        No OpenGL context can be made; the hint names the packages to install.
    """

    def __init__(self, *, limits: Limits = DEFAULT_LIMITS, budget_bytes: int = _BUDGET_BYTES, target_bytes: int = _TARGET_BYTES) -> None:
        self._target_bytes = target_bytes
        self._thread = threading.get_ident()
        self._context: Any = create_context()
        with self._context:
            self._identity = current_identity(self._context)
            self._capabilities = _capabilities(self._context)
            self._store = Store(self._context, limits=limits, budget_bytes=budget_bytes)
            self._painter = Painter(self._context, programs=Programs(self._context), samplers=Samplers(self._context), store=self._store)
        self._targets: Targets | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def capabilities(self) -> Capabilities:
        """Say what this engine on this machine can do."""
        self._check_usable()
        return self._capabilities

    def close(self) -> None:
        """Free the context and all that lies in it; closing twice is fine."""
        if self._context is None:
            return
        with self._context:
            self._store.clear()
            if self._targets is not None:
                self._targets.release()
        self._context.release()
        self._context = None

    def render(
        self,
        scene: Scene,
        camera: Camera,
        *,
        world_from_camera: Array,
        options: RenderOptions | None = None,
        hidden_behind_m: Array | None = None,
    ) -> Layer:
        """Draw `scene`; see `arviz.render.renderer.Renderer`.

        Parameters
        ----------
        camera : Camera
            Any K; distortion is not applied: the layer is an ideal pinhole's, as `composite` expects.
        world_from_camera : ndarray (4, 4)
            Pose of the camera, OpenCV axes.

        Returns
        -------
        Layer
            `Layer.depth_m` is the first surface that is at least half opaque, sampled at pixel centres; None
            unless ``options.depth``.
        """
        options = options or RenderOptions()
        self._check_usable()
        self._check_request(camera, options)
        world_from_camera = np.asarray(world_from_camera, np.float64)
        with self._context, _driver_errors():
            self._check_alive()
            cap_px = texture_cap_px(camera.width_px, camera.height_px)
            draws = scene_draws(scene, store=self._store, eye=world_from_camera[:3, 3], cap_px=cap_px)
            placed = [(draw.piece, draw.world_from_piece) for draw in draws]
            colour = np.empty((camera.height_px, camera.width_px, 4), np.float32)
            depth = np.empty((camera.height_px, camera.width_px), np.float32) if options.depth else None
            targets = self._sized_targets(camera, options)
            inputs = self._inputs(scene, options)
            for tile in tiles(camera.width_px, camera.height_px, tile_px=targets.size):
                seen = view(
                    tile_camera(camera, tile),
                    world_from_camera=world_from_camera,
                    rotation_rad=scene.lighting.rotation_rad,
                    placed=placed,
                )
                place = (slice(max(tile.y_px, 0), tile.y_px + tile.height_px), slice(tile.x_px, tile.x_px + tile.width_px))
                part = (slice(max(-tile.y_px, 0), None), slice(0, camera.width_px - tile.x_px))
                where = Inputs(uniforms={"picture_from_fragment": picture_from_fragment(camera, tile, factor=targets.factor)})
                self._draw_colour(targets, draws, seen, merged([inputs, where]), cap_px=cap_px)
                colour[place] = targets.read_colour()[part]
                if depth is not None:
                    depth[place] = draw_depth(self._painter, targets, draws, seen, cap_px=cap_px)[part]
            self._store.trim()
        return Layer(colour=colour, depth_m=depth)

    def _inputs(self, scene: Scene, options: RenderOptions) -> Inputs:
        """Return what every surface of the picture is lit and shown by."""
        tone_map = {"TONE_MAP_NEUTRAL": "1"} if options.tone_map == "neutral" else {}
        shown = Inputs(defines=tone_map, uniforms={"exposure": options.exposure})
        return merged([environment_inputs(self._painter, scene.lighting), shown])

    def _draw_colour(self, targets: Targets, draws: list[Draw], seen: View, inputs: Inputs, *, cap_px: int) -> None:
        context = self._context
        use(targets.colour)
        context.disable(context.BLEND)
        context.enable(context.DEPTH_TEST)
        targets.colour.clear(0, 0, 0, 0, depth=1.0)
        draw_occluders(self._painter, targets.colour, draws, seen)
        # Front to back, so that hidden fragments are never shaded.
        opaque = [draw for draw in draws if draw.surface is not None and draw.surface.draw_pass == "opaque"]
        for draw in sorted(opaque, key=lambda d: d.distance):
            self._painter.surface(draw, seen, inputs, cap_px=cap_px)
        draw_blended(self._painter, targets, draws, seen, inputs, cap_px=cap_px)

    # Housekeeping

    def _sized_targets(self, camera: Camera, options: RenderOptions) -> Targets:
        wanted = tile_size(
            camera.width_px,
            camera.height_px,
            most_side_px=self._capabilities.max_size_px // (2 if options.samples == 4 else 1),
            most_pixels=self._target_bytes // bytes_per_pixel(options.samples),
        )
        if self._targets is None or self._targets.size != wanted or self._targets.samples != options.samples:
            if self._targets is not None:
                self._targets.release()
            resolve = self._painter.programs.get("resolve", {})
            self._targets = Targets(self._context, width_px=wanted[0], height_px=wanted[1], samples=options.samples, resolve=resolve)
        return self._targets

    def _check_usable(self) -> None:
        if self._context is None:
            raise BackendError("E_GL_CLOSED", "the renderer is closed", hint="Use it inside its `with` block.")
        if threading.get_ident() != self._thread:
            raise BackendError(
                "E_GL_THREAD", "a renderer works only in the thread that made it", hint="Make one renderer per thread or process."
            )

    def _check_alive(self) -> None:
        if current_identity(self._context) != self._identity:
            raise BackendError(
                "E_GL_LOST", "the OpenGL context is gone", hint="Make a new renderer; another library in this process shut EGL down."
            )

    def _check_request(self, camera: Camera, options: RenderOptions) -> None:
        if options.samples not in _SAMPLES:
            raise InputError("E_SAMPLES", "unknown number of samples", expected="1 or 4", found=options.samples)
        if camera.width_px * camera.height_px > _MOST_PIXELS:
            raise LimitError(
                "E_LIMIT_PICTURE",
                "the picture is too large",
                expected=f"at most {_MOST_PIXELS:,} pixels",
                found=f"{camera.width_px:,} x {camera.height_px:,}",
                hint="Draw it smaller; 8192 x 8192 is the most.",
            )


def _capabilities(context: Any) -> Capabilities:
    info = context.info
    sizes = [int(info[key]) for key in ("GL_MAX_TEXTURE_SIZE", "GL_MAX_RENDERBUFFER_SIZE") if info.get(key)]
    return Capabilities(
        max_size_px=min(sizes, default=4096),
        device=f"{info['GL_RENDERER']}, OpenGL {info['GL_VERSION']}",
    )
