"""Synthetic rooms with exact truth: geometry, depth as sensors see it, photos by ray tracing; no part of our own shading.

::

    rng = np.random.default_rng(seed)
    room = make_room(seed)
    view = room.views[0]
    exact, labels = room.seen(view)
    noisy = sensor_depth(exact, view.camera, kind="kinect", rng=rng, lost=room.glass(view))
    picture = camera_effects(photo(room, view, rng=rng), rng=rng)
    camera = handed_camera(view.camera, rng=rng)  # what the code under test may know of the lens
    light = RoomLight(room).estimate(point_m)
"""

from arviz.testing.rooms.anchors import Anchor
from arviz.testing.rooms.effects import camera_effects, handed_camera
from arviz.testing.rooms.lengths import KnownLength, known_lengths
from arviz.testing.rooms.light import RoomLight
from arviz.testing.rooms.obstacles import height_grid
from arviz.testing.rooms.photo import photo
from arviz.testing.rooms.room import SyntheticRoom, make_room
from arviz.testing.rooms.sensors import sensor_depth
from arviz.testing.rooms.traced import traced
from arviz.testing.rooms.truth import Daylight, Finish, Lamp, RoomMesh, Sheet, TruthPlane
from arviz.testing.rooms.walk import walk

__all__ = [
    "Anchor",
    "Daylight",
    "Finish",
    "KnownLength",
    "Lamp",
    "RoomLight",
    "RoomMesh",
    "Sheet",
    "SyntheticRoom",
    "TruthPlane",
    "camera_effects",
    "handed_camera",
    "height_grid",
    "known_lengths",
    "make_room",
    "photo",
    "sensor_depth",
    "traced",
    "walk",
]
