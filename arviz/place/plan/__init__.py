"""Geometry of floor plans: frames, poses, zones, convex pieces, rasters and the kernels laid over them."""
