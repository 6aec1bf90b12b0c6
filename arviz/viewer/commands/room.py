"""The product in the photo of a room: moved over the floor, turned, drawn to walls, put where it stands best."""

from __future__ import annotations

from dataclasses import replace
from math import degrees, pi, radians
from typing import Any

from arviz.flows.scenery import Spot
from arviz.viewer.command import Command, Given, Range, in_room, product_shown
from arviz.viewer.snap import parallel, snapped, turned_about_middle
from arviz.viewer.state import InRoom, State


def spot_of(given: Given) -> Spot | None:
    """Return where the product stands: where it was put, else where it stands best; None while that is not known."""
    room = given.state.room
    if room is None:
        return None
    return room.spot or (given.known.start if given.known is not None else None)


def _placed(given: Given) -> bool:
    return in_room(given) and given.known is not None


def _room(given: Given) -> InRoom:
    assert given.state.room is not None
    return given.state.room


def _with(given: Given, **changes: Any) -> State:
    return replace(given.state, room=replace(_room(given), **changes))


def _move(given: Given, spot: Spot) -> State:
    """Put the product at a spot; walls draw it to them."""
    assert given.known is not None
    return _with(given, spot=snapped(spot, given.known) if _room(given).snapping else spot)


def _turn(given: Given, yaw_rad: float) -> State:
    """Turn the product where it stands."""
    spot = spot_of(given)
    assert given.known is not None
    assert spot is not None
    yaw_rad = (yaw_rad + pi) % (2 * pi) - pi
    return _with(given, spot=turned_about_middle(spot, given.known, yaw_rad=yaw_rad))


def _ring(given: Given, yaw_rad: float) -> State:
    assert given.known is not None
    return _turn(given, parallel(yaw_rad, given.known) if _room(given).snapping else yaw_rad)


def _yaw_deg(given: Given) -> float:
    spot = spot_of(given)
    return 0.0 if spot is None else degrees((spot.yaw_rad + pi) % (2 * pi) - pi)


def _fits(given: Given) -> bool:
    return _placed(given) and given.known is not None and bool(given.known.best)


def _best(given: Given, _: object) -> State:
    assert given.known is not None
    return _with(given, spot=given.known.best[0])


def _next_best(given: Given, _: object) -> State:
    assert given.known is not None
    best, spot = given.known.best, spot_of(given)
    return _with(given, spot=best[(best.index(spot) + 1) % len(best) if spot in best else 0])


COMMANDS = (
    Command(name="room.open", keys="Ctrl+R", effect="open_room"),
    Command(
        name="room.show",
        keys="P",
        change=lambda given, on: _with(given, shown=on),
        when=lambda given: product_shown(given) and given.state.room is not None,
        checked=in_room,
    ),
    Command(name="room.auto", keys="Ctrl+A", change=_best, when=_fits),
    Command(name="room.next_place", keys="N", change=_next_best, when=_fits),
    Command(name="room.move", keys="Left drag on the product in a room", change=_move, gathers=True, when=_placed),
    Command(name="room.ring", keys="Left drag on the ring", change=_ring, gathers=True, when=_placed),
    Command(
        name="room.turn",
        keys="Q",
        change=lambda given, angle: _turn(given, radians(angle)),
        gathers=True,
        when=_placed,
        range=Range(-180.0, 180.0, 5.0, "°"),
        value=_yaw_deg,
    ),
    Command(
        name="room.snapping",
        keys="G",
        change=lambda given, on: _with(given, snapping=on),
        when=_placed,
        checked=lambda given: given.state.room is not None and given.state.room.snapping,
    ),
)
