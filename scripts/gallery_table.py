"""What the gallery shows: for each capability the command, the Python lines, and what of their results is the picture.

Commands and lines run as they stand (`scripts/gallery.py`), each in a folder that has the clone's ``assets``, ``examples`` and
``out/photos``; what they write is below ``out``.
"""

from __future__ import annotations

from collections.abc import Mapping

from gallery_pictures import anchors, atlas, beside, clip, edges, files, layers, occlusion, page, served, window
from gallery_shown import Shown

SOFA = "assets/products/sofa/sofa.glb"
GLASSES = "assets/products/glasses/glasses.glb"
CHAIR = "assets/products/dining-chair/dining-chair.glb"
FACE = (105, 0, 345, 267)
"""Of the astronaut, in pixels."""
EVENING = "out/photos/evening.png"
EVENING_ROOM = f"arviz room {EVENING} --depth out/photos/evening-depth.png --camera out/photos/camera.json -o out/evening.json"
EVENING_PYTHON = f'''import arviz
from arviz.flows.room import room

evening = room(["{EVENING}"], depth=["out/photos/evening-depth.png"], camera="out/photos/camera.json").room'''

PRODUCTS: Mapping[str, Shown] = {
    "convert": Shown(
        title="From a shop's file to AR",
        says="An OBJ file that does not say its unit, and the size of the listing: [convert](guide/convert.md) writes a true-size GLB, a "
        "USDZ for iPhones, this picture and a report.",
        alt="The demo sofa",
        command="arviz convert assets/products/sofa/sofa.obj --size 218x102x79cm -o out",
        python="""import arviz

made = arviz.convert("assets/products/sofa/sofa.obj", out="out", size="218x102x79cm")
print(made.ok, made.files["master"], made.files["quick-look"])""",
        picture=files("out/sofa/poster.webp", height=300),
    ),
    "report": Shown(
        title="A report that says how the size is known",
        says="`report.html` for people, `report.json` for programs ([every key](reference/report.md)): size, where the unit comes from, "
        "findings with their cure. One file that loads nothing.",
        alt="The page of the report on the demo lamp",
        command="arviz convert assets/products/lamp/lamp.obj --size 40x40x155cm -o out",
        python="""import arviz

made = arviz.convert("assets/products/lamp/lamp.obj", out="out", size="40x40x155cm")
print(made.report["unit"], made.report["size_mm"], made.report["findings"])""",
        picture=page("out/lamp/report.html", width=900, height=820),
    ),
    "batch": Shown(
        title="A whole catalogue",
        says="A spreadsheet of files and sizes: [batch](guide/batch.md) converts every product and shows what came of it. It can be "
        "stopped and resumed.",
        alt="The page of a catalogue of three products",
        command="arviz batch assets/products/catalog.csv -o out/ready",
        python="""from arviz.jobs.batch import batch

if __name__ == "__main__":  # it starts processes
    made = batch("assets/products/catalog.csv", out="out/ready")
    print(made.manifest["counts"])""",
        picture=page("out/ready/report.html", width=900, height=640),
    ),
    "variants": Shown(
        title="Fabrics and colours",
        says="Material variants of a file, listed, drawn, added from other files, exported alone: [variants](guide/variants.md).",
        alt="The sofa in three fabrics",
        command=f"""arviz variants list {SOFA}
arviz render {SOFA} -o out/moss.png --variant Moss""",
        python=f"""import arviz

sofa = arviz.read("{SOFA}")
pictures = [arviz.render(sofa, variant=name, width=320, height=220, background="#ffffff") for name in sofa.variants]""",
        picture=beside("pictures"),
    ),
    "anchors": Shown(
        title="Named points",
        says="Where glasses sit, where a lamp shines from, where one sits: [anchors](guide/anchors.md) guesses them, each with a sigma, "
        "and writes them into the file. Try-on and pages use them.",
        alt="The demo glasses with their anchors",
        command=f"arviz anchors guess {GLASSES} -o out/glasses.glb",
        python=f"""from arviz.flows.anchors import guess_anchors_of

guess_anchors_of("{GLASSES}", out="out/glasses.glb")""",
        picture=anchors("out/glasses.glb", width=900),
    ),
    "flip": Shown(
        title="The other side",
        says="A corner sofa with its chaise, or a fridge with its hinges, on the other side, from one model: [flip](guide/flip.md).",
        alt="The demo fridge, and its mirror image",
        command="arviz flip assets/products/fridge/fridge.glb -o out/other-side.glb",
        python="""import arviz
from arviz.ops.flip import flip

fridge = arviz.read("assets/products/fridge/fridge.glb")
pictures = [arviz.render(one, width=320, height=400, background="#ffffff") for one in (fridge, flip(fridge))]""",
        picture=beside("pictures"),
    ),
    "diff": Shown(
        title="What has changed",
        says="Two files compared: sizes, parts, materials, names, and how they look. Here the sofa against itself with a tenth of its "
        "triangles: first, second, difference times 8 ([diff](guide/diff.md)).",
        alt="Two sofas and their difference in four views",
        command=f"""arviz simplify {SOFA} -o out/small.glb --percent 10
arviz diff {SOFA} out/small.glb -o out/difference.png""",
        python=f"""from pathlib import Path

import arviz
from arviz.flows.diff import diff

small = arviz.simplify(arviz.read("{SOFA}"), triangles=6700)
Path("out/small.glb").write_bytes(arviz.write_glb(small))
told = diff("{SOFA}", "out/small.glb", out="out/difference.png")""",
        picture=files("out/difference.png", height=560),
    ),
}

