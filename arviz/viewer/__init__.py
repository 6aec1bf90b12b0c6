"""Windows around live objects of `arviz.flows`: pictures in, keys out."""
