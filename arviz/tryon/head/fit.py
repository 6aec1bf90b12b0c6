"""Fit a head to the landmarks of one picture: `fit_head`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from arviz.core.camera import Camera
from arviz.core.face import FaceScale, HeadPose, face_template
from arviz.core.frozen import Array
from arviz.core.head_model import HeadModel, head_model
from arviz.core.landmarks import Landmarks, Matte
from arviz.core.transforms import apply
from arviz.core.triangles import face_vectors, sum_per, unit
from arviz.tryon.head.fitted import EYES, SKIN, FittedHead
from arviz.tryon.head.outline import Edges, ear_edges, edges

ROUNDS, ROUNDS_LATER, ROUNDS_OUTLINE = 4, 2, 4
EYE_CORNERS = (33, 133, 362, 263)
"""At their depth the scale of a face is measured."""
SPREADS = {"sex": 0.5, "age": 0.3, "african": 0.35, "asian": 0.35, "caucasian": 0.35, "weight": 0.4}
SPREAD, EXPRESSION_SPREAD = 0.25, 0.5
"""How much targets differ between people, as standard deviations of their weights: 1 is the end of MakeHuman's sliders."""
TOGETHER = 30.0
"""Neighbouring landmarks err together: this many of them say as much as one that errs alone."""
OUTLINE_SIGMA, OUTLINE_TOGETHER = 0.015, 3.0
"""How exact the edge of a matte is, in distances between the outer corners of the eyes, and how many neighbours say as much as one."""
EAR_TOGETHER, EAR_OUTLIER = 15.0, 6.0
"""Of the outline of an ear, which is seen to be one: ears have shapes that the head does not have."""
PIXEL_SIGMA = 0.5
TURNED_AWAY = 3.0
"""How many times less sure a landmark is where its skin is seen from behind."""
KEPT = 0.97
"""Share of what earlier pictures said that still counts at the next one: some thirty pictures."""
OUTLIER = 2.5
"""Residuals beyond this many sigma pull no stronger (Huber 1964)."""


@dataclass(frozen=True)
class _Basis:
    """What every fit shares: coarse points and landmarks of the mean head, and how each target shifts them."""

    model: HeadModel
    names: tuple[str, ...]
    shapes: int
    """How many of the targets, the first ones, are shape; the others are expression."""
    coarse: Array
    landmarks: Array
    landmark_shifts: Array
    prior: Array
    finer: Any
    facets: Any
    quads: Array
    eyes: tuple[Array, Array]


@cache
def _basis() -> _Basis:
    from scipy.sparse import csr_array

    model = head_model()
    names = tuple(sorted(model.fit, key=lambda name: name.startswith("expression-")))
    coarse = np.zeros((len(model.points_m), 3, len(names)))
    for i, name in enumerate(names):
        index, shift = model.targets[name]
        coarse[index, :, i] = shift
    shapes = sum(not name.startswith("expression-") for name in names)
    spread = np.array([SPREADS.get(name, SPREAD if i < shapes else EXPRESSION_SPREAD) for i, name in enumerate(names)])
    eyes = [np.unique(model.quads[model.part == model.parts.index(part)]) for part in EYES]
    fine = model.finer(model.points_m)
    quads = model.fine_quads[np.repeat(np.isin(model.part, [model.parts.index(part) for part in (*SKIN, *EYES)]), 4)]
    return _Basis(
        model=model,
        names=names,
        shapes=shapes,
        coarse=coarse.reshape(-1, len(names)).astype(np.float32),
        landmarks=model.landmarks(fine),
        landmark_shifts=model.landmarks(model.finer(coarse)),
        prior=1 / spread**2,
        finer=csr_array((model.finer.weight, model.finer.point, np.append(model.finer.start, len(model.finer.point)))),
        facets=csr_array((np.ones(quads.size), (quads.ravel(), np.repeat(np.arange(len(quads)), 4))), shape=(len(fine), len(quads))),
        quads=quads,
        eyes=(eyes[0], eyes[1]),
    )


