"""Colour arithmetic: what goes into light and back is what it was."""

from __future__ import annotations

import numpy as np

from arviz.core.colour import light_tables, linear_to_srgb, srgb_to_linear, to_uint8


def test_every_code_comes_back_from_light() -> None:
    codes = np.arange(256)
    assert (to_uint8(linear_to_srgb(srgb_to_linear(codes / 255))) == codes).all()


def test_tables_give_every_code_back_and_follow_the_curve() -> None:
    light_of, code_of = light_tables()
    assert (code_of[light_of] == np.arange(256)).all()
    assert (np.diff(light_of.astype(int)) > 0).all()
    assert (np.diff(code_of.astype(int)) >= 0).all()
    # Half of the light is code 188 (IEC 61966-2-1).
    assert code_of[65535 // 2] == 188
