"""Bytes to `Asset` and back: one reader or writer per format, guarded by `Limits`.

In: a path or bytes, a unit where the format has none. Out: an `Asset`; on the way back, bytes.
"""
