"""meshoptimizer's simplifier; runs in the peers' own venv. Reads ``in.npz out.npz`` per line, answers processor seconds.

Its Python function raises ("argument 13: TypeError"), so the C function is called.
"""

import os
import sys
import time
from ctypes import POINTER, byref, c_float, c_size_t, c_uint, c_void_p

import numpy as np

answers = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)

from meshoptimizer._loader import lib  # noqa: E402

WEIGHT = 0.1
"""Of attributes: of 0, 0.1 and 1 the one with the smallest errors."""
simplify = lib.meshopt_simplifyWithAttributes
simplify.argtypes = [c_void_p, c_void_p, c_size_t, c_void_p, c_size_t, c_size_t, c_void_p, c_size_t, c_void_p, c_size_t, c_void_p,
                     c_size_t, c_float, c_uint, POINTER(c_float)]  # fmt: skip
simplify.restype = c_size_t


def main():
    """Serve until the input ends."""
    for line in sys.stdin:
        source, target = line.rstrip("\n").split("\t")
        given = np.load(source)
        indices = np.ascontiguousarray(given["indices"], np.uint32)
        positions = np.ascontiguousarray(given["positions"], np.float32)
        attributes = np.ascontiguousarray(given["attributes"], np.float32)
        weights = np.full(attributes.shape[1], WEIGHT, np.float32)
        out = np.empty_like(indices)
        start, error = time.process_time(), c_float()
        count = simplify(out.ctypes.data, indices.ctypes.data, indices.size, positions.ctypes.data, len(positions), 12,
                         attributes.ctypes.data, attributes.strides[0], weights.ctypes.data, len(weights), None,
                         int(given["target"]), 1.0, 0, byref(error))  # fmt: skip
        spent = time.process_time() - start
        np.save(target, out[:count])
        print(spent, file=answers)


main()
