"""`PyrenderRenderer`: the same scene by pyrender's rasteriser, shaders and camera."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

import numpy as np

from arviz.core.camera import Camera
from arviz.core.colour import LUMINANCE
from arviz.core.frames import CV_FROM_GL, half_pixel_intrinsics
from arviz.core.frozen import Array
from arviz.core.scene import Item, Layer, Lighting, Scene, light_from_world_axes
from arviz.render.bodies import Soup
from arviz.render.layer_planes import empty_planes
from arviz.render.opengl import OwnContext
from arviz.render.prefilter import environment_cache, prefilter
from arviz.render.punctual_lights import punctual_lights, strongest
from arviz.render.pyrender.library import load
from arviz.render.renderer import Capabilities, RenderOptions
from arviz.render.request_checks import checked_request
from arviz.render.texture_pixels import texture_cap_px
from arviz.render.tone_map import tone_map

_BAND_PIXELS = 2**21
"""Drawn at once; 20 bytes each on the GPU and again here."""
_HEADROOM = 16.0
"""pyrender's shader cuts light off at 1; ours is drawn this much darker and brightened again."""
_GAMMA = 2.2
"""The curve in pyrender's mesh.frag."""
_NEAREST_SHARE = 1e-3
_MOST_OF_A_KIND = {"directional": 3, "point": 4, "spot": 4}
"""Of the four that pyrender's shader takes, one distant light stands for the environment."""


