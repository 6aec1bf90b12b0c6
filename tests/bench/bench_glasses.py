"""Glasses on faces: speed beside the landmark network, and pictures beside the same glasses really worn, traced by rays."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from arviz.core.asset import Asset, Mesh, Node, Primitive
from arviz.core.colour import LUMINANCE
from arviz.core.face import HeadPose
from arviz.core.frozen import Array
from arviz.core.graph import drawn
from arviz.core.head_model import head_model
from arviz.core.image import Image
from arviz.core.landmarks import Landmarks
from arviz.core.recipe import Lens
from arviz.core.resources import resource
from arviz.core.room import LightEstimate, sh_basis
from arviz.core.scene import Item
from arviz.flows.models import open_estimator
from arviz.formats.read import read
from arviz.render.eyewear import eyewear
from arviz.render.face_rays import FaceRays
from arviz.render.gl.renderer import GlRenderer
from arviz.render.live_glasses import LiveGlasses
from arviz.render.onto_face import OntoFace, onto_face
from arviz.render.photo_look import measure_look
from arviz.testing.heads import HeadPhoto, Shot, SyntheticHead, make_head, make_shot, photo, worn_asset
from arviz.testing.heads.eyes import sphere
from arviz.tryon.makeup.light import face_light
from arviz.vision.face.light import face_lighting
from tests.bench.measure import Row, cpu_of, in_turn

_SEEDS = (301, 302, 303, 304)
_LENSES = {"clear": None, "tinted": Lens(transmittance=(0.25, 0.22, 0.2))}
_VERTEX_M, _BELOW_M = 0.0135, 0.004


@cache
def _glasses() -> Asset:
    return read(resource("assets", "products", "glasses", "glasses.glb"))


def _head_asset(head: SyntheticHead) -> Asset:
    """Return skin and eyeballs, as they are."""
    parts = [(head.points_m, head_model().fine_triangles("skin"))]
    parts += [sphere(centre, head.eye_radius_m) for centre in head.eyes_m]
    firsts = np.cumsum([0, *(len(points) for points, _ in parts)])
    triangles = np.concatenate([np.asarray(faces) + first for (_, faces), first in zip(parts, firsts, strict=False)])
    points = np.concatenate([points for points, _ in parts]).astype(np.float32)
    primitive = Primitive(attributes={"POSITION": points}, indices=triangles.ravel().astype(np.uint32))
    return Asset(nodes=(Node(mesh=0),), meshes=(Mesh(primitives=(primitive,)),))


def _seat(head: SyntheticHead) -> Array:
    """Return where glasses stand before the eyes: no contact, which is another's test."""
    asset = _glasses()
    lenses = np.concatenate([piece.positions for piece in drawn(asset) if "lens" in asset.nodes[piece.node].name])
    out = np.eye(4)
    middle = (lenses.min(axis=0) + lenses.max(axis=0)) / 2
    eye = head.eyes_m.mean(axis=0)
    out[:3, 3] = -middle[0], eye[1] - _BELOW_M - middle[1], eye[2] + head.eye_radius_m + _VERTEX_M - np.median(lenses[:, 2])
    return out


def _light(shot: Shot) -> LightEstimate:
    """Return the factory's light as an estimate that knows it."""
    upright = np.array([1.0, -1, -1])
    sh = np.zeros((9, 3))
    above, below = np.array(shot.light.above), np.array(shot.light.below)
    sh[0] = (above + below) / 2 / 0.28209479
    sh[1] = np.pi * (above - below) / 2 / (2 * np.pi / 3) / 0.48860251
    for lamp in shot.light.lamps:
        sh += sh_basis((np.array(lamp.towards) * upright)[None]).T * np.pi * np.array(lamp.irradiance)
    key = max(shot.light.lamps, key=lambda lamp: sum(lamp.irradiance))
    irradiance = np.pi * np.array(key.irradiance)
    towards = np.array(key.towards) * upright
    colour = irradiance / (irradiance @ LUMINANCE)
    known = LightEstimate(
        sh=sh,
        to_light=tuple((towards / np.linalg.norm(towards)).tolist()),
        sigma_direction_rad=0.0,
        directional_share=0.0,
        angular_radius_rad=key.radius_rad,
        colour=tuple(colour.tolist()),
        source="override",
        confidence=1.0,
    )
    facing, direct = float(known.irradiance(towards[None])[0] @ LUMINANCE), float(irradiance @ LUMINANCE)
    return replace(known, directional_share=min(direct / (facing - direct / 16), 1.0))


