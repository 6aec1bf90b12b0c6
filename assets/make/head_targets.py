"""How MakeHuman's head varies: which of its targets a head that is fitted to people may use, and which only synthetic people have."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import makehuman
import numpy as np
from makehuman import Array

STEP_M = 1e-5
"""Shifts are stored in steps of a hundredth of a millimetre."""
AGE = 0.25
"""How old the mean head is, between young (25) and old (90)."""

RACES, SEXES, AGES, WEIGHTS = makehuman.ETHNICITIES, ("female", "male"), ("young", "old"), ("minweight", "averageweight", "maxweight")

FIT = {
    "head": "head-scale-depth head-scale-horiz head-scale-vert head-fat head-back-scale-depth head-oval "
    "head-round head-square head-rectangular "
    "head-triangular head-invertedtriangular head-diamond",
    "forehead": "forehead-nubian forehead-scale-vert forehead-temple forehead-trans",
    "eyebrows": "eyebrows-trans-down/up eyebrows-angle",
    "eyes": "eye-trans-in/out eye-trans-down/up eye-scale eye-height1 eye-height2 eye-height3 eye-corner1 eye-corner2",
    "nose": "nose-scale-depth nose-scale-horiz nose-scale-vert nose-trans-down/up nose-trans-backward/forward "
    "nose-hump nose-curve nose-greek "
    "nose-width1 nose-width2 nose-width3 nose-point nose-point-width nose-base nose-volume nose-nostrils-width",
    "ears": "ear-scale ear-scale-depth ear-scale-vert ear-rot ear-wing ear-lobe ear-trans-backward/forward ear-trans-down/up",
    "cheek": "cheek-bones cheek-inner cheek-trans cheek-volume",
    "mouth": "mouth-scale-horiz mouth-scale-vert mouth-scale-depth mouth-trans-down/up mouth-trans-backward/forward "
    "mouth-lowerlip-height "
    "mouth-lowerlip-volume mouth-upperlip-height mouth-upperlip-volume mouth-angles",
    "chin": "chin-bones chin-height chin-prognathism chin-prominent chin-width chin-jaw-drop",
    "neck": "neck-scale-depth neck-scale-horiz neck-scale-vert neck-back-scale-depth",
}
"""What a head that is fitted to landmarks may use: features whose size is some millimetres and which shift
landmarks or the outline."""

FACTORY = {
    "head": "head-age",
    "eyes": "eye-push1 eye-push2 eye-bag eye-bag-height eye-bag-in/out eye-epicanthus eye-eyefold eye-eyefold-angle "
    "eye-eyefold-concave/convex",
    "nose": "nose-flaring nose-compression nose-septumangle nose-nostrils-angle",
    "ears": "ear-flap ear-shape-pointed ear-shape-round ear-shape-square ear-shape-triangle",
    "mouth": "mouth-cupidsbow mouth-cupidsbow-width mouth-philtrum-volume mouth-dimples mouth-laugh-lines "
    "mouth-lowerlip-ext mouth-lowerlip-middle "
    "mouth-lowerlip-width mouth-upperlip-ext mouth-upperlip-middle mouth-upperlip-width",
    "chin": "chin-cleft chin-triangle",
    "neck": "neck-double",
}
"""What only synthetic people have: folds, creases and details that landmarks do not show."""

EXPRESSIONS = (
    "eye-left-closure eye-right-closure eye-left-opened-up eye-right-opened-up eye-left-slit eye-right-slit "
    "eyebrows-left-down eyebrows-left-up "
    "eyebrows-right-down eyebrows-right-up eyebrows-left-inner-up eyebrows-right-inner-up "
    "eyebrows-left-extern-up eyebrows-right-extern-up "
    "mouth-open mouth-corner-puller mouth-parling mouth-part-later mouth-elevation mouth-depression "
    "mouth-retraction mouth-pursing mouth-compression "
    "mouth-protusion mouth-upward-retraction nose-left-elevation nose-right-elevation"
)
FIT_EXPRESSIONS = ("eye-left-closure", "eye-right-closure", "mouth-open", "mouth-corner-puller", "mouth-retraction", "mouth-pursing")
ENDS = (("decr", "incr"), ("down", "up"), ("in", "out"), ("backward", "forward"), ("concave", "convex"), ("compress", "uncompress"))
ASYMMETRIES = (
    "brown-1 brown-2 cheek-1 cheek-2 ear-1 ear-2 ear-3 ear-4 eye-1 eye-2 eye-3 eye-4 eye-5 eye-6 eye-7 eye-8 "
    "jaw-1 jaw-2 jaw-3 mouth-1 mouth-2 nose-1 nose-2 nose-3 nose-4 temple-1 temple-2 top-1 top-2"
)


@dataclass(frozen=True)
class Target:
    """A named shift (V, 3) of the kept points; `use` is ``fit``, for both, or ``factory``, for synthetic people alone."""

    name: str
    use: str
    shift: Array


def _dense(name: str) -> Array:
    out = np.zeros_like(makehuman.base().positions)
    index, shift = makehuman.target(name)
    out[index] = shift
    return out


def _both_sides(folder: str, name: str) -> Array | None:
    """Return a target's shift, of the left and the right side together where it comes in two."""
    if makehuman.has_target(f"{folder}/{name}"):
        return _dense(f"{folder}/{name}")
    if makehuman.has_target(f"{folder}/l-{name}"):
        return _dense(f"{folder}/l-{name}") + _dense(f"{folder}/r-{name}")
    return None


