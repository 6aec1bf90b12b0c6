"""Numbers brought to a grid: what every compression of geometry does first, so that all of them give up the same.

Steps are powers of two. A float32 then holds each multiple exactly: what is stored as integers comes back to the bit,
meshes whose frames differ by whole steps share one grid, and where two pieces met they still meet.
Rejected: gltfpack's exact 1 / (2^bits - 1) of the box, whose multiples are rounded again by the reader: 3 % fewer bytes.
"""

from __future__ import annotations

import math

import numpy as np

from arviz.core.frozen import Array
from arviz.formats.gltf.accessors import dequantise
from arviz.formats.gltf.codecs import meshopt

_MANTISSA = 23
"""Bits of the whole numbers that a float32, and meshopt's exponential filter, holds beside the sign."""
_LEAST, _MOST = -118, 100
"""Exponents of steps that float32 holds in all digits, and meshopt's filter even a byte higher."""


def step_below(length: float) -> float:
    """Return the largest power of two that is not above `length`, for a positive one."""
    return math.ldexp(1.0, math.frexp(length)[1] - 1)


def snapped(values: Array, *, step: float) -> Array:
    """Return float32 `values` at the nearest multiples of `step`; of a coarser one where float32 has no finer ones.

    Where a step lies beyond float32 they stay as they are: no product is that small.
    """
    if not values.size or step < 2.0**_LEAST:
        return values
    largest = float(np.abs(values).max())
    if largest > 0:
        step = max(step, math.ldexp(1.0, math.frexp(largest)[1] - _MANTISSA))
    out: Array = (np.rint(values.astype(np.float64) / step) * step).astype(np.float32)
    out += np.float32(0)  # no negative zeros: equal places are equal bytes
    return out


def step_of(values: Array) -> float | None:
    """Return the largest power of two of which all `values` are multiples by whole numbers of 23 bits, None if there is none."""
    mantissas, exponents = np.frexp(values.astype(np.float64))
    whole = (mantissas * 2.0**24).astype(np.int64)  # exact: a float32 has 24 bits
    used = whole != 0
    if not np.isfinite(values).all():
        return None
    if not used.any():
        return 1.0
    zeros = np.frexp((whole[used] & -whole[used]).astype(np.float64))[1] - 1
    exponent = int((exponents[used] - 24 + zeros).min())
    if not _LEAST <= exponent <= _MOST:
        return None
    step = math.ldexp(1.0, exponent)
    return step if float(np.abs(values).max()) / step < 2**_MANTISSA else None


def octahedral(vectors: Array, *, bits: int) -> Array:
    """Return the (V, 2) int32 octahedral codes of (V, 3) vectors, of the nearest decoded direction among neighbours.

    The mapping is that of Cigolle et al., "A Survey of Efficient Representations for Independent Unit Vectors"
    (JCGT 2014), with its choice among neighbours, which takes a third off the largest error for the same bits; the codes
    are those of EXT_meshopt_compression's filter OCTAHEDRAL.
    """
    top = 2 ** (bits - 1) - 1
    directions = unit(vectors).astype(np.float64)
    flat = directions / np.abs(directions).sum(axis=1, keepdims=True)
    folded = np.where(flat[:, 2:] < 0, (1 - np.abs(flat[:, 1::-1])) * np.where(flat[:, :2] < 0, -1, 1), flat[:, :2])
    start = np.rint(folded * top).astype(np.int32)
    best: Array = start
    closeness = np.full(len(start), -2.0)
    for x in (0, -1, 1):
        for y in (0, -1, 1):
            codes = np.clip(start + np.array([x, y], np.int32), -top, top)
            found = np.einsum("vi,vi->v", directions, decoded(codes, bits=bits).astype(np.float64))
            better = found > closeness
            best, closeness = np.where(better[:, None], codes, best), np.where(better, found, closeness)
    return best


def decoded(codes: Array, *, bits: int) -> Array:
    """Return the (V, 3) float32 unit vectors that a reader finds for octahedral codes."""
    return unit(dequantise(decoded_integers(codes, bits=bits)))