LIGHTER: Mapping[str, Shown] = {
    "web": Shown(
        title="Small files for pages",
        says="The smallest file whose rendered pictures stay good enough, searched and measured in decibels. Left the master, right the "
        "file for the web, a tenth as large: [convert](guide/convert.md).",
        alt="The sofa's master and its file for the web look alike",
        command="arviz convert assets/products/sofa/sofa.obj --size 218x102x79cm -o out --target web",
        python="""import arviz

made = arviz.convert("assets/products/sofa/sofa.obj", out="out", size="218x102x79cm", targets=["web"])
for output in made.report["outputs"]:
    print(output["target"], output["bytes"], output["quality"])
pictures = [arviz.render(made.files[name], width=400, height=280, background="#ffffff") for name in ("master", "web")]""",
        picture=beside("pictures"),
    ),
    "simplify": Shown(
        title="Fewer triangles",
        says="To a count or an error in millimetres; seams, hard edges, materials and names stay: [simplify](guide/simplify.md).",
        alt="The dining chair with all, a quarter and a twentieth of its triangles",
        command=f"""arviz simplify {CHAIR} -o out/quarter.glb --percent 25
arviz simplify {CHAIR} -o out/twentieth.glb --percent 5""",
        python=f"""import arviz

chair = arviz.read("{CHAIR}")
small = arviz.simplify(chair, error_m=0.0005)""",
        picture=edges(CHAIR, "out/quarter.glb", "out/twentieth.glb", width=300, height=380),
    ),
    "lods": Shown(
        title="Levels of detail",
        says="Simpler files for products that are seen from afar, and a table that says from which distance each is good enough: "
        "[lods](guide/lods.md).",
        alt="The dining chair at four levels of detail, each as small as it may be shown",
        command=f"arviz lods {CHAIR} -o out/levels",
        python=f"""import arviz

for level in arviz.lods(arviz.read("{CHAIR}")):
    print(level)""",
        picture=edges(
            "out/levels/dining-chair.lod0.glb",
            "out/levels/dining-chair.lod1.glb",
            "out/levels/dining-chair.lod2.glb",
            width=300,
            height=380,
            smaller=0.5,
        ),
    ),
    "unwrap": Shown(
        title="Texture coordinates where there are none",
        says="Charts that do not overlap, packed into one picture: for scans, CAD files, baked shadows ([unwrap](guide/unwrap.md)).",
        alt="The dining chair, and its surface laid flat",
        command=f"arviz unwrap {CHAIR} -o out/chair-uv.glb --texcoord 2",
        python=f"""import arviz
from arviz.ops.unwrap import unwrap

made = unwrap(arviz.read("{CHAIR}"), texcoord=2)
with open("out/chair-uv.glb", "wb") as file:
    file.write(arviz.write_glb(made.asset))""",
        picture=atlas("out/chair-uv.glb", texcoord=2, size=360),
    ),
    "bake": Shown(
        title="Painted occlusion and normals",
        says="What a fine product shows, painted on a coarse one, and where light hardly comes: [bake](guide/bake.md).",
        alt="The dining chair, and the picture of its occlusion",
        command=f"""arviz unwrap {CHAIR} -o out/chair-uv.glb --texcoord 2
arviz bake out/chair-uv.glb -o out/chair-shaded.glb --texcoord 2""",
        python=f"""import arviz
from arviz.flows.bake import bake_file
from arviz.ops.unwrap import unwrap

made = unwrap(arviz.read("{CHAIR}"), texcoord=2)
with open("out/chair-uv.glb", "wb") as file:
    file.write(arviz.write_glb(made.asset))
bake_file("out/chair-uv.glb", out="out/chair-shaded.glb", texcoord=2)""",
        picture=occlusion("out/chair-shaded.glb", size=360),
    ),
    "hulls": Shown(
        title="Hulls for physics",
        says="Few convex hulls that hold every triangle; what they enclose in vain is told in litres: [hulls](guide/hulls.md).",
        alt="The dining chair and its eight hulls",
        command=f"arviz hulls {CHAIR} -o out/hulls.glb --count 8",
        python=f"""from arviz.flows.hulls import hulls_file

hulls_file("{CHAIR}", out="out/hulls.glb", count=8)""",
        picture=edges(CHAIR, "out/hulls.glb", width=300, height=380),
    ),
}

