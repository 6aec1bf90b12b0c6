"""`MitsubaRenderer`: path-traced, denoised stills of the same `Scene` that the real-time engine draws.

Rays are made here, from K, rather than by a Mitsuba sensor, which cannot hold fx != fy, skew or lens distortion.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Self

import numpy as np

from arviz.core.camera import Camera
from arviz.core.errors import BackendError
from arviz.core.frozen import Array
from arviz.core.lens import coefficients, undistort
from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.core.scene import Layer, Scene
from arviz.render.mitsuba.library import VARIANT, load
from arviz.render.mitsuba.world import World, build
from arviz.render.photo_depth import SOFT_M, TOLERANCE_M
from arviz.render.renderer import Capabilities, Feature, RenderOptions
from arviz.render.request_checks import Request, checked_request
from arviz.render.texture_pixels import texture_cap_px
from arviz.render.tone_map import tone_map

_FEATURES: frozenset[Feature] = frozenset(
    {"distortion", "skew", "hidden_behind", "shadow_catcher", "sun", "ambient_occlusion", "alpha_test", "punctual_lights"}
)
_PATHS_PER_SAMPLE = 4
"""`RenderOptions.samples` of 4 gives 16 paths per pixel, which the denoiser makes clean."""
_BOUNCES = 8
_RAYS_AT_ONCE = 2_000_000
"""A ray takes about 200 bytes while it is traced."""
_SMOOTHED_PX = 1.3
_THROUGH = 16
"""So many see-through surfaces are looked through for depth."""


class _Seen(NamedTuple):
    """One pass of camera rays: what they met."""

    radiance: Array
    """(H, W, 3) float32, mean over the pixel's samples."""
    alpha: Array
    """(H, W) float32, share of what lies behind that is not let through."""


class _Surfaces(NamedTuple):
    """What is seen at the pixel centres: planes of a `Layer`, and the (H, W, 3) reflectance for the denoiser."""

    depth_m: Array
    normals: Array
    ids: Array
    albedo: Array