@cache
def ear_root_points() -> Array:
    """Return the fine points (2,), right and left, that lie where the top of the ear meets the head."""
    model = head_model()
    fine, ears = model.finer(model.points_m), model.finer(model.masks["ears"])
    skin = np.unique(model.fine_triangles("skin"))
    rim = skin[(ears[skin] > 0.35) & (ears[skin] < 0.65)]
    return np.array([(side := rim[fine[rim, 0] * sign > 0])[np.argmax(fine[side, 1])] for sign in (-1, 1)])


def fit_head(
    landmarks: Landmarks,
    *,
    pose: HeadPose,
    camera: Camera,
    scale: FaceScale,
    person: Matte | None = None,
    skin: Matte | None = None,
    previous: FittedHead | None = None,
) -> FittedHead:
    """Lay the head that varies on the landmarks of a face.

    The weights of shape and expression, and the pose, have the least squares of reprojection errors, each by how far the network
    strays at that landmark, and of the weights by how much people differ (Blanz and Vetter 1999, with landmarks instead of
    pixels); Gauss-Newton, residuals of Huber.

    Parameters
    ----------
    landmarks : Landmarks
        Of a face.
    pose : HeadPose
        Of the template at its own size, as PnP gives it.
    camera : Camera
        Of the picture, with its lens.
    scale : FaceScale
        How much larger the head is than the template at that pose.
    person : Matte, optional
        Which pixels are people: its edge is the outline of cheeks and jaw, where that is near.
    skin : Matte, optional
        Which of them are skin: where it ends about an ear that is seen, the ear ends. Counts only with `person`.
    previous : FittedHead, optional
        The same person in the picture before: its shape counts as what the pictures so far say.
    """
    basis = _basis()
    seen = camera.rays(landmarks.points_px[:468]) @ camera.k.T  # where a lens without distortion would show them
    seen = seen[:, :2]
    count, shapes = len(basis.names), basis.shapes
    template = face_template().points_m
    mean_from_template = similarity(template, basis.landmarks)
    size = float(np.cbrt(np.linalg.det(mean_from_template[:3, :3])))
    # The mesh keeps its own size here; with one camera, twice as large and twice as far is the same picture.
    turn = pose.camera_from_head[:3, :3] @ (mean_from_template[:3, :3] / size).T
    shift = size * pose.camera_from_head[:3, 3] - turn @ mean_from_template[:3, 3]
    weights, prior_mean, prior = np.zeros(count), np.zeros(count), np.diag(basis.prior)
    if previous is not None:
        prior_mean[:shapes] = [previous.weights[name] for name in basis.names[:shapes]]
        prior[:shapes, :shapes] += KEPT * previous.information
        weights = prior_mean.copy()
    focal = float(np.sqrt(camera.k[0, 0] * camera.k[1, 1]))
    away = np.where(_facing(turn, shift, basis) > 0.1, 1.0, TURNED_AWAY)
    rounds = ROUNDS if previous is None else ROUNDS_LATER
    for number in range(rounds if person is None else rounds + ROUNDS_OUTLINE):
        points = basis.landmarks + basis.landmark_shifts @ weights
        placed = points @ turn.T + shift
        residual = (seen - camera.project(placed)) / (
            sigma := away * np.hypot(PIXEL_SIGMA, focal / placed[:, 2] * basis.model.landmark_scatter_m)
        )[:, None]
        pull = np.minimum(1, OUTLIER / np.maximum(np.linalg.norm(residual, axis=1), 1e-9)) / TOGETHER
        slope = _projection_slope(camera, placed) / sigma[:, None, None]
        moved = np.concatenate([turn @ basis.landmark_shifts, _turning(placed - shift), np.broadcast_to(np.eye(3), (468, 3, 3))], axis=2)
        rows = (slope @ moved).reshape(936, -1)
        weighted = rows * np.repeat(pull, 2)[:, None]
        normal = weighted.T @ rows
        right = weighted.T @ residual.ravel()
        if person is not None and number >= rounds:
            rows, missing, share = _outline(basis, weights, turn, shift, person, skin, camera, landmarks)
            normal += (rows * share[:, None]).T @ rows
            right += rows.T @ (share * missing)
        data = normal[:shapes, :shapes].copy()
        normal[:count, :count] += prior
        right[:count] += prior @ (prior_mean - weights)
        step = np.linalg.solve(normal, right)
        weights = weights + step[:count]
        turn = _rotation(step[count : count + 3]) @ turn
        shift = shift + step[count + 3 :]
    return _finished(basis, weights, turn, shift, seen, data, pose, camera, scale, previous)


