"""Read USD: ``.usdz`` packages, ``.usdc`` and ``.usda`` layers with what lies beside them; the inverse of `arviz.formats.usdz`.

In: bytes and the door to their folder. Out: an `Asset` in the stage's own unit and axes. OpenUSD (``usd-core``) parses and
composes, in a process of its own, after every layer has been looked into: nothing outside the package or folder is opened.
"""
