"""`make_room`: a room drawn by a seed, and `SyntheticRoom`: everything that is true of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import get_args

import numpy as np

from arviz.core.camera import Camera
from arviz.core.frozen import Array, set_fields
from arviz.core.room import Opening, Room, RoomObject, Scale, View
from arviz.testing.rooms.anchors import Anchor, AnchorKind, place_anchors
from arviz.testing.rooms.builder import Builder, turn_y
from arviz.testing.rooms.furnishing import Floor, furnish
from arviz.testing.rooms.lamps import LightKind, draw_daylight, draw_lamps
from arviz.testing.rooms.palette import draw_palette
from arviz.testing.rooms.rays import Tracer, pixel_grid
from arviz.testing.rooms.shell import draw_shell
from arviz.testing.rooms.truth import Daylight, Finish, Lamp, RoomKind, RoomMesh, Sheet, TruthPlane
from arviz.testing.rooms.viewpoints import draw_views

_VIEW_TRIES = 20


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SyntheticRoom:
    """A room of which everything is known: world +Y up, metres, the floor at y = 0, walls at any azimuth.

    Parameters
    ----------
    seed : int
    kind : str
    camera : Camera
        With the true K.
    views : tuple of View
        Where pictures may be taken, 1.2 to 1.7 m high; each overlaps with the next.
    planes : tuple of TruthPlane
        The floor first. Hidden ones too: `labels` tells what a view shows.
    openings : tuple of Opening
        `wall` is an index into `planes`, `outline_m` has four corners.
    objects : tuple of RoomObject
        Furniture and clutter; `category` is ``box``, ``table``, ``thing`` ...
    lamps : tuple of Lamp
    daylight : Daylight
    finishes : tuple of Finish
    sheets : tuple of Sheet
    bitmaps : tuple of ndarray (H, W, 3)
        Linear reflectance, for the paint ``bitmap``.
    anchors : tuple of Anchor
        Things of known size on the floor, whole in the first view.
    mesh : RoomMesh
    """

    seed: int
    kind: RoomKind
    camera: Camera
    views: tuple[View, ...]
    planes: tuple[TruthPlane, ...]
    openings: tuple[Opening, ...]
    objects: tuple[RoomObject, ...]
    lamps: tuple[Lamp, ...]
    daylight: Daylight
    finishes: tuple[Finish, ...]
    sheets: tuple[Sheet, ...] = ()
    bitmaps: tuple[Array, ...] = ()
    anchors: tuple[Anchor, ...] = ()
    mesh: RoomMesh

    def __post_init__(self) -> None:
        for name in ("views", "planes", "openings", "objects", "lamps", "finishes", "sheets", "bitmaps", "anchors"):
            set_fields(self, **{name: tuple(getattr(self, name))})

    def depth(self, view: View) -> Array:
        """Return the exact depth (H, W) float32 along z of a view, +inf where nothing is."""
        return self._seen(view)[0]

    def labels(self, view: View) -> Array:
        """Return for each pixel (H, W) of a view the index in `planes`, -1 on curved things and where nothing is."""
        triangle = self._seen(view)[1]
        out: Array = np.where(triangle >= 0, self.mesh.plane[triangle], -1)
        return out

    def seen(self, view: View) -> tuple[Array, Array]:
        """Return `depth` and `labels` of a view for the price of one."""
        depth, triangle = self._seen(view)
        return depth, np.where(triangle >= 0, self.mesh.plane[triangle], -1)

    def glass(self, view: View) -> Array:
        """Return (H, W) bool: where a view shows a window's pane, on which depth sensors see nothing."""
        panes = np.array([plane.part == "window" for plane in self.planes] + [False])  # -1 is the last
        out: Array = panes[self.labels(view)]
        return out

    def pixels(self, view: View, points_m: Array) -> Array:
        """Return where a view shows points (N, 3) of the world: pixels (N, 2), lens distortion included."""
        pose = view.world_from_camera
        return view.camera.project_distorted((np.asarray(points_m) - pose[:3, 3]) @ pose[:3, :3])

    def with_body(self, vertices_m: Array, triangles: Array, *, colour: tuple[float, float, float]) -> SyntheticRoom:
        """Return the room with a thing in it, for pictures to compare composites with.

        Parameters
        ----------
        vertices_m : ndarray (V, 3)
            In the world.
        triangles : ndarray (T, 3) int
            Counter-clockwise from outside; `labels` shows them as -1.
        colour : (3,) float
            Reflectance, linear Rec.709.
        """
        mesh, more = self.mesh, len(triangles)
        grown = RoomMesh(
            vertices_m=np.concatenate([mesh.vertices_m, vertices_m]),
            triangles=np.concatenate([mesh.triangles, np.asarray(triangles, np.int64) + len(mesh.vertices_m)]),
            plane=np.concatenate([mesh.plane, np.full(more, -1)]),
            finish=np.concatenate([mesh.finish, np.full(more, len(self.finishes))]),
        )
        return replace(self, mesh=grown, finishes=(*self.finishes, Finish(paint="plain", colour=colour)))

    def truth(self) -> Room:
        """Return the room as a perfect measurement would: the planes of walls, floor, ceiling and tables, all sigmas 0."""
        return Room(
            planes=self.planes, openings=self.openings, objects=self.objects, scale=Scale(sigma=0.0, source="truth"), views=self.views
        )

    def _seen(self, view: View) -> tuple[Array, Array]:
        camera, pose = view.camera, view.world_from_camera
        rays = camera.rays(pixel_grid(camera)) @ pose[:3, :3].T
        hit = Tracer(self.mesh).first(np.broadcast_to(pose[:3, 3], rays.shape), rays)
        shape = (camera.height_px, camera.width_px)
        return hit.distance.astype(np.float32).reshape(shape), hit.triangle.reshape(shape)


