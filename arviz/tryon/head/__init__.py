"""A head of true size from landmarks: occluder, and what glasses touch."""