def _outline(
    basis: _Basis,
    weights: Array,
    turn: Array,
    shift: Array,
    person: Matte,
    skin: Matte | None,
    camera: Camera,
    landmarks: Landmarks,
) -> tuple[Array, Array, Array]:
    """Return how the outline follows weights, turn and shift (M, K + 6), how much it lacks (M,), in sigma, and what each says (M,)."""
    count = len(basis.names)
    coarse = basis.model.points_m + (basis.coarse @ weights.astype(np.float32)).reshape(-1, 3)
    eyes_px = float(np.linalg.norm(np.diff(landmarks.points_px[[33, 263]], axis=0)))
    seen = camera.project_distorted(basis.finer @ coarse @ turn.T + shift)
    face = landmarks.points_px[:468]
    parts = [edges(seen, person.alpha, centre_px=face.mean(0), eyes_px=eyes_px)]
    if skin is not None:
        ears = (ear_edges(seen, skin.alpha, side=side, face_px=face, eyes_px=eyes_px) for side in (0, 1))
        parts += [ear for ear in ears if ear is not None]
    of_ear = np.arange(sum(len(part.points) for part in parts)) >= len(parts[0].points)
    found = Edges(*(np.concatenate(column) for column in zip(*parts, strict=True)))
    finer = basis.finer[found.points]
    shifts = (finer @ basis.coarse.reshape(len(coarse), -1)).reshape(-1, 3, count)
    placed = finer @ coarse @ turn.T + shift
    moved = np.concatenate([turn @ shifts, _turning(placed - shift), np.broadcast_to(np.eye(3), (len(placed), 3, 3))], axis=2)
    sigma = np.hypot(PIXEL_SIGMA, OUTLINE_SIGMA * eyes_px)
    rows = np.einsum("nc,ncd,ndk->nk", found.ways, _projection_slope(camera, placed), moved) / sigma
    missing = found.missing_px / sigma
    # Where hair, collars or hands are the edge it lies anywhere: Cauchy's weight forgets it.
    far = np.where(of_ear, EAR_OUTLIER, OUTLIER)
    return rows, missing, 1 / (1 + (missing / far) ** 2) / np.where(of_ear, EAR_TOGETHER, OUTLINE_TOGETHER)


def _finished(
    basis: _Basis,
    weights: Array,
    turn: Array,
    shift: Array,
    seen: Array,
    data: Array,
    pose: HeadPose,
    camera: Camera,
    scale: FaceScale,
    previous: FittedHead | None,
) -> FittedHead:
    """Return the head in its own frame and at its true size."""
    template, shapes, corners = face_template().points_m, basis.shapes, list(EYE_CORNERS)
    still = basis.landmarks + basis.landmark_shifts[:, :, :shapes] @ weights[:shapes]
    frame = similarity(template, still)
    own_turn, own_shift = frame[:3, :3] / np.cbrt(np.linalg.det(frame[:3, :3])), frame[:3, 3]
    landmarks = basis.landmarks + basis.landmark_shifts @ weights
    depth = (landmarks[corners] @ turn.T + shift)[:, 2].mean()
    true = scale.ratio * apply(pose.camera_from_head, template[corners])[:, 2].mean() / depth
    coarse = basis.model.points_m + (basis.coarse @ weights.astype(np.float32)).reshape(-1, 3)

    def owned(points: Array) -> Array:
        out: Array = true * ((points - own_shift) @ own_turn)
        return out

    points = owned(basis.finer @ coarse)
    balls = [sphere(owned(coarse[eye])) for eye in basis.eyes]
    camera_from_head = np.eye(4)
    camera_from_head[:3, :3] = turn @ own_turn
    camera_from_head[:3, 3] = true * (turn @ own_shift + shift)
    placed = camera.project(landmarks @ turn.T + shift)
    return FittedHead(
        camera_from_head=camera_from_head,
        points_m=points,
        normals=_normals(basis, points),
        landmarks_m=owned(landmarks),
        eyes_m=np.array([centre for centre, _ in balls]),
        eye_radius_m=float(np.mean([radius for _, radius in balls])),
        ear_roots_m=points[ear_root_points()],
        relative_sigma=scale.sigma,
        residual_px=float(np.sqrt(((seen - placed) ** 2).sum(1).mean())),
        weights=dict(zip(basis.names[:shapes], weights[:shapes].tolist(), strict=True)),
        information=data if previous is None else data + KEPT * previous.information,
    )