def make_room(
    seed: int,
    *,
    kind: RoomKind | None = None,
    furnished: bool = True,
    camera: Camera | None = None,
    views: int = 3,
    anchors: tuple[AnchorKind, ...] = (),
    marker_m: float = 0.15,
    textured: bool = False,
    light: LightKind | None = None,
) -> SyntheticRoom:
    """Draw a room: 3-6 x 3-5.5 x 2.3-3 m, with a door, windows, and two to five pieces of furniture and clutter.

    Parameters
    ----------
    seed : int
        The same seed and options give the same room.
    kind : str or None
        ``box``, ``l_shape`` or ``sloped`` (under a roof); None lets the seed draw.
    furnished : bool
        False for bare walls with their openings.
    camera : Camera or None
        None draws a 640x480 camera with a focal length within 5 % of 525 px and its centre within 4 px of the middle.
    views : int
        How many.
    anchors : tuple of str
        ``a4``, ``card``, ``marker``, ``charuco``: things of known size on the floor, whole in the first view, which then
        looks down more; the floor is then no whiter than wood, or nobody would find white paper on it.
    marker_m : float
        Side of the ArUco marker.
    textured : bool
        Wallpaper full of features on all walls, for structure from motion.
    light : str or None
        ``lamps`` (in the evening), ``clouded`` or ``sunny`` (into a window, if there is one); None lets the seed draw.
    """
    rng = np.random.default_rng(seed)
    kinds = get_args(RoomKind)
    drawn: RoomKind = kinds[rng.choice(len(kinds), p=(0.5, 0.25, 0.25))]
    kind = drawn if kind is None else kind
    ours = _camera(rng)
    camera = ours if camera is None else camera
    builder, palette = Builder(), draw_palette(rng, dark_floor=bool(anchors), textured=textured)
    shell = draw_shell(rng, kind, builder, palette)
    floor = furnish(rng, shell, builder, palette) if furnished else Floor(shell)
    yaw = rng.uniform(-np.pi, np.pi)
    panes = [opening["outline_m"] for opening in builder.openings if opening["kind"] == "window"]
    lit, daylight = draw_daylight(rng, light, panes, yaw_rad=yaw)
    draw_lamps(rng, floor, builder, lit=lit)
    tracer, bitmaps = Tracer(builder.mesh()), list[Array]()
    for _ in range(_VIEW_TRIES):
        poses = draw_views(rng, tracer, floor, camera, views, downward=bool(anchors))
        placed = place_anchors(rng, builder, tracer, poses[0], anchors, marker_m=marker_m, bitmaps=bitmaps)
        if placed is not None:
            break
    else:
        raise ValueError(f"no view of room {seed} shows enough floor for {', '.join(anchors)}")
    turn = np.eye(4)
    turn[:3, :3] = turn_y(yaw)
    return SyntheticRoom(
        seed=seed,
        kind=kind,
        camera=camera,
        views=tuple(replace(view, world_from_camera=turn @ view.world_from_camera) for view in poses),
        daylight=daylight,
        bitmaps=tuple(bitmaps),
        anchors=tuple(replace(a, corners_m=a.corners_m @ turn[:3, :3].T, points_m=a.points_m @ turn[:3, :3].T) for a in placed),
        **builder.finished(yaw),
    )


def _camera(rng: np.random.Generator) -> Camera:
    f, cx, cy = 525 * rng.uniform(0.95, 1.05), 319.5 + rng.uniform(-4, 4), 239.5 + rng.uniform(-4, 4)
    return Camera(k=np.array([[f, 0, cx], [0, f, cy], [0, 0, 1]]), width_px=640, height_px=480)
