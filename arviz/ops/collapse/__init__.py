"""Batched quadric edge collapse: a `Surface` of points and wedges in, the same surface with fewer triangles out.

`surface` holds the arrays, `quadrics` what a collapse costs, `edges` the edges and their costs, `checks` what forbids a
collapse, `rounds` the loop.
"""
