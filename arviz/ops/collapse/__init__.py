"""Batched quadric edge collapse, the work behind `arviz.ops.simplify`; in: a `Surface` of points and wedges, out: one with fewer triangles.

`product` makes a surface of an asset and an asset of a surface. `quadrics` and `edges` say what a collapse costs and where the new
point lies, `checks` what forbids it, `merge` which wedges become one, `step` does the collapses of one round, `rounds` is the loop.
`watch` bounds the error on the way, `measure` says it at the end; both use `nearest`.
"""
