"""From a `Scene` to Mitsuba scenes: what is seen, what hides, what catches shadows, and the light."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.core.limits import Limits
from arviz.core.material import Material, extension_number
from arviz.core.scene import Item, Lighting, Scene, Sun
from arviz.core.transforms import normal_matrix
from arviz.core.variants import variant_index
from arviz.render.bodies import shown_asset
from arviz.render.material_of import material_of
from arviz.render.mitsuba.material import Materials, main_uv_set
from arviz.render.pieces import Piece, pieces
from arviz.render.punctual_lights import punctual_lights

_SHARP_RAD = 1e-3
"""A sun smaller than this is a direction; a larger one is a disc far away."""
_FAR = 50.0
"""Distance of that disc, in radii of the scene."""

_QUARTER_DEG = 90.0


class World(NamedTuple):
    """Mitsuba scenes of one `Scene`, None where there is nothing of the kind."""

    seen: Any
    """Visible items, lit."""
    hiding: Any
    """Occluders: they stop what comes from the camera, not the light."""
    catching: Any
    """White shadow catchers and visible items, lit."""
    bare: Any
    """The catchers alone, in the same light."""
    item_of_shape: Mapping[int, int]
    """Dr.Jit's number of a shape -> index in `Scene.items`."""
    glass: frozenset[int]
    """Shapes that do not count as depth."""
    glowing: frozenset[int]
    """Shapes that send out light themselves."""
    catchers: frozenset[int]
    sun: frozenset[int]
    """The disc that stands for a soft sun: it gives light and is not seen."""


def build(mitsuba: Any, scene: Scene, *, cap_px: int, limits: Limits) -> World:
    """Return the Mitsuba scenes of `scene`; textures are no larger than `cap_px`."""
    shapes: dict[str, dict[str, Any]] = {"visible": {}, "occluder": {}, "shadow_catcher": {}}
    item_of_shape: dict[int, int] = {}
    glass, glowing, catchers = set(), set(), set()
    for index, item in enumerate(scene.items):
        for part, (shape, is_glass) in enumerate(item_shapes(mitsuba, item, cap_px=cap_px, limits=limits)):
            shapes[item.role][f"item{index}_{part}"] = shape
            number = shape_number(mitsuba, shape)
            item_of_shape[number] = index
            if is_glass:
                glass.add(number)
            if shape.is_emitter():
                glowing.add(number)
            if item.role == "shadow_catcher":
                catchers.add(number)
    light = _light(mitsuba, scene.lighting, _bounds(scene))

    def made(members: Mapping[str, Any]) -> Any:
        return mitsuba.load_dict({"type": "scene", **members})

    visible, caught = shapes["visible"], shapes["shadow_catcher"]
    return World(
        seen=made({**visible, **light, **_punctual_lights(mitsuba, scene)}) if visible else None,
        hiding=made(shapes["occluder"]) if shapes["occluder"] else None,
        catching=made({**visible, **caught, **light}) if caught else None,
        bare=made({**caught, **light}) if caught else None,
        item_of_shape=item_of_shape,
        glass=frozenset(glass),
        glowing=frozenset(glowing),
        catchers=frozenset(catchers),
        sun=frozenset({shape_number(mitsuba, light["sun"])} if _is_disc(scene.lighting.sun) else ()),
    )


def shape_number(mitsuba: Any, shape: Any) -> int:
    """Return the number by which Dr.Jit's arrays of shapes know a shape."""
    import drjit

    numbers: Any = drjit.reinterpret_array(mitsuba.UInt32, mitsuba.ShapePtr(shape))
    return int(numbers[0])


def item_shapes(mitsuba: Any, item: Item, *, cap_px: int, limits: Limits) -> Iterable[tuple[Any, bool]]:
    """Yield the Mitsuba shapes of an item, each with whether it is glass."""
    asset = shown_asset(item)
    variant = variant_index(asset, item.variant)
    materials = Materials(mitsuba, asset, cap_px=cap_px, limits=limits)
    for piece in pieces(asset):
        material = material_of(asset, piece.primitive, variant)
        if item.role != "visible":
            material = Material(metallic_factor=0.0)
        uv_set = main_uv_set(material)
        if uv_set is not None and f"TEXCOORD_{uv_set}" not in piece.arrays:
            uv_set = None
        world_from_piece = item.world_from_asset @ piece.asset_from_piece
        coloured = item.role == "visible" and "COLOR_0" in piece.arrays
        scale = float(np.cbrt(abs(np.linalg.det(world_from_piece[:3, :3]))))
        bsdf = materials.bsdf(material, uv_set=uv_set, coloured=coloured, scale=scale)
        emission = None
        if item.role == "visible":
            emission = materials.emission(material, uv_set=uv_set, coloured=coloured)
        elif item.role == "shadow_catcher":
            bsdf = {"type": "diffuse", "reflectance": 1.0}
        transmission = extension_number(material.extensions.get("KHR_materials_transmission"), "transmissionFactor", 0.0)
        yield _mesh(mitsuba, piece, world_from_piece, bsdf, emission, uv_set), transmission > 0.5


