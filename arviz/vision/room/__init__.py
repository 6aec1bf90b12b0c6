"""Frames become a room: floor, walls, ceiling and table tops with outlines, openings, obstacles, all with sigma."""