PICTURES: Mapping[str, Shown] = {
    "render": Shown(
        title="A picture, its depth, its normals",
        says="The renderer knows metres: depth in millimetres, normals and part numbers of the same view ([render](guide/render.md)). "
        "Four engines, from OpenGL to path tracing: [engines](concepts/engines.md).",
        alt="The demo glasses, their depth and their normals",
        command=f"""arviz render {GLASSES} -o out/glasses.png --orbit "-30deg 72deg" --width 640 --height 480 \\
    --depth out/depth.png --normals out/normals.png""",
        python=f"""import arviz

picture = arviz.render("{GLASSES}", orbit="-30deg 72deg", width=640, height=480)""",
        picture=layers("out/glasses.png", "out/depth.png", "out/normals.png", height=240),
    ),
    "turntable": Shown(
        title="A clip that turns",
        says="WebP, GIF, WebM or MP4; it loops without a jump: [turntable](guide/turntable.md).",
        alt="The demo sofa turns once around",
        command=f"""arviz turntable {SOFA} -o out/turn.webp --width 300 --height 200 --frames 24 --background "#ffffff" --quality 60""",
        python=f"""import arviz

arviz.turntable("{SOFA}", out="out/turn.webp", width=300, height=200, frames=24, background="#ffffff", quality=60)""",
        picture=clip("out/turn.webp"),
    ),
    "thumbnail": Shown(
        title="Pictures for lists and shared links",
        says="The size, format and weight that a device wants, at the best quality that fits: [thumbnail](guide/thumbnail.md).",
        alt="The demo lamp as the picture of a shared link",
        command="""arviz thumbnail assets/products/lamp/lamp.glb --for social -o out/share.jpg --background "#f2f0ec\"""",
        python="""import arviz

arviz.thumbnail("assets/products/lamp/lamp.glb", preset="social", out="out/share.jpg", background="#f2f0ec")""",
        picture=files("out/share.jpg", height=252),
    ),
    "embed": Shown(
        title="A product in a web page",
        says="A folder for any web server: picture, size in words, a model to turn, AR on phones, and nothing from elsewhere "
        "([embed](guide/embed.md)).",
        alt="The page of the demo sofa",
        command=f"""arviz embed {SOFA} --title "Sofa Oslo" -o out/shop --effort fast""",
        python=f"""import arviz

made = arviz.embed("{SOFA}", out="out/shop", title="Sofa Oslo", effort="fast")
print(made.snippet)""",
        picture=served("out/shop/index.html", width=640, height=820, ready="document.querySelector('ar-view')?.shadowRoot"),
    ),
    "view": Shown(
        title="The designer's window",
        says="Turn, measure, cut, compare and check a product, or drag it through the photo of a room: [view](guide/view.md).",
        alt="The window with the demo sofa and its measures",
        command=f"arviz view {SOFA}",
        python=f"""import arviz

print(arviz.inspect("{SOFA}")["size_mm"])  # the same numbers, without a window""",
        picture=window(SOFA, "measure.dimensions=true", width=1100, height=700),
        ends=False,
    ),
}

