"""Reflection written down a second time, in numpy and for one pair of directions: what the shaders are held against."""

import numpy as np


def unit(v):
    v = np.asarray(v, float)
    return v / np.linalg.norm(v, axis=-1, keepdims=True)


def dot(a, b):
    return np.sum(np.asarray(a) * b, axis=-1)


def schlick(f0, f90, cosine):
    return f0 + (f90 - f0) * (1 - cosine) ** 5


def smith(w, n, t, b, a_t, a_b):
    """Return Smith's auxiliary Lambda of GGX (Heitz 2014, equations 72 and 86)."""
    tangent_squared = ((a_t * dot(w, t)) ** 2 + (a_b * dot(w, b)) ** 2) / dot(w, n) ** 2
    return (np.sqrt(1 + tangent_squared) - 1) / 2


def ggx(to_light, v, n, *, alpha, stretched=None, along=(1.0, 0.0, 0.0)):
    """Return D G / (4 n.l n.v); `stretched` is the width along `along`, `alpha` the one across."""
    t = unit(np.asarray(along) - n * dot(along, n))
    b = np.cross(n, t)
    a_t, a_b = (alpha if stretched is None else stretched), alpha
    h = unit(to_light + v)
    d = 1 / (np.pi * a_t * a_b * ((dot(h, t) / a_t) ** 2 + (dot(h, b) / a_b) ** 2 + dot(h, n) ** 2) ** 2)
    return d / (1 + smith(to_light, n, t, b, a_t, a_b) + smith(v, n, t, b, a_t, a_b)) / (4 * dot(to_light, n) * dot(v, n))


def charlie(to_light, v, n, *, roughness):
    h = unit(to_light + v)
    inverse = 1 / roughness**2
    sine = np.sqrt(1 - dot(h, n) ** 2)
    return (2 + inverse) * sine**inverse / (2 * np.pi) / (4 * (dot(n, to_light) + dot(n, v) - dot(n, to_light) * dot(n, v)))


def hemisphere(rows=256):
    """Return (directions (K, 3) around +Z, solid angles (K,)): a midpoint rule."""
    cosine = (np.arange(rows) + 0.5) / rows
    azimuth = (np.arange(2 * rows) + 0.5) * np.pi / rows
    c, a = (grid.ravel() for grid in np.meshgrid(cosine, azimuth, indexing="ij"))
    s = np.sqrt(1 - c * c)
    return np.stack([s * np.cos(a), s * np.sin(a), c], axis=-1), np.full(c.size, 2 * np.pi / c.size)


GAUSSIANS = ((0, 5.4856e-13, 1.6810e6, 4.3278e9), (1, 4.4201e-13, 1.7953e6, 9.3046e9), (2, 5.2481e-13, 2.2084e6, 6.6121e9))
SECOND = (0, 9.7470e-14, 2.2399e6, 4.5282e9)
REC709_FROM_XYZ = np.array([[3.2404542, -1.5371385, -0.4985314], [-0.969266, 1.8760108, 0.041556], [0.0556434, -0.2040259, 1.0572252]])


def airy(f0, *, ior, thickness_nm):
    """Return the colour (3,) that a film shows at normal incidence: all bounces, summed over the spectrum.

    The extension's sensitivities are given by their transforms, ``strength sqrt(2 pi v) exp(-v phase^2)``: Gaussians over
    the wave number with the variance 2 v.
    """
    base = (1 + np.sqrt(f0)) / (1 - np.sqrt(f0))
    r12, r23 = (1 - ior) / (1 + ior), (ior - base) / (ior + base)
    wave = np.linspace(0.5e6, 4e6, 40001)
    step = wave[1] - wave[0]
    turn = np.exp(2j * np.pi * wave * 2 * ior * thickness_nm * 1e-9)
    reflectance = np.abs((r12 + r23 * turn) / (1 + r12 * r23 * turn)) ** 2
    a, b = r12**2, r23**2
    flat = a + (1 - a) ** 2 * b / (1 - a * b)
    xyz = np.zeros(3)
    for channel, strength, place, spread in (*GAUSSIANS, SECOND):
        weight = strength / np.sqrt(2) * np.exp(-((wave - place) ** 2) / (4 * spread))
        xyz[channel] += ((reflectance - flat) * weight).sum() * step / 1.0685e-7
    return np.clip(flat + REC709_FROM_XYZ @ xyz, 0, 1)