class PyrenderRenderer:
    """Draw with pyrender in an OpenGL context of ours; needs no window and no GPU.

    Depth, normals and ids lie at pixel centres. Colour is a plain picture: base colour with its texture and emission,
    matte, under a flat ambient light and one light from where the environment is brightest; of the products' punctual lights
    the strongest of each kind (3 distant ones, 4 points, 4 spots), without their ranges. Where `depth_m` has no
    surface (glass) the picture has none, and blended surfaces that are at least half opaque are drawn opaque.

    Raises
    ------
    DependencyError, BackendError
        pyrender or OpenGL is missing, or no context can be made.
    """

    def __init__(self, *, device: int | None = None) -> None:
        self._pyrender = load()
        from OpenGL.error import Error

        from arviz.render.pyrender.passes import Passes  # needs PyOpenGL on EGL, which load() sees to

        self._own = OwnContext(device=device, errors=(Error,))
        self._context = self._own.context
        with self._context:
            info = self._context.info
            self._colour, self._planes = Passes(self._context), Passes(self._context)
        self._most_px = min(int(info["GL_MAX_TEXTURE_SIZE"]), int(info["GL_MAX_RENDERBUFFER_SIZE"]))
        self._capabilities = Capabilities(
            max_size_px=min(self._most_px // 4, 8192),
            device=f"{info['GL_RENDERER']}, OpenGL {info['GL_VERSION']}, pyrender {self._pyrender.__version__}",
            outputs=frozenset({"colour", "depth", "normals", "ids"}),
            features=frozenset({"one_sided", "punctual_lights"}),
        )
        self._items: tuple[Item, ...] = ()
        self._texture_px = 0
        self._soup: Soup | None = None
        self._meshes: list[Any] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def capabilities(self) -> Capabilities:
        """Say what this engine on this machine can do."""
        return self._capabilities

    def close(self) -> None:
        """Free the context, and nothing of anybody else's; closing twice is fine."""
        if self._context is None:
            return
        with self._context:
            if self._own.alive:
                self._colour.delete()
                self._planes.delete()
        self._own.release()
        self._context, self._meshes, self._items = None, [], ()

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

        Raises
        ------
        InputError
            ``E_ENGINE_CANNOT``: lens distortion, skew, a photo's depth, shadow catchers, a sun, ambient occlusion, or
            textures that cut holes are asked for.
        """
        options = options or RenderOptions()
        self._own.check_usable()
        request = checked_request(
            "pyrender",
            self._capabilities,
            scene,
            camera,
            world_from_camera=world_from_camera,
            options=options,
            hidden_behind_m=hidden_behind_m,
        )
        with self._own.drawing():
            self._load(scene.items, texture_px=texture_cap_px(camera.width_px, camera.height_px))
            eye_from_soup = self._eye_from_soup(request.world_from_camera)
            return self._layer(scene, camera, eye_from_soup, options)

    def _layer(self, scene: Scene, camera: Camera, eye_from_soup: Array, options: RenderOptions) -> Layer:
        side = math.isqrt(options.samples)
        height, width = camera.height_px, camera.width_px
        near, far = self._range(eye_from_soup)
        colour = np.empty((height, width, 4), np.float32)
        planes = empty_planes(width, height, options)
        shown = self._scene([each.colour for each in self._meshes], eye_from_soup)[0]
        self._light(shown, scene.lighting, eye_from_soup, exposure=options.exposure)
        self._punctual(shown, scene, eye_from_soup, exposure=options.exposure)
        plain, nodes = self._scene([each.normals for each in self._meshes] if planes else [], eye_from_soup)
        rows = min(max(_BAND_PIXELS // (width * side * side), 1), height)
        for top in range(0, height, rows):
            band, kept = slice(top, top + rows), slice(0, min(rows, height - top))
            lens = self._lens(camera, top=top, side=side, near=near, far=far)
            colour[band] = self._drawn_colour(shown, lens, width, rows, side, options)[kept]
            if planes:
                lens = self._lens(camera, top=top, side=1, near=near, far=far)
                for name, values in self._drawn_planes(plain, nodes, lens, width, rows, wanted=tuple(planes)).items():
                    planes[name][band] = values[kept]
        return Layer(colour=colour, **planes)

    def _drawn_colour(self, scene: Any, lens: Any, width: int, rows: int, side: int, options: RenderOptions) -> Array:
        with _camera(self._pyrender, scene, lens):
            drawn, _ = self._colour.draw(scene, width_px=width * side, height_px=rows * side)
        alpha = np.nan_to_num(drawn[..., 3:])
        light = np.nan_to_num(drawn[..., :3]) ** _GAMMA * _HEADROOM
        mapped = tone_map(light, how=options.tone_map) * alpha
        fine = np.concatenate([mapped, alpha], axis=2).reshape(rows, side, width, side, 4)
        out: Array = fine.mean(axis=(1, 3), dtype=np.float32)
        return out

    def _drawn_planes(self, scene: Any, nodes: list[Any], lens: Any, width: int, rows: int, *, wanted: tuple[str, ...]) -> dict[str, Array]:
        flags = self._pyrender.RenderFlags
        with _camera(self._pyrender, scene, lens):
            payload, depth = self._planes.draw(scene, width_px=width, height_px=rows, flags=flags.FLAT)
            seen = payload[..., 3] > 0.5
            out = {}
            if "depth_m" in wanted:
                out["depth_m"] = np.where(seen, depth, np.float32(np.inf))
            if "normals" in wanted:
                normals = payload[..., :3].astype(np.float64) * 2 - 1
                length = np.linalg.norm(normals, axis=2, keepdims=True)
                out["normals"] = np.where(seen[..., None] & (length > 0), normals / np.maximum(length, 1e-30), 0)
            if "ids" in wanted:
                numbers = {node: 0 if m.occluder else m.item + 1 for node, m in zip(nodes, self._meshes, strict=True)}
                colour, _ = self._planes.draw(scene, width_px=width, height_px=rows, flags=flags.SEG, seg_node_map=numbers)
                out["ids"] = np.rint(colour[..., 0].astype(np.float64) * 255).astype(np.int32)
        return out

    def _load(self, items: tuple[Item, ...], *, texture_px: int) -> None:
        same = len(items) == len(self._items) and all(a is b for a, b in zip(items, self._items, strict=True))
        if self._soup is not None and same and texture_px == self._texture_px:
            return
        from arviz.render.pyrender.meshes import item_meshes

        self._soup, self._meshes = item_meshes(items, texture_px=texture_px)
        self._items, self._texture_px = items, texture_px

    def _eye_from_soup(self, world_from_camera: Array) -> Array:
        assert self._soup is not None
        centred = world_from_camera.copy()
        centred[:3, 3] -= self._soup.centre
        out: Array = CV_FROM_GL @ np.linalg.inv(centred)
        return out

    def _range(self, eye_from_soup: Array) -> tuple[float, float]:
        """Return near and far as close around the corners of the whole as the depth buffer likes them."""
        assert self._soup is not None
        z = -(self._soup.vertices[self._soup.triangles.reshape(-1)] @ eye_from_soup[2, :3] + eye_from_soup[2, 3])
        far = float(z.max(initial=0)) * 1.01
        far = far if far > 0 else 1.0
        return max(float(z.min(initial=far)) * 0.99, far * _NEAREST_SHARE), far

    def _scene(self, shown: list[Any], eye_from_soup: Array) -> tuple[Any, list[Any]]:
        """Return a scene of meshes, dark, and the node of each."""
        scene = self._pyrender.Scene(bg_color=np.zeros(4), ambient_light=np.zeros(3))
        return scene, [scene.add(mesh, pose=eye_from_soup) for mesh in shown]

    def _light(self, scene: Any, lighting: Lighting, eye_from_soup: Array, *, exposure: float) -> None:
        ambient, strength, to_light = _lights(lighting)
        scene.ambient_light = ambient * exposure / _HEADROOM
        if strength.any():
            light = self._pyrender.DirectionalLight(color=strength / strength.max(), intensity=strength.max() * exposure / _HEADROOM)
            scene.add(light, pose=_pointing(eye_from_soup[:3, :3] @ to_light))

    def _punctual(self, shown: Any, scene: Scene, eye_from_soup: Array, *, exposure: float) -> None:
        """Add the strongest punctual lights of each kind, as many as pyrender's shader takes."""
        assert self._soup is not None
        turn = eye_from_soup[:3, :3]
        for kind, most in _MOST_OF_A_KIND.items():
            lights = [light for light in punctual_lights(scene) if light.kind == kind and any(light.intensity)]
            for light in strongest(lights, at_m=self._soup.centre, most=most):
                largest = max(light.intensity)
                power = {"color": np.asarray(light.intensity) / largest, "intensity": largest * exposure / _HEADROOM}
                pose = _pointing(turn @ -light.aim) if kind != "point" else np.eye(4)
                pose[:3, 3] = turn @ (light.position_m - self._soup.centre) + eye_from_soup[:3, 3]
                if kind == "directional":
                    shown.add(self._pyrender.DirectionalLight(**power), pose=pose)
                elif kind == "point":
                    shown.add(self._pyrender.PointLight(**power), pose=pose)
                else:
                    cone = {"innerConeAngle": light.inner_rad, "outerConeAngle": light.outer_rad}
                    shown.add(self._pyrender.SpotLight(**power, **cone), pose=pose)

    def _lens(self, camera: Camera, *, top: int, side: int, near: float, far: float) -> Any:
        k = half_pixel_intrinsics(camera)
        return self._pyrender.IntrinsicsCamera(k[0, 0] * side, k[1, 1] * side, k[0, 2] * side, (k[1, 2] - top) * side, near, far)


@contextmanager
def _camera(pyrender: Any, scene: Any, lens: Any) -> Iterator[None]:
    """Look through `lens` from the origin: the meshes lie in the eye's axes, so far-away places lose nothing."""
    node = pyrender.Node(camera=lens)
    scene.add_node(node)
    scene.main_camera_node = node
    try:
        yield
    finally:
        scene.remove_node(node)


def _lights(lighting: Lighting) -> tuple[Array, Array, Array]:
    """Return ambient radiance (3,), irradiance (3,) of one distant light and the direction to it (3,) in the world.

    The two have the first four harmonics of the environment: a light of irradiance E gives a matte white surface
    E / pi max(n.l, 0), whose constant part is E / (4 pi) and whose linear part E / (2 pi) n.l (Ramamoorthi and Hanrahan 2001).
    """
    harmonics = prefilter(lighting.environment, cache=environment_cache()).harmonics.astype(np.float64) * lighting.intensity
    linear = harmonics[[3, 1, 2]]  # x, y, z
    direction = linear @ LUMINANCE
    length = float(np.linalg.norm(direction))
    if length < 1e-6 * max(float(harmonics[0].max()), 1e-12):
        return np.maximum(harmonics[0], 0), np.zeros(3), np.array([0.0, 1.0, 0.0])
    direction = direction / length
    share = np.maximum(direction @ linear, 0)
    return np.maximum(harmonics[0] - share / 2, 0), 2 * np.pi * share, direction @ light_from_world_axes(lighting.rotation_rad)


def _pointing(to_light: Array) -> Array:
    """Return a pose whose +Z points to the light: pyrender's lights shine along -Z."""
    helper = np.eye(3)[int(np.abs(to_light).argmin())]
    across = np.cross(helper, to_light)
    across /= np.linalg.norm(across)
    pose = np.eye(4)
    pose[:3, :3] = np.stack([across, np.cross(to_light, across), to_light], axis=1)
    return pose
