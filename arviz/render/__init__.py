"""Pictures: `Scene` + `Camera` in, `Layer` out; layers over a background become an `Image` (composite)."""
