"""Ways on foot: where people get, how wide it is at the narrowest place, and what products change of that."""
