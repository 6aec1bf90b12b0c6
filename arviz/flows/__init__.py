"""The journeys: the only place where the rooms meet. Paths and plain options in, plain data out."""
