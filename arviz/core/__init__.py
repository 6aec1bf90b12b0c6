"""The ground floor: the types that flow through every journey, and what they need (numpy only).

In: nothing. Out: `Asset`, `Image`, `Camera`, `Frame`, `Scene`, `Layer`, `Report`, the error tree, units,
colour, axis conventions, limits, the plugin registry. Knows nothing of files, GL or command lines.
"""
