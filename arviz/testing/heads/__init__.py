"""Synthetic heads with exact truth: pose, pupils, millimetres, masks, albedo and light; drawn by rays, not by our renderer.

::

    head = make_head(seed)
    shot = make_shot(seed)
    picture = photo(head, shot)
    painted = photo(head, shot, makeup=[Makeup(kind="lipstick", albedo=(0.4, 0.02, 0.04), coverage=0.9)])
    picture.frame  # what the code under test gets
    picture.masks["lips"], picture.pupils_px, head.pd_m, shot.camera_from_head  # truth
"""

from arviz.testing.heads.hair import long_hair
from arviz.testing.heads.hand import hand
from arviz.testing.heads.head import SyntheticHead, make_head
from arviz.testing.heads.photo import HeadPhoto, photo
from arviz.testing.heads.scene import MASKS
from arviz.testing.heads.shot import HeadLight, Lamp, Shot, make_shot, pose
from arviz.testing.heads.worn import CARD_M, WornMesh, bank_card, card_corners, worn_asset

__all__ = [
    "CARD_M",
    "MASKS",
    "HeadLight",
    "HeadPhoto",
    "Lamp",
    "Shot",
    "SyntheticHead",
    "WornMesh",
    "bank_card",
    "card_corners",
    "hand",
    "long_hair",
    "make_head",
    "make_shot",
    "photo",
    "pose",
    "worn_asset",
]
