"""The smallest file of a product that still looks the same: the picture gate, and the search that it decides."""
