"""Places for one product: exact search, contact with walls, verification by polygons, and the facts of each place."""
