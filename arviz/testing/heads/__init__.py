"""Synthetic heads with exact truth: pose, pupils, millimetres, masks, albedo and light; drawn by rays, not by our renderer."""
