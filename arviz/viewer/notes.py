"""What was measured of a picture, in words: lines in its corner, and a legend for its colours; no Qt in it."""

from __future__ import annotations

from typing import NamedTuple

from arviz.core.units import format_mm
from arviz.flows.preview_shot import Cut, Opened, Seen
from arviz.flows.preview_size import Judged, judged
from arviz.render.inspection import MOST_SURFACES, Scale
from arviz.viewer.command import Given
from arviz.viewer.commands.measure import listed_m
from arviz.viewer.words import word

_DENSE = 1000.0
"""Texels per metre from which they are counted by the centimetre."""


class Note(NamedTuple):
    """A line of words."""

    text: str
    kind: str = "plain"
    """``plain``, ``good`` or ``bad``."""


class Legend(NamedTuple):
    """A bar of colours with what stands at some of its places."""

    colours: tuple[tuple[int, int, int], ...]
    ticks: tuple[tuple[float, str], ...]
    """(share of the bar, words)."""
    title: str


def notes(seen: Seen, given: Given, language: str) -> tuple[Note, ...]:
    """Return what was measured, a line each."""
    metric = given.opened is not None and given.opened.size_m is not None
    out = [] if seen.scale is None else [_measured(seen.scale, language, metric=metric)]
    if seen.bare and given.state.shot is not None:
        out.append(Note(word(f"note.bare.{given.state.shot.inspect}", language)))
    if seen.cut is not None:
        out += _cut(seen.cut, language, metric=metric)
    if given.opened is not None and given.other is not None:
        out += _compared(given.opened, given.other, language, same_scale=seen.same_scale)
    listed = listed_m(given)
    if listed is not None and given.opened is not None and given.opened.size_m is not None:
        out += _listed(judged(given.opened.size_m, listed, unit=given.opened.unit), listed, language)
    return tuple(out)


def legend(seen: Seen, given: Given, language: str) -> Legend | None:
    """Return what the colours of a picture mean, None where they are the product's."""
    scale = seen.scale
    if scale is None:
        return None
    title = word(f"inspect.mode={scale.kind}", language)
    if scale.kind == "difference":
        steps = (0.0, 2.0, 4.0, 6.0, 8.0, scale.high)
        return Legend(scale.colours, tuple((at / scale.high, f"{at:.0f}{'+' * (at == scale.high)}") for at in steps), title)
    if scale.kind == "overdraw":
        count = MOST_SURFACES
        ticks = tuple(((n - 1) / (count - 1), f"{n}+" if n == count else str(n)) for n in range(1, count + 1))
        return Legend(scale.colours, ticks, title)
    factor, unit = _unit(scale, metric=given.opened is not None and given.opened.size_m is not None)
    amounts = (scale.low, (scale.low * scale.high) ** 0.5, scale.high)
    ticks = tuple((share, _short(amount * factor)) for share, amount in zip((0.0, 0.5, 1.0), amounts, strict=True))
    return Legend(scale.colours, ticks, f"{title}, {unit}")


def _measured(scale: Scale, language: str, *, metric: bool) -> Note:
    if scale.kind == "overdraw":
        return Note(word("note.overdraw", language, median=f"{scale.median:.0f}", most=f"{scale.most:.0f}"))
    if scale.kind == "difference":
        return Note(word("note.difference", language, median=f"{scale.median:.1f}", most=f"{scale.most:.1f}"))
    factor, unit = _unit(scale, metric=metric)
    least, median, most = (_short(amount * factor) for amount in (scale.least, scale.median, scale.most))
    return Note(word("note.density", language, median=median, least=least, most=most, unit=unit))


def _unit(scale: Scale, *, metric: bool) -> tuple[float, str]:
    if not metric:
        return 1.0, "px / 1"
    return (0.01, "px/cm") if scale.median >= _DENSE else (1.0, "px/m")


def _cut(cut: Cut, language: str, *, metric: bool) -> list[Note]:
    if metric:
        at, area, length = f"{cut.at_m * 1000:.0f} mm", f"{cut.area_m2 * 1e4:,.4g} cm²", f"{cut.open_m * 1000:,.0f} mm"
    else:
        at, area, length = f"{cut.at_m:.4g}", f"{cut.area_m2:.4g}", f"{cut.open_m:.4g}"
    out = [Note(word("note.section", language, axis=cut.axis, at=at, area=area))]
    return [*out, Note(word("note.open", language, length=length), "bad")] if cut.open_m > 0 else out


def _compared(opened: Opened, other: Opened, language: str, *, same_scale: bool) -> list[Note]:
    """Return both products' names, triangles, bytes and sizes."""
    sizes = ("?" if one.size_m is None else format_mm(one.size_m).replace(",", "") for one in (opened, other))
    pairs = (
        (opened.file.name, other.file.name),
        (word("triangles", language, count=f"{opened.triangles:,}"), f"{other.triangles:,}"),
        (f"{opened.bytes / 1000:,.1f} kB", f"{other.bytes / 1000:,.1f} kB"),
        tuple(sizes),
    )
    out = [Note(" → ".join(pair)) for pair in pairs]
    return out if same_scale else [*out, Note(word("note.scale", language), "bad")]


def _listed(found: Judged, listed: tuple[float, float, float], language: str) -> list[Note]:
    out = [Note(word("note.listed.ok" if found.ok else "note.listed.off", language, listed=format_mm(listed)), _kind(found.ok))]
    for side in found.sides:
        name, off = word(f"side.{side.name}", language), f"{_signed(side.off_m * 1000, 0)} mm ({_signed(side.off_percent, 1)} %)"
        out.append(Note(f"{name} {side.size_m * 1000:.0f} mm, {off}", _kind(side.ok)))
    if any(finding.code == "E_SIZE_AXES" for finding in found.findings):
        out.append(Note(word("note.listed.order", language), "bad"))
    return out


def _kind(ok: bool) -> str:
    return "good" if ok else "bad"


def _short(amount: float) -> str:
    return f"{amount:,.0f}" if amount >= 10 else f"{amount:.2g}"


def _signed(amount: float, digits: int) -> str:
    rounded = round(amount, digits)
    return f"{rounded:+.{digits}f}" if rounded else f"{0:.{digits}f}"  # nothing has no sign
