"""USDZ, the format of Apple's Quick Look: written from the master `Asset`, and checked on its raw bytes.

In: an `Asset` in metres, or the bytes of a package. Out: `Usdz` (bytes and what they could not hold), or a `Report`.
OpenUSD (the package ``usd-core``) is imported inside the functions that use it: it costs half a second.
"""
