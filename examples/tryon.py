"""Try a lipstick and glasses on a synthetic head, and read what was measured."""

# arviz-test: run

from pathlib import Path

import arviz
from arviz.testing.heads import make_head, make_shot, photo

head = make_head(25, errors=False)
frame = photo(head, make_shot(25, yaw_rad=0.1, pitch_rad=0.0, light="studio", errors=False)).frame
recipes = Path(__file__).parent / "recipes"
glasses = Path(__file__).parents[1] / "assets" / "products" / "glasses" / "sunglasses.json"

painted = arviz.try_on(frame, recipes / "lipstick-satin.json", out="out/tryon/lipstick.png", force=True)
(face,) = painted.faces
(lipstick,) = face.makeup
print(f"{lipstick.makeup.name}: shade off by {lipstick.shade.delta_e:.1f} +- {lipstick.shade.sigma:.1f} dE00")

worn = arviz.try_on(frame, glasses, out="out/tryon/sunglasses.png", force=True)
(face,) = worn.faces
assert face.measured is not None
print(f"pupillary distance {face.measured.scale.pd} (truth {head.pd_m * 1000:.1f} mm)")
print(f"frame {face.glasses[0].fit.frame_width}, head {face.glasses[0].fit.head_width}: {face.glasses[0].fit.verdict}")