def features(folder: str, names: str, *, use: str) -> list[Target]:
    """Return the targets of one folder; those with two ends as a signed one and ``.bend``.

    At weight w MakeHuman's shape is w * name + abs(w) * name.bend.
    """
    out = []
    for word in names.split():
        stem, _, other = word.partition("/")
        single = None if other else _both_sides(folder, stem)
        if single is not None:
            out.append(Target(stem, use, single))
            continue
        ends = [(a, b) for a, b in ENDS if not other or other == b]
        stem = stem.rsplit("-", 1)[0] if other else stem
        pairs = [(_both_sides(folder, f"{stem}-{a}"), _both_sides(folder, f"{stem}-{b}")) for a, b in ends]
        low, high = next((low, high) for low, high in pairs if low is not None and high is not None)
        name = f"{stem}-{other}" if other else stem
        out.append(Target(name, use, (high - low) / 2))
        if abs(high + low).max() > STEP_M:
            out.append(Target(f"{name}.bend", "factory", (high + low) / 2))
    return out


def macros() -> tuple[Array, list[Target]]:
    """Return the mean head (19158, 3) and how sex, age, race and weight change it.

    Main effects are for both uses; what is left to MakeHuman's own shape of each combination is called ``mixed-...`` and is for
    the factory. MakeHuman's shape is the mean and (male - .5) sex, (old - .25) age, (share - 1/3) of each race, (maxweight -
    minweight) weight, and share times ``mixed-``, where the share of a combination is the product of the shares of its words.
    """
    eyes = np.unique(np.concatenate([makehuman.base().groups[f"joint-{s}-eye"] for s in "lr"]))

    def centred(points: Array) -> Array:  # taller people have their heads higher: not wanted
        return points - points[eyes].mean(0)

    bulk = {k: centred(_dense("macrodetails/universal-{}-{}-averagemuscle-{}".format(*k))) for k in product(SEXES, AGES, WEIGHTS)}
    body = {
        (r, s, a): centred(_dense(f"macrodetails/{r}-{s}-{a}")) + bulk[s, a, "averageweight"] for r, s, a in product(RACES, SEXES, AGES)
    }
    share = {"young": 1 - AGE, "old": AGE}

    def average(word: str | None = None) -> Array:
        chosen = {k: v for k, v in body.items() if word is None or word in k}
        weights = [1.0 if word in AGES else share[k[2]] for k in chosen]
        return np.average(list(chosen.values()), axis=0, weights=weights)

    mean = average()
    effects = {"sex": average("male") - average("female"), "age": average("old") - average("young")}
    effects |= {race: average(race) - mean for race in RACES}
    effects["weight"] = np.mean([bulk[s, a, "maxweight"] - bulk[s, a, "minweight"] for s, a in product(SEXES, AGES)], axis=0) / 2
    out = [Target(name, "fit", shift) for name, shift in effects.items()]
    signed = {"female": -0.5, "male": 0.5, "young": -AGE, "old": 1 - AGE, "minweight": -1.0, "maxweight": 1.0}
    for (r, s, a), shape in body.items():
        left = shape - mean - signed[s] * effects["sex"] - signed[a] * effects["age"] - effects[r]
        out.append(Target(f"mixed-{r}-{s}-{a}", "factory", left))
    for s, a, w in product(SEXES, AGES, ("minweight", "maxweight")):
        left = bulk[s, a, w] - bulk[s, a, "averageweight"] - signed[w] * effects["weight"]
        out.append(Target(f"mixed-{s}-{a}-{w}", "factory", left))
    return centred(makehuman.base().positions) + mean, out


def expressions() -> list[Target]:
    """Return what faces do, as the mean of MakeHuman's targets for three races."""
    out = []
    for name in EXPRESSIONS.split():
        shift = np.mean([_dense(f"expression/units/{race}/{name}") for race in RACES], axis=0)
        out.append(Target(f"expression-{name}", "fit" if name in FIT_EXPRESSIONS else "factory", shift))
    return out


def asymmetries() -> list[Target]:
    """Return what makes the sides unlike, as a signed target: to the left at 1, to the right at -1."""
    ends = [(name, _dense(f"asym/asym-{name}-l"), _dense(f"asym/asym-{name}-r")) for name in ASYMMETRIES.split()]
    return [Target(f"asym-{name}", "factory", (left - right) / 2) for name, left, right in ends]


def all_targets() -> tuple[Array, list[Target]]:
    """Return the mean head (19158, 3) and every target."""
    mean, out = macros()
    for folder, names in FIT.items():
        out += features(folder, names, use="fit")
    for folder, names in FACTORY.items():
        out += features(folder, names, use="factory")
    return mean, out + expressions() + asymmetries()
