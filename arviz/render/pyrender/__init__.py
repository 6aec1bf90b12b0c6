"""The engine ``pyrender``: another rasteriser's opinion on depth, normals and ids, and a plain picture.

The package pyrender-maintained is the library behind it (a name inside ours does not shadow it: imports are absolute).
"""
