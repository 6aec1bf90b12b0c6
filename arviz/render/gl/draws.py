"""What is drawn in one picture: every piece of every item, posed (no drawing here)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.core.scene import Role, Scene
from arviz.core.variants import variant_index
from arviz.render.gl.assets import Loaded, Store
from arviz.render.gl.surface import Surface
from arviz.render.pieces import Piece


class Draw(NamedTuple):
    """One piece in one picture."""

    item: int
    """Index in `Scene.items`."""
    role: Role
    loaded: Loaded
    piece: Piece
    surface: Surface | None
    """None for what has no look of its own: occluders and shadow catchers."""
    world_from_piece: Array
    distance: float
    """From the eye to the middle of the piece."""


def scene_draws(scene: Scene, *, store: Store, eye: Array, cap_px: int) -> list[Draw]:
    """Return what `scene` draws, uploading what is new; `cap_px` limits the side of textures."""
    out = []
    for index, item in enumerate(scene.items):
        playing = item.animation
        loaded = store.loaded(item.asset) if playing is None else store.posed(item.asset, animation=playing, time_s=item.time_s)
        variant = variant_index(item.asset, item.variant)
        for piece in loaded.pieces:
            surface = store.surface(loaded, piece, variant=variant, cap_px=cap_px) if item.role == "visible" else None
            world_from_piece = item.world_from_asset @ piece.asset_from_piece
            centre = world_from_piece[:3, :3] @ piece.box.mean(axis=0) + world_from_piece[:3, 3]
            distance = float(np.linalg.norm(centre - eye))
            out.append(Draw(index, item.role, loaded, piece, surface, world_from_piece, distance))
    return out