ROOMS: Mapping[str, Shown] = {
    "room": Shown(
        title="A room, measured",
        says="From a depth frame here; also from a phone's scan, a stereo pair, or photos with a sheet of paper. Each length has its "
        "sigma: [room](guide/room.md). The room is synthetic.",
        alt="A photo of a synthetic room with what was found and two lengths",
        command="""arviz room out/photos/room.png --depth out/photos/room-depth.png --camera out/photos/camera.json \\
    -o out/room.json --draw out/found.png --measure 330,520,820,560 --measure 470,120,670,120""",
        python="""from arviz.flows.room import room

found = room(["out/photos/room.png"], depth=["out/photos/room-depth.png"], camera="out/photos/camera.json")
for plane in found.room.planes:
    print(plane.kind, plane.area_m2, plane.sigma_offset_m)""",
        picture=files("out/found.png", height=500),
    ),
    "place": Shown(
        title="Furniture where it fits",
        says="Sofa, table and rug put where they fit best, lit by the room's own light, hidden by what stands in front: "
        "[place](guide/place.md). The room is synthetic.",
        alt="A synthetic room, empty and furnished",
        command=f"""{EVENING_ROOM}
arviz place assets/products/sofa/sofa.glb assets/products/coffee-table/coffee-table.glb assets/products/rug/rug.glb \\
    --room out/evening.json --frame {EVENING} -o out/furnished.png""",
        python=f"""{EVENING_PYTHON}
products = [f"assets/products/{{name}}/{{name}}.glb" for name in ("sofa", "coffee-table", "rug")]
placed = arviz.place(products, room=evening, frame="{EVENING}", out="out/furnished.png")
for clearance in placed.arrangement.placements[0].clearances:
    print(clearance.side, clearance.to, clearance.length)""",
        picture=files(EVENING, "out/furnished.png", height=300),
    ),
    "plan": Shown(
        title="The floor plan",
        says="Dimensions with their uncertainty, numbers of the walls, what has to stay free, and the ways through the room "
        "([place](guide/place.md)).",
        alt="The floor plan of the furnished room",
        command=f"""{EVENING_ROOM}
arviz place {SOFA} --room out/evening.json --frame {EVENING} --plan out/plan.png""",
        python=f"""{EVENING_PYTHON}
arviz.place("{SOFA}", room=evening, frame="{EVENING}", plan="out/plan.png")""",
        picture=files("out/plan.png", height=800),
    ),
    "figures": Shown(
        title="People and pets for scale",
        says="An adult and a dog beside the product, where the photo shows them ([place](guide/place.md)).",
        alt="The sofa in the synthetic room, an adult and a dog beside it",
        command=f"""{EVENING_ROOM}
arviz place {SOFA} --room out/evening.json --frame {EVENING} --figures adult,dog -o out/scale.png""",
        python=f"""{EVENING_PYTHON}
arviz.place("{SOFA}", room=evening, frame="{EVENING}", figures=["adult", "dog"], out="out/scale.png")""",
        picture=files("out/scale.png", height=400),
    ),
}

