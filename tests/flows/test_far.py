"""The file for far away: one draw call in its budget, true to size, like the product in small pictures."""

import numpy as np
import pytest

from arviz.core.graph import bounds, triangle_count
from arviz.core.limits import DEFAULT_LIMITS
from arviz.core.material import Material
from arviz.flows.convert import convert
from arviz.flows.optimise.far import SEEN_PX, far
from arviz.flows.optimise.gate import Gate
from arviz.flows.targets import TARGETS
from arviz.formats.gltf.write import write_glb
from arviz.formats.read import read
from arviz.render.renderer import RENDERERS
from arviz.testing.shapes import box, joined, sphere

BUDGET = TARGETS["far"].settings.max_bytes


def holds(data, original, findings):
    """Assert what each file for far away is; return it read back."""
    back = read(data, format="glb")
    assert len(data) <= BUDGET
    assert (len(back.meshes), len(back.meshes[0].primitives), len(back.materials)) == (1, 1, 1)
    (told,) = [finding["message"] for finding in findings if finding["code"] == "I_ONE_MATERIAL_SIZE"]
    off_m = float(told.removeprefix("sides are true to ").removesuffix(" mm")) / 1000
    assert np.abs(bounds(back) - bounds(original)).max() <= 1.06 * off_m + 1e-7, "two digits are told"
    return back


def test_a_product_in_one_draw_call(tmp_path, validator):
    wood, cloth = (Material(base_color_factor=c, metallic_factor=0.0) for c in ((0.4, 0.2, 0.1, 1), (0.1, 0.3, 0.4, 1)))
    stool = joined(box(size_m=(0.4, 0.4, 0.4), centre_m=(0, 0.2, 0), material=wood), sphere(radius_m=0.2, material=cloth))
    path = tmp_path / "stool.glb"
    path.write_bytes(write_glb(stool))
    done = convert(path, out=tmp_path / "out", targets=("far",))
    data = done.files["far"].read_bytes()
    (output,) = [output for output in done.report["outputs"] if output["target"] == "far"]
    told = [{**finding, "message": finding["message"]} for finding in done.report["findings"]]
    back = holds(data, read(done.files["master"]), told)
    assert (output["draw_calls"], output["triangles"]) == (1, triangle_count(back))
    assert output["quality"]["pooled_db"] > 28
    assert validator.errors(data) == []


def test_a_budget_that_cannot_be_held_is_told():
    out = far(sphere(radius_m=0.2), settings=TARGETS["far"].settings.__class__(max_bytes=500), renderer=None, limits=DEFAULT_LIMITS)
    assert "W_BUDGET_BYTES" in {finding.code for finding in out.findings}
    assert out.quality is None


def test_fewer_triangles_are_held():
    out = far(sphere(radius_m=0.2), settings=TARGETS["far"].settings.__class__(max_triangles=60), renderer=None, limits=DEFAULT_LIMITS)
    assert triangle_count(out.asset) <= 60


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "least_db"),
    [
        ("GlamVelvetSofa", 21), ("SheenChair", 23), ("MaterialsVariantsShoe", 25), ("SunglassesKhronos", 14),
        ("DamagedHelmet", 19), ("LightsPunctualLamp", 10), ("Mixer", 22),
    ],
)  # fmt: skip
def test_shared_products_hold_the_budget(data, name, least_db, validator):
    """Least decibels are a step below what was measured: lamps lose their lights, sunglasses their iridescence."""
    original = read(data / "products" / f"{name}.glb")
    with RENDERERS.get("gl")() as renderer:
        out = far(original, settings=TARGETS["far"].settings, renderer=renderer, limits=DEFAULT_LIMITS)
        back = holds(out.data, original, [finding.to_json() for finding in out.findings])
        assert Gate(original, renderer, default_only=True, size_px=SEEN_PX).measure(back).db > least_db
    assert validator.errors(out.data) == []
