"""Several products at once: what they wish of each other, and annealing over all of them."""
