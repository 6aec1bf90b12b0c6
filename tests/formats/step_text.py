"""Write small STEP files (AP214) as text: boxes of flat faces, their colours, and assemblies of them."""

from __future__ import annotations

from collections.abc import Sequence

_FACES = ((0, 3, 2, 1), (4, 5, 6, 7), (0, 1, 5, 4), (2, 3, 7, 6), (1, 2, 6, 5), (0, 4, 7, 3))
"""Of a box, seen from outside: bottom, top, front, back, right, left."""


class Step:
    """One file in the making; methods return the number of what they have written."""

    def __init__(self, *, inches: bool = False) -> None:
        self._lines: list[str] = []
        millimetre = self.add("( LENGTH_UNIT() NAMED_UNIT(*) SI_UNIT(.MILLI.,.METRE.) )")
        length = millimetre
        if inches:
            size = self.add("DIMENSIONAL_EXPONENTS(1.,0.,0.,0.,0.,0.,0.)")
            factor = self.add(f"LENGTH_MEASURE_WITH_UNIT(LENGTH_MEASURE(25.4),#{millimetre})")
            length = self.add(f"( CONVERSION_BASED_UNIT('INCH',#{factor}) LENGTH_UNIT() NAMED_UNIT(#{size}) )")
        angle = self.add("( NAMED_UNIT(*) PLANE_ANGLE_UNIT() SI_UNIT($,.RADIAN.) )")
        solid = self.add("( NAMED_UNIT(*) SI_UNIT($,.STERADIAN.) SOLID_ANGLE_UNIT() )")
        error = self.add(f"UNCERTAINTY_MEASURE_WITH_UNIT(LENGTH_MEASURE(1.E-07),#{length},'distance','')")
        self._units = self.add(
            f"( GEOMETRIC_REPRESENTATION_CONTEXT(3) GLOBAL_UNCERTAINTY_ASSIGNED_CONTEXT((#{error})) "
            f"GLOBAL_UNIT_ASSIGNED_CONTEXT((#{length},#{angle},#{solid})) REPRESENTATION_CONTEXT('','') )"
        )
        application = self.add("APPLICATION_CONTEXT('automotive design')")
        self._product_context = self.add(f"PRODUCT_CONTEXT('',#{application},'mechanical')")
        self._definition_context = self.add(f"PRODUCT_DEFINITION_CONTEXT('part definition',#{application},'design')")

    def add(self, words: str) -> int:
        """Write an instance."""
        self._lines.append(f"#{len(self._lines) + 1} = {words};")
        return len(self._lines)

    def box(self, size: Sequence[float], *, colours: dict[int | None, Sequence[float]] | None = None) -> int:
        """Return a solid with one corner at the origin; `colours` are sRGB of its faces (0 to 5), or of None: all of it."""
        x, y, z = size
        corners = [(0, 0, 0), (x, 0, 0), (x, y, 0), (0, y, 0), (0, 0, z), (x, 0, z), (x, y, z), (0, y, z)]
        points = [self._point(corner) for corner in corners]
        vertices = [self.add(f"VERTEX_POINT('',#{point})") for point in points]
        edges: dict[tuple[int, int], int] = {}
        faces = [self._face(face, corners, points, vertices, edges) for face in _FACES]
        shell = self.add(f"CLOSED_SHELL('',({_list(faces)}))")
        solid = self.add(f"MANIFOLD_SOLID_BREP('',#{shell})")
        styled = [self._styled(solid if place is None else faces[place], colour) for place, colour in (colours or {}).items()]
        if styled:
            self.add(f"MECHANICAL_DESIGN_GEOMETRIC_PRESENTATION_REPRESENTATION('',({_list(styled)}),#{self._units})")
        return solid

    def product(self, name: str, *solids: int) -> tuple[int, int]:
        """Return (definition, shape) of a part of `solids`, or of an assembly where there are none yet."""
        product = self.add(f"PRODUCT('{name}','{name}','',(#{self._product_context}))")
        formation = self.add(f"PRODUCT_DEFINITION_FORMATION('','',#{product})")
        definition = self.add(f"PRODUCT_DEFINITION('design','',#{formation},#{self._definition_context})")
        kind = "ADVANCED_BREP_SHAPE_REPRESENTATION" if solids else "SHAPE_REPRESENTATION"
        shape = self.add(f"{kind}('{name}',({_list([self._axes((0, 0, 0)), *solids])}),#{self._units})")
        of = self.add(f"PRODUCT_DEFINITION_SHAPE('','',#{definition})")
        self.add(f"SHAPE_DEFINITION_REPRESENTATION(#{of},#{shape})")
        return definition, shape

    def put(self, child: tuple[int, int], parent: tuple[int, int], name: str, *, at: Sequence[float], turned: bool = False) -> None:
        """Put a part into an assembly at a place, `turned` by a quarter about z."""
        use = self.add(f"NEXT_ASSEMBLY_USAGE_OCCURRENCE('{name}','{name}','',#{parent[0]},#{child[0]},$)")
        of = self.add(f"PRODUCT_DEFINITION_SHAPE('','',#{use})")
        move = self.add(f"ITEM_DEFINED_TRANSFORMATION('','',#{self._axes((0, 0, 0))},#{self._axes(at, turned=turned)})")
        link = self.add(
            f"( REPRESENTATION_RELATIONSHIP('','',#{child[1]},#{parent[1]}) "
            f"REPRESENTATION_RELATIONSHIP_WITH_TRANSFORMATION(#{move}) SHAPE_REPRESENTATION_RELATIONSHIP() )"
        )
        self.add(f"CONTEXT_DEPENDENT_SHAPE_REPRESENTATION(#{link},#{of})")

    def content(self) -> bytes:
        """Return the file."""
        head = "FILE_DESCRIPTION((''),'2;1');\nFILE_NAME('a','2026-01-01T00:00:00',(''),(''),'','','');"
        schema = "FILE_SCHEMA(('AUTOMOTIVE_DESIGN { 1 0 10303 214 1 1 1 1 }'));"
        body = "\n".join(self._lines)
        return f"ISO-10303-21;\nHEADER;\n{head}\n{schema}\nENDSEC;\nDATA;\n{body}\nENDSEC;\nEND-ISO-10303-21;\n".encode()

    def _point(self, place: Sequence[float]) -> int:
        return self.add(f"CARTESIAN_POINT('',({_numbers(place)}))")

    def _direction(self, way: Sequence[float]) -> int:
        return self.add(f"DIRECTION('',({_numbers(way)}))")

    def _axes(self, at: Sequence[float], *, turned: bool = False) -> int:
        z, x = self._direction((0, 0, 1)), self._direction((0, 1, 0) if turned else (1, 0, 0))
        return self.add(f"AXIS2_PLACEMENT_3D('',#{self._point(at)},#{z},#{x})")

    def _face(
        self,
        face: Sequence[int],
        corners: Sequence[Sequence[float]],
        points: list[int],
        vertices: list[int],
        edges: dict[tuple[int, int], int],
    ) -> int:
        oriented = []
        for a, b in zip(face, (*face[1:], face[0]), strict=True):
            key = (min(a, b), max(a, b))
            if key not in edges:
                way = self._direction([q - p for p, q in zip(corners[key[0]], corners[key[1]], strict=True)])
                vector = self.add(f"VECTOR('',#{way},1.)")
                line = self.add(f"LINE('',#{points[key[0]]},#{vector})")
                edges[key] = self.add(f"EDGE_CURVE('',#{vertices[key[0]]},#{vertices[key[1]]},#{line},.T.)")
            along = ".T." if key == (a, b) else ".F."
            oriented.append(self.add(f"ORIENTED_EDGE('',*,*,#{edges[key]},{along})"))
        first, second, third = (corners[i] for i in face[:3])
        u = [q - p for p, q in zip(first, second, strict=True)]
        v = [q - p for p, q in zip(second, third, strict=True)]
        normal = (u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0])
        axes = self.add(f"AXIS2_PLACEMENT_3D('',#{points[face[0]]},#{self._direction(normal)},#{self._direction(u)})")
        plane, loop = self.add(f"PLANE('',#{axes})"), self.add(f"EDGE_LOOP('',({_list(oriented)}))")
        bound = self.add(f"FACE_OUTER_BOUND('',#{loop},.T.)")
        return self.add(f"ADVANCED_FACE('',(#{bound}),#{plane},.T.)")

    def _styled(self, item: int, colour: Sequence[float]) -> int:
        rgb = self.add(f"COLOUR_RGB('',{_numbers(colour)})")
        colour_of = self.add(f"FILL_AREA_STYLE_COLOUR('',#{rgb})")
        fill = self.add(f"FILL_AREA_STYLE('',(#{colour_of}))")
        area = self.add(f"SURFACE_STYLE_FILL_AREA(#{fill})")
        side = self.add(f"SURFACE_SIDE_STYLE('',(#{area}))")
        usage = self.add(f"SURFACE_STYLE_USAGE(.BOTH.,#{side})")
        style = self.add(f"PRESENTATION_STYLE_ASSIGNMENT((#{usage}))")
        return self.add(f"STYLED_ITEM('color',(#{style}),#{item})")


def _list(numbers: Sequence[int]) -> str:
    return ",".join(f"#{number}" for number in numbers)


def _numbers(values: Sequence[float]) -> str:
    return ",".join(f"{float(value)}" for value in values)
