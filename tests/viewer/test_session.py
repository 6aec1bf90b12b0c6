"""Commands, undo and redo, without Qt and without drawing."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.core.errors import InputError
from arviz.flows.preview_shot import Fault, Found, Opened, Shot, Touched
from arviz.viewer.commands import TABLE
from arviz.viewer.session import Session
from arviz.viewer.state import State
from arviz.viewer.words import LANGUAGES, keys

FILE, OTHER = Path("sofa.glb"), Path("chair.glb")


def session() -> Session:
    made = Session()
    made.set(State(files=(FILE, OTHER), shot=Shot(file=FILE)))
    made.know(
        Opened(file=FILE, size_m=(2.0, 0.8, 1.0), variants=("Oat", "Ink"), animations=(("open", 2.0),), parts=(), triangles=12, findings=())
    )
    return made


def values(name: str) -> st.SearchStrategy[object]:
    """Values that a command may be given in a state where it can be done."""
    command = TABLE[name]
    amounts = command.amounts(session().given)
    if amounts is not None:
        return st.floats(amounts.low, amounts.high)
    if command.typed:
        return st.sampled_from(["218x102x79cm", "1 x 2 x 3 m", ""])
    if command.checked is not None:
        return st.booleans()
    if command.choices is not None:
        known = [value for value, _ in command.choices(session().given)]
        return st.sampled_from(known) if known else st.none()
    if name in ("camera.orbit", "camera.pan"):
        return st.tuples(st.floats(-2, 2), st.floats(-2, 2))
    if name == "camera.zoom":
        return st.floats(0.5, 2)
    if name == "report.show":
        finding = Found(code="E_X", severity="error", where="leg", message="wrong", hint="", faults=(Fault(0, None),))
        return st.builds(lambda x: finding._replace(aside_m=(x, 0.0, 0.0)), st.floats(-1, 1, allow_subnormal=False))
    if name == "measure.point":
        return st.builds(
            lambda x: Touched(point_m=(x, 0.0, 0.0), sigma_m=0.001, part=None, material=None), st.floats(-1, 1, allow_subnormal=False)
        )
    return st.none()


CHANGES = [name for name, command in TABLE.items() if command.change is not None]
STEPS = st.lists(st.sampled_from(CHANGES).flatmap(lambda name: st.tuples(st.just(name), values(name))), max_size=12)


@given(STEPS)
def test_undo_goes_back_to_the_start_and_redo_to_the_end(steps):
    made = session()
    start = made.state
    for name, value in steps:
        if TABLE[name].when(made.given):
            made.do(TABLE[name], value)
    end, count = made.state, len(made.done)
    for _ in range(count):
        made.undo()
    assert made.state == start
    for _ in range(count):
        made.redo()
    assert made.state == end


def test_a_drag_is_undone_at_once_and_the_next_one_by_itself():
    made = session()
    start = made.state
    for _ in range(5):
        made.do(TABLE["camera.orbit"], (0.1, 0.0))
    made.rest()
    middle = made.state
    made.do(TABLE["camera.orbit"], (0.1, 0.0))
    made.undo()
    assert made.state == middle
    made.undo()
    assert made.state == start


def test_what_cannot_be_done_now_is_one_error():
    with pytest.raises(InputError, match="cannot be done now"):
        Session().do(TABLE["camera.frame"])


def test_a_product_without_a_unit_has_no_millimetres():
    made = session()
    assert TABLE["measure.ruler"].when(made.given)
    assert made.given.opened is not None
    made.know(made.given.opened._replace(size_m=None))
    assert not TABLE["measure.ruler"].when(made.given)
    assert not TABLE["measure.dimensions"].when(made.given)


def test_moving_aside_moves_along_the_picture():
    """From the front, to the right is +X and up is +Y."""
    made = session()
    made.do(TABLE["camera.front"])
    made.do(TABLE["camera.pan"], (0.25, 0.5))
    assert made.state.shot is not None
    assert made.state.shot.eye.aside_m == pytest.approx((0.25, 0.5, 0.0))


def test_every_key_means_one_thing():
    taken: dict[str, str] = {}
    for command in TABLE.values():
        assert command.keys, f"{command.name} has no key"
        for key in [command.keys] + ([f"Shift+{command.keys}"] if command.range is not None else []):
            assert key not in taken, f"{key}: {command.name} and {taken.get(key)}"
            taken[key] = command.name


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_menu_and_choice_has_words(language):
    wanted = {f"menu.{command.menu}" for command in TABLE.values()} | TABLE.keys()
    for command in TABLE.values():
        if command.choices is not None:
            wanted |= {f"{command.name}={value}" for value, label in command.choices(session().given) if not label}
    assert wanted <= keys(language)
    assert keys(language) == keys("en")


def test_every_effect_is_one():
    effects = pytest.importorskip("arviz.viewer.effects", reason="the extra [desktop] is not installed")
    for command in TABLE.values():
        if command.effect:
            assert callable(getattr(effects.Effects, command.effect))


@given(STEPS)
def test_undo_keeps_files_that_were_opened_and_none_that_was_closed(steps):
    made = session()
    other, closed = Path("chair.glb"), FILE
    for name, value in steps:
        if TABLE[name].when(made.given):
            made.do(TABLE[name], value)
    assert made.state.shot is not None
    made.set(replace(made.state, files=(*made.state.files, other)))
    made.set(replace(made.state, files=tuple(file for file in made.state.files if file != closed), shot=made.state.shot.of(other)))
    open_now = made.state.files
    for turn in (made.undo, made.redo):
        for _ in range(len(made.done) + len(made.undone)):
            turn()
            assert made.state.files == open_now
            assert made.state.shot is not None
            assert made.state.shot.file in open_now


def test_closing_one_of_two_files_is_no_command_of_the_state():
    made = session()
    other = Path("chair.glb")
    made.set(replace(made.state, files=(FILE, other)))
    made.do(TABLE["file.next"])
    assert made.state.shot is not None
    assert made.state.shot.file == other
    made.undo()
    assert made.state.shot.file == FILE
