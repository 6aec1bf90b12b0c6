"""Products stand where they fit: `Room` and products in, `Arrangement`s out, every clearance with its sigma.

`Site` is the room as a floor plan, `Furniture` a product as what it covers and what it needs around it; `search` finds places
for one product, `arrange` for several; `walk` says whether people still get everywhere. Rules and kinds of furniture are
data (``data/``), with country and source.
"""
