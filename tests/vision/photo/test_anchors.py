"""What gives the scale, as people write it."""

import numpy as np
import pytest

from arviz.core.errors import ArvizError
from arviz.vision.photo.anchors import parse_scale


def test_every_kind_is_read():
    assert parse_scale("a4").size_m == (0.297, 0.210)
    assert parse_scale("Card").size_m == (0.0856, 0.05398)
    assert parse_scale("marker=15cm").size_m == (0.15,)
    board = parse_scale("board=charuco:7x10:26mm").board
    assert board is not None
    assert board.columns == 7
    length = parse_scale("length=10, 700, 900.5,690, 1.2m")
    assert length.size_m == (1.2,)
    assert np.array_equal(length.points_px, [[10, 700], [900.5, 690]])
    assert parse_scale("a4=0,0,10,0,10,14,0,14").points_px.shape == (4, 2)


@pytest.mark.parametrize(
    "text",
    ["", "a5", "a4=1,2,3", "a4=", "marker", "marker=15", "marker=-1cm", "length=1,2,3,4", "length=1,2,3,1m", "length=1,2,nan,4,1m",
     "card=1,2,3,4,5,6,7,inf", "board=", "=", "length=1,2,3,4,0m"],
)  # fmt: skip
def test_what_is_no_scale_is_refused_with_what_would_be(text: str):
    with pytest.raises(ArvizError) as raised:
        parse_scale(text)
    assert raised.value.code in ("E_SCALE_SYNTAX", "E_BOARD_SYNTAX")
    assert raised.value.expected


def test_a_length_between_one_point_and_itself_is_refused():
    with pytest.raises(ArvizError) as raised:
        parse_scale("length=5,5,5,5,1m")
    assert raised.value.code == "E_POINTS_EQUAL"
