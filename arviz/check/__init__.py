"""Verdicts: an `Asset` (and facts of the written file) in, a `Report` out. Changes nothing."""