def _facing(turn: Array, shift: Array, basis: _Basis) -> Array:
    """Return the cosine (468,) between the template's skin and the line of sight, positive where it is seen."""
    template = face_template()
    normals = point_normals(basis.landmarks, template.triangles) @ turn.T
    placed = basis.landmarks @ turn.T + shift
    out: Array = -(normals * placed).sum(1) / np.linalg.norm(placed, axis=1)
    return out


def _projection_slope(camera: Camera, points: Array) -> Array:
    """Return how pixels follow points (N, 3) in camera axes, (N, 2, 3)."""
    x, y, z = points.T
    slope = np.zeros((len(points), 3, 3))
    slope[:, 0, 0] = slope[:, 1, 1] = 1 / z
    slope[:, 0, 2], slope[:, 1, 2] = -x / z**2, -y / z**2
    out: Array = (camera.k @ slope)[:, :2]
    return out


def _turning(points: Array) -> Array:
    """Return how points (N, 3) follow a small rotation vector, (N, 3, 3)."""
    x, y, z = points.T
    o = np.zeros_like(x)
    return np.stack([np.stack([o, z, -y], 1), np.stack([-z, o, x], 1), np.stack([y, -x, o], 1)], axis=1)


def _rotation(vector: Array) -> Array:
    """Return the rotation (3, 3) of a rotation vector (Rodrigues 1840)."""
    angle = float(np.linalg.norm(vector))
    if angle < 1e-12:
        return np.eye(3)
    x, y, z = vector / angle
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    out: Array = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    return out


def similarity(source: Array, target: Array) -> Array:
    """Return the (4, 4) similarity that lays points (N, 3) on others with the least squares (Umeyama 1991)."""
    a, b = source - source.mean(0), target - target.mean(0)
    left, strength, right = np.linalg.svd(b.T @ a)
    signs = np.array([1, 1, np.sign(np.linalg.det(left @ right))])
    out = np.eye(4)
    out[:3, :3] = (strength * signs).sum() / (a**2).sum() * (left * signs) @ right
    out[:3, 3] = target.mean(0) - out[:3, :3] @ source.mean(0)
    return out


def sphere(points: Array) -> tuple[Array, float]:
    """Return centre and radius of the sphere of least squares through points (N, 3) (Coope 1993)."""
    x = np.linalg.lstsq(np.c_[2 * points, np.ones(len(points))], (points**2).sum(1), rcond=None)[0]
    return x[:3], float(np.sqrt(x[3] + x[:3] @ x[:3]))


def _normals(basis: _Basis, points: Array) -> Array:
    """Return the unit normals (N, 3) of skin and eyes, the means of their quads by area."""
    a, b, c, d = points[basis.quads.T]
    return unit(basis.facets @ np.cross(c - a, d - b))


def point_normals(points: Array, triangles: Array) -> Array:
    """Return a unit normal (N, 3) per point, the mean of its triangles by area."""
    face = face_vectors(points, triangles)
    return unit(sum_per(np.repeat(face, 3, axis=0), triangles.ravel(), count=len(points)))
