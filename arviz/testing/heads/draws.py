"""What differs between people, drawn at random: shape, expression, colours."""

from __future__ import annotations

import numpy as np

from arviz.core.frozen import Array
from arviz.core.head_model import head_model
from arviz.testing.heads.mesh import shares

SKINS = (
    (0.72, 0.53, 0.44),
    (0.62, 0.42, 0.33),
    (0.52, 0.34, 0.25),
    (0.38, 0.23, 0.16),
    (0.22, 0.125, 0.082),
    (0.10, 0.058, 0.04),
)
"""Linear albedo of Fitzpatrick's types I to VI."""
LIPS = (0.85, 0.62, 0.70)
"""Of bare lips, as a multiple of the skin's albedo."""
SHUT = {"expression-mouth-open": -0.06}
"""After subdivision the lips of MakeHuman's heads stand apart by a millimetre: this shuts them."""
HAIRS = ((0.018, 0.014, 0.012), (0.035, 0.022, 0.014), (0.07, 0.04, 0.022), (0.16, 0.10, 0.05), (0.33, 0.24, 0.13), (0.14, 0.045, 0.018))
GREY = (0.38, 0.37, 0.36)
IRISES = ((0.035, 0.018, 0.010), (0.075, 0.04, 0.018), (0.11, 0.075, 0.03), (0.10, 0.12, 0.06), (0.10, 0.16, 0.21), (0.19, 0.22, 0.24))

_RACES = ("african", "asian", "caucasian")
_KINDS = {
    1: (0.1, 0.3, 3.0),
    2: (0.2, 1.0, 2.5),
    3: (0.4, 1.8, 1.5),
    4: (1.0, 1.5, 0.8),
    5: (2.5, 0.4, 0.4),
    6: (3.0, 0.1, 0.2),
}
"""How often the shapes of heads come with each tone, as weights of a Dirichlet distribution; only so that people look plausible."""


def draw_identity(rng: np.random.Generator, *, female: bool, age_years: float, tone: int) -> dict[str, float]:
    """Return targets and weights of a shape without expression."""
    male = float(rng.uniform(0, 0.2) if female else rng.uniform(0.8, 1))
    old = float(np.clip((age_years - 25) / 65, 0, 1))
    race = rng.dirichlet(np.array(_KINDS[tone]) * 1.2)
    bulk = float(np.clip(rng.normal(0, 0.35), -0.8, 1))
    out = {"sex": male - 0.5, "age": old - 0.25, "weight": bulk, **SHUT} | {r: float(p) - 1 / 3 for r, p in zip(_RACES, race, strict=True)}
    for sex, s in (("female", 1 - male), ("male", male)):
        for age, a in (("young", 1 - old), ("old", old)):
            out |= {f"mixed-{r}-{sex}-{age}": float(p) * s * a for r, p in zip(_RACES, race, strict=True)}
            out[f"mixed-{sex}-{age}-{'maxweight' if bulk > 0 else 'minweight'}"] = abs(bulk) * s * a
    for name in head_model().targets:
        if name in out or name.startswith(("expression-", "mixed-")) or name.endswith(".bend") or name == "eye-trans-out":
            continue
        if name.startswith("asym-"):
            out[name] = float(rng.normal(0, 0.10))
        elif name in _ONE_ENDED:
            out[name] = float(max(rng.normal(-0.05, 0.12), 0))
        else:
            out |= shares(**{name: float(np.clip(rng.normal(0, _SPREAD.get(name, 0.17)), -0.6, 0.6))})
    return out


_SPREAD = {"head-age": 0.05, "chin-jaw-drop": 0.05, "nose-septumangle": 0.1, "ear-flap": 0.1, "mouth-laugh-lines": 0.1}
_ONE_ENDED = frozenset(
    (
        *("head-oval", "head-round", "head-square", "head-rectangular", "head-triangular", "head-invertedtriangular", "head-diamond"),
        *("ear-shape-pointed", "ear-shape-round", "ear-shape-square", "ear-shape-triangle", "chin-triangle"),
    )
)


def draw_expression(rng: np.random.Generator) -> dict[str, float]:
    """Return targets and weights of a slight expression, the mouth shut in three of four."""
    out = {
        "mouth-corner-puller": rng.uniform(0, 0.35),
        "eye-left-closure": (lids := rng.uniform(0, 0.12)),
        "eye-right-closure": lids,
        "eyebrows-left-up": (brows := rng.uniform(0, 0.3)),
        "eyebrows-right-up": brows,
    }
    if rng.random() < 0.25:
        out["mouth-open"] = rng.uniform(0.05, 0.4)
    return {f"expression-{name}": float(weight) for name, weight in out.items()}


def draw_colours(rng: np.random.Generator, *, tone: int, age_years: float) -> tuple[Array, Array, Array, Array]:
    """Return linear albedos of skin, bare lips, hair and iris."""
    skin = np.array(SKINS[tone - 1]) * np.exp(rng.normal(0, 0.05)) * np.exp(rng.normal(0, 0.02, 3))
    lips = skin * np.array(LIPS) * np.exp(rng.normal(0, 0.04, 3))
    fair = {1: (1, 2, 2, 3, 4, 5), 2: (0, 1, 2, 2, 3, 4), 3: (0, 0, 1, 1, 2), 4: (0, 0, 0, 1), 5: (0,), 6: (0,)}[tone]
    grey = np.clip((age_years - 45) / 35, 0, 1) * rng.random()
    hair = (1 - grey) * np.array(HAIRS[rng.choice(fair)]) + grey * np.array(GREY)
    light = {1: (1, 2, 3, 4, 5), 2: (0, 1, 2, 3, 4), 3: (0, 0, 1, 2), 4: (0, 0, 1), 5: (0,), 6: (0,)}[tone]
    return np.clip(skin, 0.01, 0.9), np.clip(lips, 0.01, 0.9), hair, np.array(IRISES[rng.choice(light)])


def draw_beard(seed: int, *, female: bool) -> float:
    """Return how much of a beard a person has: half of the men, from stubble on."""
    rng = np.random.default_rng([seed, 9])
    return 0.0 if female or rng.random() < 0.5 else float(rng.uniform(0.2, 1))
