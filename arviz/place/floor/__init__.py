"""A measured room as a floor plan: `site_of` makes a `Site` of any `Room`."""
