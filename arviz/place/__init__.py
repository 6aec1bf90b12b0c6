"""Products stand where they fit: `Room` and products in, `Arrangement`s out, every clearance with its sigma.

`floor` is the room as a floor plan (`Site`), `product` a product as what it covers and what it needs around it (`Furniture`);
`single` finds places for one product, `together` for several; `ways` says whether people still get everywhere; `plan` is the
geometry below all of them. Rules and kinds of furniture are data (``data/``), with country and source.
"""
