"""The light of a room from its frames: where it comes from, its colour, and how sure that is."""
