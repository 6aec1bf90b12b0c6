"""A product as a floor plan sees it: `furniture_of` makes `Furniture` of an `Asset`."""