def _mesh(mitsuba: Any, piece: Piece, world_from_piece: Array, bsdf: Any, emission: Any, uv_set: int | None) -> Any:
    properties = mitsuba.Properties()
    properties["bsdf"] = mitsuba.load_dict(bsdf)
    if emission is not None:
        properties["emitter"] = mitsuba.load_dict(emission)
    linear = world_from_piece[:3, :3]
    positions = piece.arrays["POSITION"].astype(np.float64) @ linear.T + world_from_piece[:3, 3]
    normals = piece.arrays["NORMAL"].astype(np.float64) @ normal_matrix(world_from_piece).T
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    smooth = bool((lengths > 0).all())
    faces = piece.indices if np.linalg.det(linear) >= 0 else piece.indices[:, ::-1]
    mesh = mitsuba.Mesh(
        "piece", len(positions), len(faces), has_vertex_normals=smooth, has_vertex_texcoords=uv_set is not None, props=properties
    )
    if "COLOR_0" in piece.arrays:
        colours = np.ascontiguousarray(piece.arrays["COLOR_0"], np.float32)
        mesh.add_attribute("vertex_colour", 3, colours[:, :3].ravel())
        mesh.add_attribute("vertex_alpha", 1, colours[:, 3].ravel())
    values = mitsuba.traverse(mesh)
    values["vertex_positions"] = positions.astype(np.float32).ravel()
    values["faces"] = np.ascontiguousarray(faces, np.uint32).ravel()
    if smooth:
        values["vertex_normals"] = (normals / lengths).astype(np.float32).ravel()
    if uv_set is not None:
        uv = piece.arrays[f"TEXCOORD_{uv_set}"]
        values["vertex_texcoords"] = np.ascontiguousarray(uv[:, :2], np.float32).ravel()
    values.update()
    return mesh


def _bounds(scene: Scene) -> tuple[Array, float]:
    """Return the centre and the radius of a sphere around everything."""
    points = [np.zeros((1, 3))]
    for item in scene.items:
        for piece in pieces(shown_asset(item)):
            matrix = item.world_from_asset @ piece.asset_from_piece
            points.append(piece.box @ matrix[:3, :3].T + matrix[:3, 3])
    cloud = np.concatenate(points)
    low, high = cloud.min(axis=0), cloud.max(axis=0)
    return (low + high) / 2, max(float(np.linalg.norm(high - low)), 1e-6)


def _light(mitsuba: Any, lighting: Lighting, around: tuple[Array, float]) -> dict[str, Any]:
    # Ours: column u holds atan2(z, x) = 2 pi (u - 1/2); Mitsuba's: atan2(x, -z) = 2 pi u. A quarter turn apart.
    turn = mitsuba.ScalarTransform4f().rotate([0, 1, 0], float(np.degrees(lighting.rotation_rad) + _QUARTER_DEG))
    environment = {
        "type": "envmap",
        "bitmap": mitsuba.Bitmap(np.array(lighting.environment.pixels, np.float32)),
        "scale": float(lighting.intensity),
        "to_world": turn,
    }
    out: dict[str, Any] = {"environment": environment}
    if lighting.sun is not None:
        out["sun"] = _sun(mitsuba, lighting.sun, around)
    return out


def _sun(mitsuba: Any, sun: Sun, around: tuple[Array, float]) -> Any:
    towards = np.asarray(sun.to_light)
    if not _is_disc(sun):
        return {"type": "directional", "direction": (-towards).tolist(), "irradiance": {"type": "rgb", "value": list(sun.irradiance)}}
    centre, radius = around
    distance = _FAR * radius
    place = centre + towards * distance
    up = [0.0, 1.0, 0.0] if abs(towards[1]) < 0.99 else [1.0, 0.0, 0.0]
    size = distance * np.tan(sun.angular_radius_rad)
    transform = mitsuba.ScalarTransform4f().look_at(place.tolist(), centre.tolist(), up) @ mitsuba.ScalarTransform4f().scale(float(size))
    # A disc of radiance L seen under the half angle r gives pi sin^2 r L.
    radiance = np.asarray(sun.irradiance) / (np.pi * np.sin(sun.angular_radius_rad) ** 2)
    emitter = {"type": "area", "radiance": {"type": "rgb", "value": radiance.tolist()}}
    return mitsuba.load_dict({"type": "disk", "to_world": transform, "emitter": emitter})


def _is_disc(sun: Sun | None) -> bool:
    return sun is not None and sun.angular_radius_rad >= _SHARP_RAD


def _punctual_lights(mitsuba: Any, scene: Scene) -> dict[str, Any]:
    """Return the lights of KHR_lights_punctual; Mitsuba's spots fade in a straight line where glTF's fade smoothly."""
    out: dict[str, Any] = {}
    for number, light in enumerate(punctual_lights(scene)):
        colour = {"type": "rgb", "value": list(light.intensity)}
        position, aim = np.asarray(light.position_m, np.float64), np.asarray(light.aim, np.float64)
        made: dict[str, Any]
        if light.kind == "directional":
            made = {"type": "directional", "direction": aim.tolist(), "irradiance": colour}
        elif light.kind == "point":
            made = {"type": "point", "position": position.tolist(), "intensity": colour}
        else:
            up = [0.0, 1.0, 0.0] if abs(aim[1]) < 0.99 else [1.0, 0.0, 0.0]
            place = mitsuba.ScalarTransform4f().look_at(position.tolist(), (position + aim).tolist(), up)
            angles = {"cutoff_angle": float(np.degrees(light.outer_rad)), "beam_width": float(np.degrees(light.inner_rad))}
            made = {"type": "spot", "to_world": place, "intensity": colour, **angles}
        out[f"punctual{number}"] = made
    return out
