"""FLIP between pictures; runs in the peers' own venv. Reads ``reference.npy test.npy map.npy`` per line, answers the mean."""

import os
import sys

import numpy as np

answers = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)

import flip_evaluator  # noqa: E402


def main():
    """Serve until the input ends."""
    for line in sys.stdin:
        reference, test, out = line.rstrip("\n").split("\t")
        error_map, mean, _ = flip_evaluator.evaluate(np.load(reference), np.load(test), "LDR", applyMagma=False)
        np.save(out, error_map)
        print(float(mean), file=answers)


main()