def _estimated(shot: Shot, bare: HeadPhoto) -> LightEstimate | None:
    radius = bare.head.iris_diameter_m / 2 * shot.camera.k[0, 0] / bare.pupils_m[:, 2]
    rim = np.array([[0, 0], [1, 0], [0, -1], [-1, 0], [0, 1.0]])
    irises = (bare.pupils_px[:, None] + rim * radius[:, None, None]).reshape(-1, 2)
    points = np.concatenate([bare.landmarks_px, irises])
    face = Landmarks(kind="face", points_px=points, confidence=1.0, source="truth")
    white = face_light(bare.frame.image.pixels, face)
    pose = HeadPose(camera_from_head=shot.camera_from_head, sigma_rotation_rad=0.0, sigma_depth=0.0, residual_px=0.0)
    return face_lighting(bare.frame.image, face, pose=pose, camera=shot.camera, white=None if white is None else white.white)


@contextmanager
def _made(seed: int) -> Iterator[tuple[SyntheticHead, Shot, Asset, Array]]:
    head = make_head(seed, errors=False)
    shot = make_shot(seed, distance_m=0.45, errors=False)
    yield head, shot, _head_asset(head), _seat(head)


def _psnr(one: Array, other: Array, where: Array) -> float:
    return float(10 * np.log10(255**2 / np.mean((one[where].astype(float) - other[where]) ** 2)))


def _overlap(one: Array, other: Array) -> float:
    return float((one & other).sum() / max((one | other).sum(), 1))


def table_beside_worn_glasses() -> str:
    """Compare glasses put onto a bare photo with the same glasses really worn, traced by rays with shadow and tint.

    Seeds 301 to 304, 640 x 480, true pose and head; light as the factory knows it, and as estimated from the face. PSNR within the
    part of the picture that glasses or their shadow change; "bare" is the photo without glasses. The factory's lenses mirror no
    room, its skin is lit by another formula, and its sky is only above.
    """
    lines = ["| seed | lens | light | PSNR bare | PSNR ours | frame IoU | shadow IoU |", "|---|---|---|---|---|---|---|"]
    found: dict[str, list[tuple[float, ...]]] = {}
    with GlRenderer() as renderer:
        for seed in _SEEDS:
            with _made(seed) as (head, shot, asset, pose):
                bare = photo(head, shot)
                name, lens = list(_LENSES.items())[seed % len(_LENSES)]
                worn = photo(head, shot, worn=[worn_asset(_glasses(), head_from_asset=pose, lens=lens)])
                lights = {"true": _light(shot), "estimated": _estimated(shot, bare)}
                for kind, light in lights.items():
                    with FaceRays(asset, eyewear([Item(asset=_glasses(), world_from_asset=pose)], lens=lens)) as rays:
                        ours = onto_face(
                            bare.frame.image,
                            rays,
                            camera=shot.camera,
                            camera_from_head=shot.camera_from_head,
                            renderer=renderer,
                            light=light,
                        )
                    figures = _figures(bare, worn, ours)
                    found.setdefault(kind, []).append(figures)
                    lines.append(f"| {seed} | {name} | {kind} | " + " | ".join(f"{value:.2f}" for value in figures) + " |")
    for kind, rows in found.items():
        lines.append(f"| median | | {kind} | " + " | ".join(f"{value:.2f}" for value in np.median(rows, axis=0)) + " |")
    return "\n".join(lines)


def _figures(bare: HeadPhoto, worn: HeadPhoto, ours: OntoFace) -> tuple[float, float, float, float]:
    before, truth = bare.frame.image.pixels, worn.frame.image.pixels
    changed = (np.abs(worn.radiance - bare.radiance).max(axis=2) > 0.01) | (ours.layer.colour[..., 3] > 0) | (ours.shadow < 0.98)
    frame, ours_frame = worn.masks["glasses"] > 0.5, ours.layer.colour[..., 3] > 0.5
    skin = (worn.masks["skin"] > 0.95) & (worn.masks["lenses"] == 0) & (ours.layer.colour[..., 3] == 0)
    left = worn.irradiance @ LUMINANCE / np.maximum(bare.irradiance @ LUMINANCE, 1e-4)
    shadow, ours_shadow = skin & (left < 0.85), skin & (ours.shadow < 0.85)
    return (
        _psnr(before, truth, changed),
        _psnr(ours.image.pixels, truth, changed),
        _overlap(frame, ours_frame),
        _overlap(shadow, ours_shadow),
    )


