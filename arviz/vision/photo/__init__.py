"""What one photo says about a room: line segments, vanishing points, gravity, and a length that gives the scale."""
