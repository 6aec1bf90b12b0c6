"""Make-up in linear light: where (`coverage`), how the scene lights it (`stats`), and the picture (`blend`)."""
