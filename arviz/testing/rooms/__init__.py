"""Synthetic rooms with exact truth: geometry, depth as sensors see it, photos by ray tracing; no part of our own shading.

::

    room = make_room(seed)
    view = room.views[0]
    exact, labels = room.seen(view)
    noisy = sensor_depth(exact, view.camera, kind="kinect", rng=np.random.default_rng(seed), lost=room.glass(view))
"""

from arviz.testing.rooms.room import SyntheticRoom, make_room
from arviz.testing.rooms.sensors import sensor_depth
from arviz.testing.rooms.truth import Finish, Lamp, RoomMesh, TruthPlane

__all__ = ["Finish", "Lamp", "RoomMesh", "SyntheticRoom", "TruthPlane", "make_room", "sensor_depth"]
