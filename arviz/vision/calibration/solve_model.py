"""From views to a camera: the lens model by hold-out, wrong views and wrong corners left out.

The model is chosen by how well it predicts views that it has not seen: the residual of views that it has seen falls with
every parameter, and a rational model then bends where no corner is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from arviz.core.errors import InputError
from arviz.core.frozen import Array
from arviz.vision.calibration.solve import FEWEST_VIEWS, MODELS, HoldOut, Model, Solution, hold_out, solve
from arviz.vision.calibration.uncertainty import Uncertainty, uncertainty
from arviz.vision.calibration.views import FEWEST_CORNERS, Dropped, View

_PLAIN = ("pinhole4", "pinhole5")
_WORSE_VIEW = 3.0
_WORSE_VIEW_PX = 0.3
"""A view is wrong if its residual is this many times the views' median, and more than this."""
_STRONG = 0.5
_WORSE_CORNER = 5.0
"""A corner is wrong if it misses by this many robust standard deviations: one of 270,000 does by chance."""
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Fit:
    """The result of `fit`: a solution, its hold-out and uncertainty, the views that took part and those that did not.

    `hold_out_px` gives the hold-out residual of every model that was tried, None where it could not be solved.
    """

    solution: Solution
    held: HoldOut
    known: Uncertainty
    views: tuple[View, ...]
    dropped: tuple[Dropped, ...]
    corners_dropped: int
    hold_out_px: dict[str, float | None]


def fit(views: Sequence[View], *, model: str | None = None, progress: Progress = lambda step: None) -> Fit:
    """Solve a camera; leave out views and corners that do not fit; choose the model by hold-out.

    Parameters
    ----------
    views : sequence of View
        Of one size, as `arviz.vision.calibration.views.select` returns them.
    model : str, optional
        One of `MODELS`; by default the one that predicts unseen views best.
    progress : callable
        Told what is done next.

    Raises
    ------
    InputError
        As `solve`.
    """
    progress("solve")
    kept, dropped, corners = _clean(list(views))
    wanted = [MODELS[model]] if model else _affordable(kept)
    tried: dict[str, tuple[Solution, HoldOut, Uncertainty]] = {}
    scores: dict[str, float | None] = {}
    refused: list[InputError] = []
    for candidate in wanted:
        progress(f"hold out views: {candidate.name}")
        try:
            solution = solve(kept, model=candidate)
            held = hold_out(kept, solution)
            tried[candidate.name] = (solution, held, uncertainty(kept, solution, held))
            scores[candidate.name] = held.rms_px
        except InputError as error:
            scores[candidate.name] = None  # too rich for these views, or too poor for this lens
            refused.append(error)
    if not tried:
        raise refused[0]
    solution, held, known = tried[choose({name: held for name, (_, held, _) in tried.items()})]
    return Fit(
        solution=solution,
        held=held,
        known=known,
        views=tuple(kept),
        dropped=tuple(dropped),
        corners_dropped=corners,
        hold_out_px=scores,
    )


def _affordable(views: Sequence[View]) -> list[Model]:
    """Return the models that leave two measurements for each unknown with one view held out."""
    measured = 2 * sum(len(view.ids) for view in views) - 2 * max(len(view.ids) for view in views)
    unknown = 6 * (len(views) - 1) + 4
    simple = list(MODELS.values())[:2] if len(views) <= FEWEST_VIEWS + 2 else list(MODELS.values())
    return [m for m in simple if measured >= 2 * (unknown + len(m.free))] or [MODELS["pinhole4"]]


def choose(held: dict[str, HoldOut]) -> str:
    """Return the model to take: of the plain ones the better predictor, a richer one only where it is better beyond chance.

    Real lenses have some k3: without it sigmas at the picture's corners are too small, so chance alone does not take it away.
    Beyond chance is a gain of more than one standard error of the gain per view (Hastie, Tibshirani, Friedman, "The
    Elements of Statistical Learning", section 7.10).
    """
    names = [name for name in MODELS if name in held]
    best = min((name for name in names if name in _PLAIN), key=lambda name: held[name].rms_px, default=names[0])
    for name in names:
        if name in _PLAIN or name == best:
            continue
        gain = held[best].view_rms_px ** 2 - held[name].view_rms_px ** 2
        if gain.mean() > gain.std(ddof=1) / np.sqrt(len(gain)):
            best = name
    return best


def _clean(views: list[View]) -> tuple[list[View], list[Dropped], int]:
    """Leave out the views, then the corners, that no lens model explains; at most a third of the views."""
    most = len(views) // 3
    dropped: list[Dropped] = []
    solution = _closest(views)
    while len(dropped) < most and len(views) > FEWEST_VIEWS:
        errors = solution.view_rms_px
        worst = int(np.argmax(errors))
        if errors[worst] <= max(_WORSE_VIEW_PX, _WORSE_VIEW * float(np.median(errors))):
            break
        detail = f"its corners miss by {errors[worst]:.2f} px, the others by {np.median(errors):.2f} px"
        dropped.append(Dropped(name=views[worst].name, reason="outlier", detail=detail))
        del views[worst]
        solution = _closest(views)
    right = _right_corners(solution)
    wrong = sum(int((~good).sum()) for good in right)
    return [_part(view, good) for view, good in zip(views, right, strict=True)], dropped, wrong


def _closest(views: list[View]) -> Solution:
    """Return the plain solution, or that of the model that bends most where it leaves less than half: a strong lens is no mistake.

    Where it leaves a little less, it has bent to a wrong corner: its poles can stand right beside one.
    """
    solution = solve(views, model=MODELS["pinhole5"])
    try:
        bent = solve(views, model=MODELS["rational"], start=solution.camera)
    except InputError:
        return solution
    return bent if bent.rms_px < _STRONG * solution.rms_px else solution


def _right_corners(solution: Solution) -> list[Array]:
    """Return a mask (N,) of each view's corners that are not beyond chance; a view keeps enough of them for its pose."""
    misses = [np.linalg.norm(residual, axis=1) for residual in solution.residuals_px]
    # The median length of 2-D Gaussian noise is 1.177 of its standard deviation.
    limit = _WORSE_CORNER * float(np.median(np.concatenate(misses))) / 1.177
    masks = [miss <= limit for miss in misses]
    return [mask if mask.sum() >= FEWEST_CORNERS else np.ones_like(mask) for mask in masks]


def _part(view: View, mask: Array) -> View:
    return view if mask.all() else replace(view, ids=view.ids[mask], points_px=view.points_px[mask], board_m=view.board_m[mask])