def octahedral_rows(codes: Array, *, bits: int) -> Array:
    """Return the (V, 4) rows that the filter OCTAHEDRAL decodes: int8 up to 8 bits, else int16; the fourth column is free."""
    rows = np.zeros((len(codes), 4), np.int8 if bits <= 8 else np.int16)
    rows[:, :2] = codes
    rows[:, 2] = 2 ** (bits - 1) - 1
    return rows


def decoded_integers(codes: Array, *, bits: int) -> Array:
    """Return the (V, 3) numbers that octahedral codes are decoded to; 127 or 32767 is one.

    Asked of the decoder itself: where the last rounding hangs on a reciprocal square root, decoders differ by machine.
    """
    rows = octahedral_rows(codes, bits=bits)
    data = meshopt.encode(rows.view(np.uint8), mode="ATTRIBUTES")
    place = {"count": len(rows), "byteStride": rows.itemsize * 4, "mode": "ATTRIBUTES", "filter": "OCTAHEDRAL"}
    return np.frombuffer(meshopt.decode(data, place, where="normals"), rows.dtype).reshape(-1, 4)[:, :3]


def draco_directions(vectors: Array, *, bits: int) -> Array:
    """Return (V, 3) float32 unit vectors that Draco keeps at `bits`, the nearest among neighbours of (V, 3) vectors.

    Draco keeps three whole numbers whose magnitudes sum up to 2^(bits - 1) - 1 (its ``OctahedronToolBox``) and would take the
    rounded ones; given the nearest it keeps these.
    """
    total = 2 ** (bits - 1) - 1
    directions = unit(vectors).astype(np.float64)
    start = np.rint(directions[:, :2] / np.abs(directions).sum(axis=1, keepdims=True) * total)
    side = np.where(directions[:, 2] < 0, -1.0, 1.0)
    best, closeness = unit(vectors), np.full(len(start), -2.0)
    for x in (0, -1, 1):
        for y in (0, -1, 1):
            whole = start + np.array([x, y])
            rest = total - np.abs(whole).sum(axis=1)
            candidates = unit(np.concatenate([whole, (rest * side)[:, None]], axis=1))
            found = np.where(rest < 0, -3.0, np.einsum("vi,vi->v", directions, candidates.astype(np.float64)))
            better = found > closeness
            best, closeness = np.where(better[:, None], candidates, best), np.where(better, found, closeness)
    return best


def on_unit_range(values: Array, *, sums_to_one: bool = False) -> Array:
    """Return float32 values as multiples of 1 / 255 if they are that already, else of 1 / 65535; as they are outside 0 to 1.

    With `sums_to_one` the largest of each row takes what rounding leaves over, as glTF demands of skin weights.
    """
    if not values.size or float(values.min()) < 0 or float(values.max()) > 1:
        return values
    wide = values.astype(np.float64)
    top = 255 if np.abs(np.rint(wide * 255) - wide * 255).max() < 1e-4 else 65535
    whole = np.rint(wide * top)
    if sums_to_one:
        rest = np.where(whole.any(axis=1), top - whole.sum(axis=1), 0)
        whole[np.arange(len(whole)), whole.argmax(axis=1)] += rest
    out: Array = whole.astype(np.float32) / np.float32(top)
    return out


def unit_range_integers(values: Array) -> Array | None:
    """Return what `on_unit_range` values are as uint8 or uint16 numbers, or None where they are no such values."""
    for kind in (np.uint8, np.uint16):
        top = np.float32(np.iinfo(kind).max)
        whole = np.clip(np.rint(values.astype(np.float64) * top), 0, top)
        if np.array_equal(whole.astype(np.float32) / top, values):
            out: Array = whole.astype(kind)
            return out
    return None


def unit(vectors: Array) -> Array:
    """Return (V, 3) vectors at length one, float32; those without a length point along +Z."""
    wide = vectors.astype(np.float64)
    lengths = np.linalg.norm(wide, axis=1, keepdims=True)
    out: Array = np.where(lengths > 0, wide / np.where(lengths > 0, lengths, 1), [0.0, 0.0, 1.0]).astype(np.float32)
    return out
