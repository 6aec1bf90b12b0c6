"""Where a head is in a film: its pose stands still where the head does, and follows at once where it moves.

Landmarks tremble, and a pose magnifies it where it is poorly determined: whether a head nods is the hardest to see of its turns.
So the pose is a state of its own, found from landmarks as the network gives them, with Kalman's gain (1960). What poses tremble by has
the form of the covariance of their least squares (measured on films of synthetic heads: white in time, and alike in its six principal
directions), in which all is measured here: a nod has to be large to be believed, a shift across the picture may be small. How large the
trembling is, the points' strays from the pose tell, which motion leaves alone: dim films tremble five times more. Where the pose
found lies farther off than that, now or for some pictures on the same side, the head moves, and is followed; then each further picture
counts less, as in a mean.

Rejected: what pictures before tell of the face's shape. What a network strays by is the same in all of them: the pitch gets three times
as wrong, and no steadier.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from arviz.core.camera import Camera
from arviz.core.face import HeadPose
from arviz.core.frozen import Array, readonly, set_fields
from arviz.core.landmarks import Landmarks
from arviz.vision.face.pose import fit_pose
from arviz.vision.face.shape import face_shape
from arviz.vision.landmarks.steady import LONGEST_GAP_S, low_pass_share

TREMBLE = 3.5
"""How much more, in their standard deviations, poses tremble than the strays of single points do: neighbours tremble together. Measured
2 to 5."""
TREMBLE_HZ = 0.5
"""Low pass of how large that is."""
BELIEVED = 4.0
"""From how many trembles on the head has moved: white noise in six directions exceeds them once in 500 pictures."""
MOVED = 0.3
"""Share of the square of what exceeds them by which the pose before is less sure."""
DRIFT_HZ = 2.0
"""Low pass of what is too small in one picture, and is believed if it lasts."""
WANDER = 0.03
"""Trembles, squared, that the pose before is less sure each second while nothing moves."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FollowedPose:
    """The pose of a head in one picture of a film, and what the next picture needs to know.

    Parameters
    ----------
    pose : HeadPose
    time_s : float
    astray : ndarray (6,) float64
        By how much the poses found lie beside this one, low-passed: turn about camera axes, shift of the points' middle.
    strays : ndarray (2 K,) float64
        Of the points of this picture from their pose, in their standard deviations.
    tremble : float
        Mean square by which strays differ from picture to picture, halved; 0 where there was no picture before.
    doubt : float
        Variance of the pose, in those of one picture's trembling.
    """

    pose: HeadPose
    time_s: float
    astray: Array = field(repr=False)
    strays: Array = field(repr=False)
    tremble: float
    doubt: float

    def __post_init__(self) -> None:
        set_fields(self, astray=readonly(self.astray, np.float64), strays=readonly(self.strays, np.float64))


def follow_pose(landmarks: Landmarks, camera: Camera, time_s: float, previous: FollowedPose | None = None) -> FollowedPose | None:
    """Return where a head of the template's size is in a picture of a film; None where `head_pose` is.

    Parameters
    ----------
    landmarks : Landmarks
        Of a face, as found in this picture alone.
    camera : Camera
    time_s : float
        Of the picture.
    previous : FollowedPose, optional
        Of the picture before; without it, after a gap, and where time does not advance the pose is what `head_pose` finds.
    """
    fit = fit_pose(landmarks, camera, start=None if previous is None else previous.pose.camera_from_head)
    if fit is None:
        return None
    found = fit.seen_by(camera)
    if previous is None or not 0 < (step_s := time_s - previous.time_s) <= LONGEST_GAP_S:
        return FollowedPose(pose=found, time_s=time_s, astray=np.zeros(6), strays=fit.strays, tremble=0.0, doubt=1.0)
    before = previous.pose.camera_from_head
    off = motion(before, fit.pose)
    share = float(low_pass_share(np.asarray(DRIFT_HZ), step_s))
    astray = previous.astray + share * (off - previous.astray)
    differ = float(np.square(fit.strays - previous.strays).mean()) / 2
    tremble = previous.tremble + float(low_pass_share(np.asarray(TREMBLE_HZ), step_s)) * (differ - previous.tremble)
    tremble = tremble if previous.tremble else differ
    in_trembles = np.linalg.inv(TREMBLE**2 * tremble * fit.covariance)
    newest, lasting = (float(np.sqrt(way @ in_trembles @ way)) for way in (off, astray))
    beyond = max(newest, lasting * np.sqrt((2 - share) / share), BELIEVED) - BELIEVED
    doubt = previous.doubt + WANDER * step_s + MOVED * beyond**2
    gain = doubt / (doubt + 1)
    pose = replace(found, camera_from_head=moved(before, gain * off))
    return FollowedPose(pose=pose, time_s=time_s, astray=astray - gain * off, strays=fit.strays, tremble=tremble, doubt=gain)


def motion(first: Array, second: Array) -> Array:
    """Return how a head gets from one pose (4, 4) to another: turn about camera axes, and shift of the middle of the points (6,)."""
    import cv2

    middle = face_shape().mean_m.mean(axis=0)
    shift = (second[:3, :3] - first[:3, :3]) @ middle + second[:3, 3] - first[:3, 3]
    return np.concatenate([cv2.Rodrigues(second[:3, :3] @ first[:3, :3].T)[0][:, 0], shift])


def moved(pose: Array, way: Array) -> Array:
    """Return a pose (4, 4) after a `motion`."""
    import cv2

    middle = face_shape().mean_m.mean(axis=0)
    out = np.eye(4)
    out[:3, :3] = cv2.Rodrigues(way[:3])[0] @ pose[:3, :3]
    out[:3, 3] = pose[:3, :3] @ middle + pose[:3, 3] + way[3:] - out[:3, :3] @ middle
    return out