def table_light_on_faces() -> str:
    """Say how far the light found on a face is from the factory's: the direction of the main lamp, and the shape of the irradiance.

    Seeds 400 to 411, 320 x 240, true landmarks and pose, normals of the template. "Above" takes every lamp to be where a person who
    knows nothing would look for it, (.25, .75, .61). Irradiance: root mean square over normals to the camera, relative, at the best scale.
    """
    rows = []
    for seed in range(400, 412):
        head, shot = make_head(seed), make_shot(seed, width_px=320, height_px=240, distance_m=0.4)
        bare = photo(head, shot, samples=1)
        light, truth = _estimated(shot, bare), _light(shot)
        if light is None or light.to_light is None or truth.to_light is None:
            continue
        wrong = _angle(np.array(light.to_light), np.array(truth.to_light))
        blind = _angle(np.array([0.25, 0.75, 0.61]), np.array(truth.to_light))
        x, y = np.meshgrid(np.linspace(-0.8, 0.8, 9), np.linspace(-0.6, 0.6, 7))
        normals = np.stack([x, y, np.sqrt(np.maximum(1 - x * x - y * y, 0.01))], axis=-1).reshape(-1, 3)
        normals /= np.linalg.norm(normals, axis=1, keepdims=True)
        own, true = light.irradiance(normals) @ LUMINANCE, truth.irradiance(normals) @ LUMINANCE
        shape = float(np.sqrt(np.mean((own * (own @ true) / (own @ own) - true) ** 2)) / true.mean())
        rows.append((wrong, blind, np.degrees(light.sigma_direction_rad), shape, float(own.mean() / true.mean())))
    values = np.array(rows)
    within = np.mean(values[:, 0] < 2 * values[:, 2])
    return "\n".join(
        [
            "| | median | 90 % |",
            "|---|---|---|",
            f"| direction, degrees | {np.median(values[:, 0]):.1f} | {np.quantile(values[:, 0], 0.9):.1f} |",
            f"| direction if always above | {np.median(values[:, 1]):.1f} | {np.quantile(values[:, 1], 0.9):.1f} |",
            f"| stated sigma | {np.median(values[:, 2]):.1f} | {np.quantile(values[:, 2], 0.9):.1f} |",
            f"| irradiance, relative | {np.median(values[:, 3]):.3f} | {np.quantile(values[:, 3], 0.9):.3f} |",
            f"| brightness, ours / true | {np.median(values[:, 4]):.2f} | {np.quantile(values[:, 4], 0.9):.2f} |",
            f"| truth within 2 sigma | {within:.2f} | |",
        ]
    )


def _angle(one: Array, other: Array) -> float:
    cosine = one @ other / np.linalg.norm(one) / np.linalg.norm(other)
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def bench_glasses_live() -> list[Row]:
    """Compare landmarks and glasses on each picture of a film with the landmarks alone, 640 x 480.

    The frame with 2 x 2 samples, shadow and lenses following a head that moves a little; and the one picture in which they are worked
    out anew, after a turn of more than eight degrees.
    """
    with _made(_SEEDS[0]) as (head, shot, asset, pose):
        image = photo(head, shot, samples=1).frame.image
        worn = eyewear([Item(asset=_glasses(), world_from_asset=pose)])
        with (
            GlRenderer() as renderer,
            open_estimator("mediapipe", kinds=["face"]) as estimator,
            LiveGlasses(asset, worn, light=_light(shot), renderer=renderer) as live,
        ):
            before = estimator.estimate(image)
            step = iter(range(10**6))

            def landmarks() -> Any:
                return estimator.estimate(image, previous=before)

            def moved(turn_rad: float) -> Image:
                shift = np.eye(4)
                shift[0, 3] = 1e-4 * next(step)
                angle = turn_rad * next(step)
                shift[:3, :3] = [[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]]
                about = np.eye(4)
                about[:3, 3] = shot.camera_from_head[:3, 3]
                return live.put_on(image, camera=shot.camera, camera_from_head=about @ shift @ np.linalg.inv(about) @ shot.camera_from_head)

            moved(0.0)
            both, alone = in_turn(cpu_of(lambda: (landmarks(), moved(0.0))), cpu_of(landmarks), rounds=25)
            anew, again = in_turn(cpu_of(lambda: (landmarks(), moved(0.1))), cpu_of(landmarks), rounds=5)
    return [
        Row("landmarks and glasses live, against landmarks", both, alone, 2.5, f"{1 / both:.0f} pictures a second of one core"),
        Row("the same where the head has turned", anew, again, None, "shadow and lenses anew"),
    ]


def bench_glasses_still() -> Row:
    """Compare glasses with 2 x 2 samples and shadow, 640 x 480, with 150 ms of a processor."""
    with _made(_SEEDS[0]) as (head, shot, asset, pose):
        image = photo(head, shot, samples=1).frame.image
        look = measure_look(image)
        worn = eyewear([Item(asset=_glasses(), world_from_asset=pose)])
        with GlRenderer() as renderer, FaceRays(asset, worn) as rays:

            def put_on() -> OntoFace:
                return onto_face(
                    image,
                    rays,
                    camera=shot.camera,
                    camera_from_head=shot.camera_from_head,
                    renderer=renderer,
                    light=_light(shot),
                    photo_look=look,
                )

            put_on()
            ours, _ = in_turn(cpu_of(put_on), lambda: 0.15, rounds=7)
    return Row("glasses on a photo", ours, 0.15, 1.0, "the photo's look is measured before; all threads together")
