"""`GlRenderer`: scene and camera in, layer out, pass by pass.

Measured on llvmpipe (2 cores): see ``tests/bench/bench_render.py`` for the ratios that are kept.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, Self

import numpy as np

from arviz.core.camera import Camera
from arviz.core.errors import BackendError, InputError, LimitError
from arviz.core.frozen import Array
from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.core.scene import Item, Layer, Scene
from arviz.render.gl.assets import Light, Loaded, Store, sampler_of
from arviz.render.gl.context import create_context, current_identity
from arviz.render.gl.pieces import Piece
from arviz.render.gl.shaders import Programs, uv_defines
from arviz.render.gl.surface import Surface
from arviz.render.gl.targets import Targets, bytes_per_pixel
from arviz.render.gl.textures import Samplers, texture_cap_px
from arviz.render.gl.tiles import tile_camera, tile_size, tiles
from arviz.render.gl.view import View, normal_matrix, view
from arviz.render.prefilter import LEVELS
from arviz.render.renderer import Capabilities, RenderOptions

_BUDGET_BYTES = 512 * 2**20
_TARGET_BYTES = 400 * 2**20
"""What the targets of one picture may take; a larger one is drawn in tiles. 2048 x 2048 fits."""
_MOST_PIXELS = 8192 * 8192
"""A `Layer` holds 16 bytes a pixel, 20 with depth: 1.3 GiB."""
_ENVIRONMENT_UNIT = 0
_SAMPLES = (1, 4)


class _Draw(NamedTuple):
    """One piece in one picture."""

    loaded: Loaded
    piece: Piece
    surface: Surface | None
    """None for an occluder."""
    world_from_piece: Array
    distance: float


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
            self._programs = Programs(self._context)
            self._samplers = Samplers(self._context)
            self._store = Store(self._context, limits=limits, budget_bytes=budget_bytes)
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

    def render(self, scene: Scene, camera: Camera, *, world_from_camera: Array, options: RenderOptions | None = None) -> Layer:
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
            self._cap_px = texture_cap_px(camera.width_px, camera.height_px)
            draws = self._draws(scene, camera, world_from_camera)
            placed = [(draw.piece, draw.world_from_piece) for draw in draws]
            colour = np.empty((camera.height_px, camera.width_px, 4), np.float32)
            depth = np.empty((camera.height_px, camera.width_px), np.float32) if options.depth else None
            targets = self._sized_targets(camera, options)
            for tile in tiles(camera.width_px, camera.height_px, tile_px=targets.size):
                seen = view(
                    tile_camera(camera, tile),
                    world_from_camera=world_from_camera,
                    rotation_rad=scene.lighting.rotation_rad,
                    placed=placed,
                )
                place = (slice(max(tile.y_px, 0), tile.y_px + tile.height_px), slice(tile.x_px, tile.x_px + tile.width_px))
                part = (slice(max(-tile.y_px, 0), None), slice(0, camera.width_px - tile.x_px))
                self._draw_colour(targets, draws, seen, scene, options)
                colour[place] = targets.read_colour()[part]
                if depth is not None:
                    depth[place] = self._draw_depth(targets, draws, seen)[part]
            self._store.trim()
        return Layer(colour=colour, depth_m=depth)

    # What is drawn

    def _draws(self, scene: Scene, camera: Camera, world_from_camera: Array) -> list[_Draw]:
        cap_px = texture_cap_px(camera.width_px, camera.height_px)
        eye = world_from_camera[:3, 3]
        out = []
        for item in scene.items:
            loaded = self._store.loaded(item.asset)
            variant = _variant_index(item)
            for piece in loaded.pieces:
                surface = None
                if item.role == "visible":
                    surface = self._store.surface(loaded, piece, variant=variant, cap_px=cap_px)
                world_from_piece = item.world_from_asset @ piece.asset_from_piece
                centre = world_from_piece[:3, :3] @ piece.box.mean(axis=0) + world_from_piece[:3, 3]
                out.append(_Draw(loaded, piece, surface, world_from_piece, float(np.linalg.norm(centre - eye))))
        return out

    # Passes

    def _draw_colour(self, targets: Targets, draws: list[_Draw], seen: View, scene: Scene, options: RenderOptions) -> None:
        light = self._store.light(scene.lighting)
        context = self._context
        _use(targets.colour)
        context.disable(context.BLEND)
        context.enable(context.DEPTH_TEST)
        targets.colour.clear(0, 0, 0, 0, depth=1.0)
        light.texture.use(_ENVIRONMENT_UNIT)
        self._samplers.environment().use(_ENVIRONMENT_UNIT)
        self._draw_occluders(targets.colour, draws, seen)
        # Front to back, so that hidden fragments are never shaded.
        opaque = [draw for draw in draws if draw.surface is not None and draw.surface.draw_pass == "opaque"]
        for draw in sorted(opaque, key=lambda d: d.distance):
            self._draw_surface(draw, seen, light, scene, options)
        blended = [draw for draw in draws if draw.surface is not None and draw.surface.draw_pass == "blend"]
        if blended:
            _use(targets.colour, depth=False)
            context.enable(context.BLEND)
            context.blend_func = context.ONE, context.ONE_MINUS_SRC_ALPHA
            for draw in sorted(blended, key=lambda d: -d.distance):
                self._draw_blended(draw, seen, light, scene, options)
            context.disable(context.BLEND)

    def _draw_blended(self, draw: _Draw, seen: View, light: Light, scene: Scene, options: RenderOptions) -> None:
        """Draw a see-through piece; the far side of a double-sided one first."""
        assert draw.surface is not None
        if draw.surface.double_sided:
            self._draw_surface(draw, seen, light, scene, options, cull="front")
            self._draw_surface(draw, seen, light, scene, options, cull="back")
        else:
            self._draw_surface(draw, seen, light, scene, options)

    def _draw_depth(self, targets: Targets, draws: list[_Draw], seen: View) -> Array:
        framebuffer = targets.depth
        _use(framebuffer)
        self._context.disable(self._context.BLEND)
        self._context.enable(self._context.DEPTH_TEST)
        framebuffer.clear(float("inf"), 0, 0, 0, depth=1.0)
        self._draw_occluders(framebuffer, draws, seen)
        for draw in draws:
            surface = draw.surface
            if surface is None or not surface.in_depth:
                continue
            defines = {**uv_defines(tuple(uv_set for uv_set, _ in surface.uv)), **surface.defines} if surface.depth_defines else {}
            program = self._programs.get("depth", {**defines, **surface.depth_defines})
            if surface.depth_defines:
                self._set_surface(program, draw.loaded, surface)
            self._set_culling(draw, surface.double_sided)
            program["clip_from_piece"].write(_columns(seen.clip_from_world @ draw.world_from_piece))
            self._store.mesh(draw.piece).draw(program)
        return targets.read_depth()

    def _draw_occluders(self, framebuffer: Any, draws: list[_Draw], seen: View) -> None:
        occluders = [draw for draw in draws if draw.surface is None]
        if not occluders:
            return
        _use(framebuffer, colour=False)
        program = self._programs.get("depth", {})
        for draw in occluders:
            self._set_culling(draw, double_sided=True)
            program["clip_from_piece"].write(_columns(seen.clip_from_world @ draw.world_from_piece))
            self._store.mesh(draw.piece).draw(program)
        _use(framebuffer)

    # One piece

    def _draw_surface(
        self, draw: _Draw, seen: View, light: Light, scene: Scene, options: RenderOptions, *, cull: str | None = None
    ) -> None:
        surface = draw.surface
        assert surface is not None
        defines = {**uv_defines(tuple(uv_set for uv_set, _ in surface.uv)), **surface.defines}
        defines["ENVIRONMENT_TOP_LEVEL"] = f"{LEVELS - 1}.0"
        if options.tone_map == "neutral":
            defines["TONE_MAP_NEUTRAL"] = "1"
        program = self._programs.get("surface", defines)
        self._set_surface(program, draw.loaded, surface)
        light_from_piece = seen.light_from_world @ draw.world_from_piece
        program["clip_from_piece"].write(_columns(seen.clip_from_world @ draw.world_from_piece))
        _write(program, "light_from_piece", _columns(light_from_piece[:3]))
        _write(program, "normal_matrix", _columns(normal_matrix(light_from_piece)))
        _write(program, "harmonics", light.harmonics.tobytes())
        _set(program, "light_intensity", scene.lighting.intensity)
        _set(program, "exposure", options.exposure)
        _set(program, "environment", _ENVIRONMENT_UNIT)
        self._set_culling(draw, surface.double_sided, cull)
        self._store.mesh(draw.piece).draw(program)

    def _set_surface(self, program: Any, loaded: Loaded, surface: Surface) -> None:
        for name, value in surface.uniforms.items():
            _set(program, name, value)
        if "uv_matrix" in program:
            # A GLSL mat3x2 has three columns of two; the linker drops trailing channels that nothing reads.
            used = surface.uv[: program["uv_matrix"].array_length]
            _write(program, "uv_matrix", b"".join(_columns(matrix[:2]) for _, matrix in used))
        for unit, slot in enumerate(surface.slots, start=_ENVIRONMENT_UNIT + 1):
            if slot.name in program:
                texture = self._store.texture(loaded.asset, slot.texture, srgb=slot.srgb, cap_px=self._cap_px)
                texture.use(unit)
                self._samplers.get(sampler_of(loaded.asset, slot.texture)).use(unit)
                program[slot.name].value = unit

    def _set_culling(self, draw: _Draw, double_sided: bool, cull: str | None = None) -> None:
        context = self._context
        mirrored_pose = np.linalg.det(draw.world_from_piece[:3, :3]) < 0
        context.front_face = "cw" if mirrored_pose else "ccw"
        if double_sided and cull is None:
            context.disable(context.CULL_FACE)
        else:
            context.enable(context.CULL_FACE)
            context.cull_face = cull or "back"

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
            resolve = self._programs.get("resolve", {})
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


def _variant_index(item: Item) -> int | None:
    if item.variant is None:
        return None
    if item.variant not in item.asset.variants:
        raise InputError(
            "E_VARIANT_UNKNOWN",
            "the product has no such variant",
            expected=", ".join(item.asset.variants) or "a product with variants",
            found=item.variant,
        )
    return item.asset.variants.index(item.variant)


def _use(framebuffer: Any, *, colour: bool = True, depth: bool = True) -> None:
    """Draw into `framebuffer`, writing colour and depth or not (moderngl applies masks only when it binds)."""
    framebuffer.color_mask = (colour, colour, colour, colour)
    framebuffer.depth_mask = depth
    framebuffer.use()


def _columns(matrix: Array) -> bytes:
    """Return a matrix column by column in float32, as OpenGL stores it."""
    return np.ascontiguousarray(matrix.T, np.float32).tobytes()


def _write(program: Any, name: str, data: bytes) -> None:
    if name in program:  # the compiler drops uniforms that a material does not need
        program[name].write(data)


def _set(program: Any, name: str, value: Any) -> None:
    if name in program:
        program[name].value = value
