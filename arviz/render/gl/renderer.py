"""`GlRenderer`: scene and camera in, layer out, pass by pass.

Measured on llvmpipe (2 cores): see ``tests/bench/bench_render.py`` for the ratios that are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple, Self

import numpy as np

from arviz.core.camera import Camera
from arviz.core.colour import srgb_to_linear
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.core.scene import Layer, Scene
from arviz.render.gl.ambient_occlusion import AmbientOcclusion
from arviz.render.gl.assets import Store
from arviz.render.gl.blended import draw_blended, draw_opaque_parts
from arviz.render.gl.catcher import Catchers, Caught
from arviz.render.gl.draws import Draw, scene_draws
from arviz.render.gl.environment import environment_inputs
from arviz.render.gl.geometry import draw_occluders, draw_planes
from arviz.render.gl.hidden import hidden_inputs, left_inputs
from arviz.render.gl.inputs import Inputs, merged
from arviz.render.gl.layers import layer_bytes_per_pixel
from arviz.render.gl.lights import punctual_light_inputs
from arviz.render.gl.painter import Painter, use
from arviz.render.gl.shaders import Programs
from arviz.render.gl.sun import Suns
from arviz.render.gl.sun_area import Box, seen_area
from arviz.render.gl.targets import Form, Targets, bytes_per_pixel, photo_texture
from arviz.render.gl.textures import Samplers
from arviz.render.gl.tiling import Plan, Section, plan
from arviz.render.gl.view import View, corners, view
from arviz.render.layer_planes import empty_planes
from arviz.render.lens import Lens, lens_of
from arviz.render.opengl import OwnContext
from arviz.render.renderer import Capabilities, Feature, RenderOptions
from arviz.render.request_checks import checked_request
from arviz.render.texture_pixels import texture_cap_px

_FEATURES: frozenset[Feature] = frozenset(
    {
        "distortion",
        "skew",
        "hidden_behind",
        "shadow_catcher",
        "sun",
        "light_left",
        "ambient_occlusion",
        "alpha_test",
        "one_sided",
        "punctual_lights",
    }
)
_BUDGET_BYTES = 256 * 2**20
_TARGET_BYTES = 400 * 2**20
"""What the targets of one picture may take; a larger one is drawn in tiles. 2048 x 2048 fits."""


class _Shot(NamedTuple):
    """One picture on its way: what is drawn of it at once, and with what."""

    scene: Scene
    world_from_camera: Array
    draws: list[Draw]
    targets: Targets
    sections: tuple[Section, ...]
    inputs: Inputs
    caught: Callable[[], list[Caught]]
    """Made when first asked for: after the product is drawn, which the driver does in its own threads meanwhile."""
    cap_px: int


class GlRenderer:
    """Draw with OpenGL 3.3; needs no window and no GPU (Mesa's llvmpipe will do).

    It owns a context: use it in the thread that made it, close it, best by ``with``. What was uploaded stays until
    `budget_bytes` are full, so another camera, size or variant of the same `Asset` object costs only the drawing.
    A picture whose targets would take more than `target_bytes` is drawn in tiles. `device` is the index of an EGL device
    (`arviz.render.egl_devices`); None takes the first, a GPU where there is one.

    Raises
    ------
    DependencyError, BackendError
        No OpenGL context can be made; the hint names the packages to install.
    InputError
        There is no such device.
    """

    def __init__(
        self,
        *,
        limits: Limits = DEFAULT_LIMITS,
        budget_bytes: int = _BUDGET_BYTES,
        target_bytes: int = _TARGET_BYTES,
        device: int | None = None,
    ) -> None:
        self._target_bytes = target_bytes
        self._own = OwnContext(device=device)
        self._context = self._own.context
        with self._context:
            self._capabilities = _capabilities(self._context)
            self._most_side_px = _most_side_px(self._context)
            self._most_samples = int(self._context.max_samples)
            self._store = Store(self._context, limits=limits, budget_bytes=budget_bytes)
            self._painter = Painter(self._context, programs=Programs(self._context), samplers=Samplers(self._context), store=self._store)
            self._suns = Suns(self._painter)
            self._ambient_occlusion = AmbientOcclusion(self._painter)
            self._catchers = Catchers(self._painter)
        self._targets: Targets | None = None
        self._lens: tuple[Camera, Lens | None] | None = None
        self._plan: tuple[Lens | None, tuple[int, int], Plan] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def capabilities(self) -> Capabilities:
        """Say what this engine on this machine can do."""
        self._own.check_usable()
        return self._capabilities

    def close(self) -> None:
        """Free the context and all that lies in it; closing twice is fine."""
        if self._context is None:
            return
        with self._context:
            self._store.clear()
            self._suns.clear()
            self._ambient_occlusion.clear()
            self._catchers.clear()
            if self._targets is not None:
                self._targets.release()
        self._own.release()
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
            Any K and any distortion that OpenCV knows. Where a lens shows nothing (beyond the fold of its polynomial, or
            farther than 80 degrees from its axis) the layer is empty.
        world_from_camera : ndarray (4, 4)
            Pose of the camera, OpenCV axes.

        Returns
        -------
        Layer
            Depth, normals and ids are those of the first surface that is at least half opaque, sampled at pixel centres;
            None unless asked for. Normals are of the shape, without the normal map.
        """
        options = options or RenderOptions()
        with self._shot(scene, camera, world_from_camera, options, hidden_behind_m) as shot:
            colour = np.zeros((camera.height_px, camera.width_px, 4), np.float32)
            planes = empty_planes(camera.width_px, camera.height_px, options)
            for section in shot.sections:
                seen, inputs = self._seen(shot, section)
                if options.colour:
                    self._draw_colour(shot, seen, inputs)
                    colour[section.place] = shot.targets.read_colour(table=section.table, box=_drawn_area(shot, seen))[section.inner]
                # One fragment a pixel.
                shown = merged([shot.inputs, Inputs(uniforms={"picture_from_fragment": section.picture_from_fragment})])
                drawn = draw_planes(self._painter, shot.targets, shot.draws, seen, section, shown, wanted=tuple(planes), cap_px=shot.cap_px)
                for name, plane in drawn.items():
                    planes[name][section.place] = plane[section.inner]
        return Layer(colour=colour, **planes)

    def picture(
        self,
        scene: Scene,
        camera: Camera,
        *,
        world_from_camera: Array,
        options: RenderOptions | None = None,
        background: Image | tuple[int, int, int] | None = None,
        hidden_behind_m: Array | None = None,
    ) -> Image:
        """Draw a finished picture; see `arviz.render.renderer.PictureRenderer`."""
        linear = tuple(srgb_to_linear(np.array(background, np.float32) / 255).tolist()) if isinstance(background, tuple) else None
        with (
            self._shot(scene, camera, world_from_camera, options or RenderOptions(), hidden_behind_m) as shot,
            photo_texture(self._context, background, camera) as photo,
        ):
            pixels = np.empty((camera.height_px, camera.width_px, 4 if background is None else 3), np.uint8)
            for section in shot.sections:
                self._draw_colour(shot, *self._seen(shot, section))
                drawn = shot.targets.read_picture(table=section.table, background=linear, photo=photo, photo_at=section.corner_px)
                pixels[section.place] = drawn[section.inner][..., : pixels.shape[2]]
        return Image(pixels=pixels, alpha="straight" if background is None else "none")

    @contextmanager
    def _shot(
        self,
        scene: Scene,
        camera: Camera,
        world_from_camera: Array,
        options: RenderOptions,
        hidden_behind_m: Array | None,
    ) -> Iterator[_Shot]:
        """Check a request and upload what it needs; free what only it needed."""
        self._own.check_usable()
        world_from_camera, hidden_behind_m = checked_request(
            "gl",
            self._capabilities,
            scene,
            camera,
            world_from_camera=world_from_camera,
            options=options,
            hidden_behind_m=hidden_behind_m,
        )
        lens = self._lens_of(camera)
        with self._own.drawing():
            cap_px = texture_cap_px(camera.width_px, camera.height_px)
            draws = scene_draws(scene, store=self._store, eye=world_from_camera[:3, 3], cap_px=cap_px)
            targets, sections = self._planned(camera, lens, options, draws)
            sun = self._suns.inputs(scene, draws, world_from_camera=world_from_camera, camera=camera, cap_px=cap_px)
            pinhole = camera if lens is None else lens.ideal  # it sees all that the lens does
            near = self._ambient_occlusion.inputs(
                scene, draws, world_from_camera=world_from_camera, camera=pinhole, options=options, cap_px=cap_px
            )
            caught = cache(
                lambda: self._catchers.prepare(
                    draws, scene, world_from_camera=world_from_camera, camera=pinhole, strength=options.shadow, cap_px=cap_px
                )
            )
            with (
                hidden_inputs(self._context, hidden_behind_m, lens) as hidden,
                left_inputs(self._context, scene.lighting.left, lens) as left,
            ):
                lights = punctual_light_inputs(scene, draws, world_from_camera=world_from_camera)
                inputs = merged([self._inputs(scene, options), lights, sun, near, hidden, left])
                yield _Shot(scene, world_from_camera, draws, targets, sections, inputs, caught, cap_px)
            self._store.trim()

    def _seen(self, shot: _Shot, section: Section) -> tuple[View, Inputs]:
        """Return how a part of a picture is seen, and what its colour needs."""
        seen = view(
            section.camera,
            world_from_camera=shot.world_from_camera,
            rotation_rad=shot.scene.lighting.rotation_rad,
            placed=[(draw.piece, draw.world_from_piece) for draw in shot.draws],
        )
        x, y, left, bottom = section.picture_from_fragment
        factor = shot.targets.factor
        shared = {"SUN_SHARED": "1"} if factor > 1 and "SUN" in shot.inputs.defines else {}
        where = Inputs(defines=shared, uniforms={"picture_from_fragment": (x / factor, y / factor, left, bottom)})
        return seen, merged([shot.inputs, where])

    def _inputs(self, scene: Scene, options: RenderOptions) -> Inputs:
        """Return what every surface of the picture is lit and shown by."""
        tone_map = {} if options.tone_map == "none" else {f"TONE_MAP_{options.tone_map.upper()}": "1"}
        margin = {"SHADOW_MARGIN": repr(float(options.shadow_margin))} if options.shadow_margin > 0 else {}
        shown = Inputs(defines={**tone_map, **margin}, uniforms={"exposure": options.exposure})
        return merged([environment_inputs(self._painter, scene.lighting), shown])

    def _draw_colour(self, shot: _Shot, seen: View, inputs: Inputs) -> None:
        context, targets, draws, cap_px = self._context, shot.targets, shot.draws, shot.cap_px
        use(targets.colour)
        context.disable(context.BLEND)
        context.enable(context.DEPTH_TEST)
        targets.colour.clear(0, 0, 0, 0, depth=1.0)
        draw_occluders(self._painter, targets.colour, draws, seen)
        # Front to back, so that hidden fragments are never shaded.
        opaque = [draw for draw in draws if draw.surface is not None and draw.surface.draw_pass == "opaque"]
        for draw in sorted(opaque, key=lambda d: d.distance):
            self._painter.surface(draw, seen, inputs, cap_px=cap_px)
        draw_opaque_parts(self._painter, draws, seen, inputs, cap_px=cap_px)
        self._catchers.draw(targets.colour, shot.caught(), seen, inputs)
        draw_blended(self._painter, targets, draws, seen, inputs, cap_px=cap_px)

    # Housekeeping

    def _planned(self, camera: Camera, lens: Lens | None, options: RenderOptions, draws: list[Draw]) -> tuple[Targets, tuple[Section, ...]]:
        """Cut the picture and make its targets ready."""
        # Multisampling only without see-through surfaces: what lies behind glass is read from the picture itself.
        see_through = any(draw.surface is not None and draw.surface.draw_pass == "blend" for draw in draws)
        multisample = (
            options.antialias == "multisample" and options.samples > 1 and not see_through and self._most_samples >= options.samples
        )
        form = Form(size_px=(1, 1), drawn_px=(1, 1), samples=options.samples, multisample=multisample)
        layers = layer_bytes_per_pixel(form.factor) if see_through else 0
        most = self._most_side_px // form.factor, self._target_bytes // (bytes_per_pixel(options.samples) + layers)
        if self._plan is None or self._plan[0] is not lens or self._plan[1] != most or lens is None:
            self._plan = (lens, most, plan(camera, lens, most_side_px=most[0], most_pixels=most[1]))
        planned = self._plan[2]
        form = form._replace(size_px=planned.size_px, drawn_px=planned.drawn_px)
        if self._targets is None or self._targets.form != form:
            if self._targets is not None:
                self._targets.release()
            self._targets = Targets(self._context, form=form, programs=self._painter.programs)
        return self._targets, planned.sections

    def _lens_of(self, camera: Camera) -> Lens | None:
        """Return the lookup of a camera; that of the last one is kept, because it takes a second."""
        if self._lens is None or not _same(self._lens[0], camera):
            self._lens = (camera, lens_of(camera))
        return self._lens[1]


def _drawn_area(shot: _Shot, seen: View) -> Box | None:
    """Return the rectangle outside of which a picture shows nothing, None where that cannot be told."""
    if shot.caught():
        return None
    shown = [draw for draw in shot.draws if draw.surface is not None]
    points = [corners(draw.piece.box) @ draw.world_from_piece[:3, :3].T + draw.world_from_piece[:3, 3] for draw in shown]
    return seen_area(np.concatenate([np.zeros((0, 3)), *points]), seen.clip_from_world, shot.targets.form.size_px)


def _same(one: Camera, other: Camera) -> bool:
    size = (one.width_px, one.height_px) == (other.width_px, other.height_px)
    return size and one.distortion == other.distortion and np.array_equal(one.k, other.k)


def _most_side_px(context: Any) -> int:
    """Return the longest side of what the driver draws at once."""
    sizes = [int(context.info[key]) for key in ("GL_MAX_TEXTURE_SIZE", "GL_MAX_RENDERBUFFER_SIZE") if context.info.get(key)]
    return min(sizes, default=4096)


def _capabilities(context: Any) -> Capabilities:
    info = context.info
    return Capabilities(
        max_size_px=max(_most_side_px(context), 8192),  # what is larger than the driver's targets is drawn in tiles
        device=f"{info['GL_RENDERER']}, OpenGL {info['GL_VERSION']}",
        outputs=frozenset({"colour", "depth", "normals", "ids"}),
        features=_FEATURES,
    )