FACES: Mapping[str, Shown] = {
    "glasses": Shown(
        title="Glasses, at true size",
        says="The head is measured by its irises, a bank card or the pupillary distance; the report says whether the frame is narrow, good "
        "or wide: [tryon](guide/tryon.md). The head is synthetic, nobody's face.",
        alt="A synthetic head without and with the demo glasses",
        command="""arviz tryon out/photos/portrait.png --camera out/photos/portrait-camera.json \\
    --recipe assets/products/glasses/optical.json -o out/worn.png""",
        python="""import arviz

worn = arviz.try_on(
    "out/photos/portrait.png", "assets/products/glasses/optical.json", camera="out/photos/portrait-camera.json", out="out/worn.png"
)
print(worn.faces[0].glasses[0].fit.verdict)""",
        picture=files("out/photos/portrait.png", "out/worn.png", height=300),
    ),
    "makeup": Shown(
        title="Make-up, in true shade",
        says="Computed in the light that falls on that face; the report says how far off the shade may be: [tryon](guide/tryon.md), "
        "[how true](concepts/makeup.md). Eileen Collins, NASA, public domain; she endorses nothing.",
        alt="The portrait of Eileen Collins without and with lipstick",
        command="""arviz recipe new lipstick --colour "#B0263A" --finish satin --name Ruby -o out/ruby.json
arviz tryon out/photos/astronaut.png --camera out/photos/astronaut-camera.json --recipe out/ruby.json -o out/with.png""",
        python="""import arviz
from arviz.flows.recipe import makeup, new_recipe

ruby = new_recipe([makeup("lipstick", "#B0263A", finish="satin", name="Ruby")], out="out/ruby.json")
tried = arviz.try_on("out/photos/astronaut.png", ruby, camera="out/photos/astronaut-camera.json", out="out/with.png")
print(tried.faces[0].makeup[0].shade)""",
        picture=files("out/photos/astronaut.png", "out/with.png", height=400, part=FACE),
    ),
    "shades": Shown(
        title="A sheet of shades",
        says="The same face in each shade of a list: [tryon](guide/tryon.md#shades).",
        alt="A synthetic head in four lipsticks",
        command="""arviz tryon out/photos/portrait.png --recipe examples/recipes/lipstick-satin.json \\
    --shades examples/shades/lipsticks.json -o out/sheet.png""",
        python="""from arviz.flows.shades import shades

shades("out/photos/portrait.png", "examples/recipes/lipstick-satin.json", "examples/shades/lipsticks.json", out="out/sheet.png")""",
        picture=files("out/sheet.png", height=480),
    ),
    "landmarks": Shown(
        title="Points of faces, bodies and hands",
        says="478 points of each face, 33 of a body, 21 of a hand, and which pixels are people; nothing leaves the machine: "
        "[landmarks](guide/landmarks.md).",
        alt="The portrait of Eileen Collins with the points of her face",
        command="arviz landmarks out/photos/astronaut.png --draw out/points.png",
        python="""from arviz.flows.landmarks import landmarks

found = landmarks("out/photos/astronaut.png", draw="out/points.png")
print(found.seen[0].landmarks[0].points_px.shape)""",
        picture=files("out/points.png", height=400, part=FACE),
    ),
}

CHAPTERS: Mapping[str, Mapping[str, Shown]] = {
    "Products": PRODUCTS,
    "Lighter files": LIGHTER,
    "Pictures and pages": PICTURES,
    "Rooms": ROOMS,
    "Faces": FACES,
}
