"""What is before a face: make-up leaves hands as they are, and says what hair makes approximate; on synthetic heads with true masks."""

from __future__ import annotations

import secrets

import numpy as np

from arviz.core.recipe import Makeup, Recipe
from arviz.core.resources import resource
from arviz.flows.fitting import Fitting
from arviz.flows.models import open_estimator
from arviz.flows.recipe import load_recipe
from arviz.testing.heads import hand, long_hair, make_head, make_shot, photo

_HEADS = 12
_LIPSTICK = Recipe(id="red", items=(Makeup(kind="lipstick", albedo=(0.45, 0.02, 0.04), coverage=0.9),))
_SEEN = 4
"""Of 255: a smaller change is none."""


def table_hands_before_faces() -> str:
    """Put lipstick on heads with a hand before the mouth, with and without looking for hands.

    Painted: of the hand's pixels within the box of the lips, those that changed.
    """
    seed = secrets.randbits(32)
    lines = [
        f"{_HEADS} heads, seed {seed}.\n",
        "| hands looked for | faces found | layers left out | told of the hand | hand painted %, mean / worst | lips painted % |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for kinds in (["face", "hand"], ["face"]):
        rng = np.random.default_rng(seed)
        found, left_out, told, painted, lips_painted = 0, 0, 0, [], []
        with open_estimator(kinds=kinds) as estimator, Fitting(_LIPSTICK, estimator=estimator) as fitting:  # type: ignore[arg-type]
            for _ in range(_HEADS):
                one = int(rng.integers(1 << 31))
                head = make_head(one)
                turned = {f"{name}_rad": float(rng.uniform(-0.25, 0.25)) for name in ("yaw", "pitch", "roll")}
                shot = make_shot(one, errors=False, distance_m=0.5, offset_px=(0, 0), **turned)  # type: ignore[arg-type]
                seen, bare = photo(head, shot, worn=[hand(head)]), photo(head, shot, samples=1)
                fitted = fitting.wear(seen.frame)
                found += bool(fitted.faces)
                if not fitted.faces:
                    continue
                left_out += bool(fitted.faces[0].unseen)
                told += any(finding.code == "I_HAND_BEFORE_FACE" for finding in fitted.faces[0].findings)
                changed = np.abs(fitted.image.pixels.astype(int) - seen.frame.image.pixels).max(axis=2) > _SEEN
                y, x = np.nonzero(bare.masks["lips"] > 0)
                box = np.zeros(changed.shape, bool)
                box[y.min() : y.max() + 1, x.min() : x.max() + 1] = True
                on_hand, on_lips = box & (seen.masks["hand"] > 0.99), seen.masks["lips"] > 0.99
                painted.append(100 * float(changed[on_hand].mean()) if on_hand.any() else 0.0)
                if on_lips.sum() > 20:
                    lips_painted.append(100 * float(changed[on_lips].mean()))
        hidden = f"{np.mean(painted):.1f} / {np.max(painted):.0f}" if painted else "-"
        lips = f"{np.mean(lips_painted):.0f}" if lips_painted else "-"
        lines.append(f"| {'yes' if 'hand' in kinds else 'no'} | {found} of {_HEADS} | {left_out} | {told} | {hidden} | {lips} |")
    return "\n".join(lines)


def table_glasses_under_long_hair() -> str:
    """Put glasses on heads with long hair: what is drawn over hair that is in truth before it, and whether the report says so."""
    seed = secrets.randbits(32)
    rng = np.random.default_rng(seed)
    recipe, folder = load_recipe(resource("assets", "products", "glasses", "optical.json"))
    over, told, found = [], 0, 0
    with Fitting(recipe, folder=folder) as fitting:
        for _ in range(_HEADS):
            one = int(rng.integers(1 << 31))
            head = make_head(one)
            shot = make_shot(one, errors=False, distance_m=0.5, offset_px=(0, 0), yaw_rad=float(rng.uniform(-0.5, 0.5)), pitch_rad=0.0)
            seen = photo(head, shot, worn=[long_hair(head)])
            fitted = fitting.wear(seen.frame)
            if not fitted.faces or not fitted.faces[0].glasses:
                continue
            found += 1
            told += "hair" in fitted.faces[0].glasses[0].approximate
            changed = np.abs(fitted.image.pixels.astype(int) - seen.frame.image.pixels).max(axis=2) > _SEEN
            over.append(100 * float((changed & (seen.masks["hair"] > 0.99)).sum() / max(changed.sum(), 1)))
    lines = [
        f"{_HEADS} heads, yaw to 29 degrees, seed {seed}.\n",
        "| faces found | report says `hair` | drawn over hair, % of what is drawn: mean / worst |",
        "| --- | --- | --- |",
        f"| {found} of {_HEADS} | {told} | {np.mean(over):.1f} / {np.max(over):.0f} |",
    ]
    return "\n".join(lines)