class MitsubaRenderer:
    """Path tracing on the CPU (LLVM) with Intel's denoiser; minutes of GPU viewers' light in seconds.

    Approximations are listed in `arviz.render.mitsuba.material`. Occluders hide and do not take light away, as in the
    real-time engine.

    Raises
    ------
    DependencyError
        The extra ``photoreal`` or LLVM is missing.
    """

    def __init__(self, *, limits: Limits = DEFAULT_LIMITS, denoise: bool = True) -> None:
        self._mi = load()
        self._limits = limits
        self._denoise = denoise
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Free what Dr.Jit keeps; the engine cannot be used afterwards."""
        if not self._closed:
            import drjit

            drjit.flush_malloc_cache()
        self._closed = True

    def capabilities(self) -> Capabilities:
        """Say what this engine can do."""
        return Capabilities(
            max_size_px=8192,
            device=f"Mitsuba {self._mi.__version__}, {VARIANT}",
            outputs=frozenset({"colour", "depth", "normals", "ids"}),
            features=_FEATURES,
        )

    def render(
        self,
        scene: Scene,
        camera: Camera,
        *,
        world_from_camera: Array,
        options: RenderOptions | None = None,
        hidden_behind_m: Array | None = None,
    ) -> Layer:
        """Draw `scene`; see `arviz.render.renderer.Renderer`."""
        options = options or RenderOptions()
        if self._closed:
            raise BackendError("E_MITSUBA_CLOSED", "the renderer is closed", hint="Use it inside its `with` block.")
        request = checked_request(
            "mitsuba",
            self.capabilities(),
            scene,
            camera,
            world_from_camera=world_from_camera,
            options=options,
            hidden_behind_m=hidden_behind_m,
        )
        world = build(self._mi, scene, cap_px=texture_cap_px(camera.width_px, camera.height_px), limits=self._limits)
        eye = _Eye(self._mi, camera, request, world)
        surfaces = eye.surfaces()
        colour = np.zeros((camera.height_px, camera.width_px, 4), np.float32)
        if world.seen is not None:
            colour = self._product(eye, surfaces, options)
        if world.catching is not None and options.shadow > 0:
            colour[..., 3] += self._caught(eye, options)
            colour[..., 3] = np.minimum(colour[..., 3], 1)
        return Layer(
            colour=colour,
            depth_m=surfaces.depth_m if options.depth else None,
            normals=surfaces.normals if options.normals else None,
            ids=surfaces.ids if options.ids else None,
        )

    def _product(self, eye: _Eye, surfaces: _Surfaces, options: RenderOptions) -> Array:
        seen = eye.trace(eye.world.seen, {"type": "path", "max_depth": _BOUNCES}, samples=_PATHS_PER_SAMPLE * options.samples)
        alpha = np.clip(seen.alpha, 0, 1)[..., None]
        # What a pixel's surface shows is cleaned and mapped, not its part of the pixel: an edge stays as bright as the surface.
        clean = self._clean(seen.radiance, surfaces)
        full = _edges_from_inside(np.divide(clean, alpha, out=np.zeros_like(clean), where=alpha > 0), alpha)
        return np.concatenate([tone_map(full, how=options.tone_map, exposure=options.exposure) * alpha, alpha], axis=2)

    def _caught(self, eye: _Eye, options: RenderOptions) -> Array:
        """Return the (H, W) alpha of the shadow on catchers: the share of their light that visible items take.

        With and without the items the same random numbers fall: where nothing is in the way both are equal to the bit, and
        a bare floor is empty.
        """
        samples = _PATHS_PER_SAMPLE * options.samples
        shaded, lit = (
            eye.trace(eye.world.catching, {"type": "direct"}, samples=samples, only=eye.world.catchers, lit_in=world)
            for world in (eye.world.catching, eye.world.bare)
        )
        light, full = shaded.radiance.mean(axis=2), lit.radiance.mean(axis=2)
        missing = np.clip(1 - np.divide(light, full, out=np.ones_like(light), where=full > 0), 0, 1)
        if self._denoise:
            missing = _smoothed(missing, shaded.alpha)
        missing = missing * shaded.alpha
        out: Array = np.clip(missing, 0, 1) * np.float32(options.shadow) * _away_from_borders(missing.shape, options)
        return out

    def _clean(self, radiance: Array, surfaces: _Surfaces) -> Array:
        if not self._denoise:
            return radiance
        import mitsuba_oidn

        out: Array = np.maximum(np.asarray(mitsuba_oidn.denoise(radiance, surfaces.albedo, surfaces.normals, hdr=True)), 0)
        return out


def _edges_from_inside(full: Array, alpha: Array) -> Array:
    """Return (H, W, 3) with pixels that the product covers in part coloured as those beside them that it covers whole.

    The denoiser puts its own edge where the mean of the samples has another: divided by alpha that leaves dots.
    """
    from scipy.ndimage import gaussian_filter

    inside = (alpha[..., 0] > 0.999).astype(np.float32)
    weight = gaussian_filter(inside, 1.0)
    beside = gaussian_filter(full * inside[..., None], (1.0, 1.0, 0.0)) / np.maximum(weight, 1e-6)[..., None]
    edge = (alpha[..., 0] > 0) & (inside == 0) & (weight > 0.02)
    out: Array = np.where(edge[..., None], beside, full)
    return out


def _smoothed(values: Array, weights: Array) -> Array:
    """Return (H, W) means over a few pixels, by weight.

    For shadows, whose noise is small where it would be seen; the denoiser draws a dotted line where they meet the product.
    """
    from scipy.ndimage import gaussian_filter

    around = gaussian_filter(weights, _SMOOTHED_PX)
    out: Array = gaussian_filter(values * weights, _SMOOTHED_PX) / np.maximum(around, 1e-6)
    return out


def _away_from_borders(shape: tuple[int, ...], options: RenderOptions) -> Array:
    """Return (H, W): 0 at the borders, 1 from ``shadow_margin`` on."""
    if options.shadow_margin <= 0:
        return np.ones(shape[:2], np.float32)
    sides = []
    for count in shape[:2]:
        at = (np.arange(count) + 0.5) / count
        x = np.clip(np.minimum(at, 1 - at) / options.shadow_margin, 0, 1)
        sides.append(x * x * (3 - 2 * x))
    return np.outer(*sides).astype(np.float32)


class _Eye:
    """The camera's rays, and what they meet."""

    def __init__(self, mitsuba: Any, camera: Camera, request: Request, world: World) -> None:
        self._mi = mitsuba
        self._camera = camera
        self._pose = request.world_from_camera
        self.world = world
        self._hidden = None if request.hidden_behind_m is None else request.hidden_behind_m.ravel()

    def trace(
        self, scene: Any, integrator: dict[str, Any], *, samples: int, only: frozenset[int] | None = None, lit_in: Any = None
    ) -> _Seen:
        """Return the mean radiance of `samples` jittered rays per pixel; `only` keeps rays that first meet these shapes.

        `lit_in` is another scene that says how bright that is.

        The light around must not be seen directly, yet Mitsuba's ``hide_emitters`` would hide glowing products with it:
        these have an integrator of their own.
        """
        import drjit as dr

        mi = self._mi
        hidden, shown = (mi.load_dict({**integrator, "hide_emitters": hide}) for hide in (True, False))
        count = self._camera.width_px * self._camera.height_px
        sums, hits = np.zeros((count, 3), np.float64), np.zeros(count, np.float64)
        block = max(min(_RAYS_AT_ONCE // samples, count), 1)
        for first in range(0, count, block):
            pixels = min(block, count - first)
            index = dr.arange(mi.UInt32, pixels * samples) // samples
            place = index + dr.opaque(mi.UInt32, first)
            sampler = mi.load_dict({"type": "independent", "sample_count": samples})
            sampler.seed(first, pixels * samples)
            ray, per_metre, real = self._rays(place, sampler.next_2d() - 0.5)
            open_ray = real & self._open(scene, ray, per_metre, place)
            first_met = scene.ray_intersect_preliminary(ray, active=open_ray)
            if only is not None:
                open_ray &= self._among(first_met, only)
            open_ray &= first_met.is_valid() & ~self._among(first_met, self.world.sun)
            radiance, _, _ = hidden.sample(scene if lit_in is None else lit_in, sampler, mi.RayDifferential3f(ray), None, open_ray)
            if self.world.glowing and only is None:
                glows = open_ray & self._among(first_met, self.world.glowing)
                brighter, _, _ = shown.sample(scene, sampler, mi.RayDifferential3f(ray), None, glows)
                radiance = dr.select(glows, brighter, radiance)
            for channel in range(3):
                value = dr.select(open_ray & dr.isfinite(radiance[channel]), dr.maximum(radiance[channel], 0), 0)
                sums[first : first + pixels, channel] += _summed(mi, value, index, pixels)
            opacity = dr.select(open_ray, 1 - self._let_through(scene, ray, open_ray), 0)
            hits[first : first + pixels] += _summed(mi, opacity, index, pixels)
        shape = (self._camera.height_px, self._camera.width_px)
        return _Seen((sums / samples).astype(np.float32).reshape(*shape, 3), (hits / samples).astype(np.float32).reshape(shape))

    def _let_through(self, scene: Any, ray: Any, active: Any) -> Any:
        """Return the share (mean of the channels) of what lies behind everything that a straight ray brings to the eye."""
        import drjit as dr

        share, active = dr.full(self._mi.Float, 1.0, dr.width(ray.d)), self._mi.Bool(active)
        for _ in range(_THROUGH):
            si = scene.ray_intersect(ray, active)
            active &= si.is_valid() & ~self._among(si, self.world.sun)
            share = dr.select(active, share * dr.mean(si.bsdf(ray).eval_null_transmission(si, active)), share)
            active &= share > 1e-3
            if not dr.any(active):
                break
            ray = si.spawn_ray(ray.d)
        return share

    def surfaces(self) -> _Surfaces:
        """Return what of the visible items lies at the pixel centres, glass looked through."""
        import drjit as dr

        mi, world = self._mi, self.world
        shape = (self._camera.height_px, self._camera.width_px)
        count = shape[0] * shape[1]
        depth, ids = np.full(count, np.inf, np.float32), np.zeros(count, np.int32)
        normals, albedo = np.zeros((count, 3), np.float32), np.zeros((count, 3), np.float32)
        if world.seen is not None:
            index = dr.arange(mi.UInt32, count)
            ray, per_metre, active = self._rays(index, mi.Point2f(0))
            start = mi.Ray3f(ray)
            active &= self._open(world.seen, ray, per_metre, index)
            for _ in range(_THROUGH):
                si = world.seen.ray_intersect(start, active)
                active &= si.is_valid() & ~self._among(si, world.sun)
                bsdf = si.bsdf(start)
                glassy = self._among(si, world.glass) | (dr.mean(bsdf.eval_null_transmission(si, active)) > 0.5)
                here = np.array(active & ~glassy)
                facing = dr.select(dr.dot(si.sh_frame.n, ray.d) > 0, -si.sh_frame.n, si.sh_frame.n)
                depth[here] = np.array(dr.norm(si.p - ray.o) / per_metre)[here]
                normals[here] = np.array(facing).T[here]
                albedo[here] = np.array(bsdf.eval_diffuse_reflectance(si, active)).T[here]
                numbers, place = np.unique(np.array(dr.reinterpret_array(mi.UInt32, si.shape))[here], return_inverse=True)
                ids[here] = np.array([1 + world.item_of_shape.get(int(n), -1) for n in numbers], np.int32)[place]
                active &= glassy
                if not dr.any(active):
                    break
                start = si.spawn_ray(ray.d)
        return _Surfaces(depth.reshape(shape), normals.reshape(*shape, 3), ids.reshape(shape), albedo.reshape(*shape, 3))

    def _rays(self, index: Any, offset: Any) -> tuple[Any, Any, Any]:
        """Return rays through pixels (flat index) moved by `offset`, their length per metre of depth, and which are real.

        Numbers of the camera are opaque to Dr.Jit: as literals they would make it compile for each picture anew.
        """
        import drjit as dr

        mi, camera = self._mi, self._camera
        x = mi.Float(index % camera.width_px) + offset.x
        y = mi.Float(index // camera.width_px) + offset.y
        inverse = np.linalg.inv(camera.k)
        a, b, c, e, f = (dr.opaque(mi.Float, float(inverse[at])) for at in ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2)))
        u, v = a * x + b * y + c, e * y + f
        real = dr.full(mi.Bool, True, dr.width(index))
        if coefficients(camera.distortion) is not None:
            straight = undistort(np.stack([np.array(u), np.array(v)], axis=1), camera.distortion)
            known = np.isfinite(straight).all(axis=1)
            straight[~known] = 0
            u, v, real = mi.Float(straight[:, 0]), mi.Float(straight[:, 1]), mi.Bool(known)
        turn = [[dr.opaque(mi.Float, float(value)) for value in row] for row in self._pose[:3]]
        d = mi.Vector3f(*(row[0] * u + row[1] * v + row[2] for row in turn))
        length = dr.norm(d)
        return mi.Ray3f(o=mi.Point3f(*(row[3] for row in turn)), d=d / length), length, real

    def _open(self, scene: Any, ray: Any, per_metre: Any, index: Any) -> Any:
        """Return which rays reach what they first meet in `scene` before an occluder or the photo stops them."""
        import drjit as dr

        mi = self._mi
        out = dr.full(mi.Bool, True, dr.width(ray.d))
        if self.world.hiding is not None:
            stop = self.world.hiding.ray_intersect_preliminary(ray).t
            out &= scene.ray_intersect_preliminary(ray).t < stop
        if self._hidden is not None:
            limit = dr.gather(mi.Float, mi.Float(self._hidden), index)
            out &= scene.ray_intersect_preliminary(ray).t / per_metre < limit + _TOLERANCE_M
        return out

    def _among(self, interaction: Any, numbers: frozenset[int]) -> Any:
        import drjit as dr

        mi = self._mi
        number = dr.reinterpret_array(mi.UInt32, interaction.shape)
        out = dr.full(mi.Bool, False, dr.width(number))
        for one in numbers:
            out |= number == one
        return out & interaction.is_valid()


_TOLERANCE_M = TOLERANCE_M + SOFT_M / 2
"""A photo's depth hides what lies this far behind it: half way through the soft edge."""


def _summed(mitsuba: Any, values: Any, index: Any, size: int) -> Array:
    import drjit as dr

    out = dr.zeros(mitsuba.Float, size)
    dr.scatter_reduce(dr.ReduceOp.Add, out, values, index)
    return np.array(out)
