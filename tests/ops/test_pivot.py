"""The pivot stands at the bottom centre."""

import numpy as np
from hypothesis import assume, given

from arviz.core.graph import bounds, drawn
from arviz.ops.pivot import pivot
from arviz.testing.strategies import assets


@given(assets())
def test_bottom_centre_is_the_origin_and_nothing_else_changes(asset):
    assume(not asset.skins)
    before, after = bounds(asset), bounds(pivot(asset))
    scale = np.abs(before).max() + 1
    assert np.allclose([after[:, 0].mean(), after[0, 1], after[:, 2].mean()], 0, atol=4e-5 * scale)  # 1e-5 of the diagonal
    assert np.allclose(after[1] - after[0], before[1] - before[0], atol=1e-6 * scale)


@given(assets())
def test_a_second_time_changes_nothing(asset):
    once = pivot(asset)
    if bounds(once) is not None and np.abs(bounds(asset)).max() < 1e3 * np.ptp(bounds(asset), axis=0).max():
        for a, b in zip(drawn(once), drawn(pivot(once)), strict=True):
            assert np.allclose(a.positions, b.positions, atol=1e-5)
