"""A simpler level of a product whose file is found: its pictures follow those that the gate has approved."""

from __future__ import annotations

from collections.abc import Sequence

from arviz.core.asset import Asset
from arviz.core.image import measure
from arviz.core.limits import Limits
from arviz.core.material import EncodedImage
from arviz.flows.optimise.pictures import sources
from arviz.flows.optimise.settings import Optimised, Settings
from arviz.flows.optimise.unsearched import USUAL_QUALITY, lean_asset
from arviz.formats.gltf.encoded import as_encoded
from arviz.formats.gltf.encoding import Encoding
from arviz.formats.gltf.write import write_glb
from arviz.formats.pictures.encoding import MEDIA_TYPES, PictureEncoding
from arviz.formats.pictures.replace import put_pictures

_FORMAT_OF = {media_type: name for name, media_type in MEDIA_TYPES.items()}


def level(asset: Asset, pictures: Sequence[EncodedImage], *, share: float, settings: Settings, limits: Limits) -> Optimised:
    """Return the GLB of a level that is shown at a share of the size: each of its pictures has that share of the side.

    Parameters
    ----------
    asset : Asset
        The level, with the pictures of the master.
    pictures : sequence of EncodedImage
        Of the product's file for the same target, as the search left them: formats and sizes are theirs.
    """
    lean = lean_asset(asset, settings, limits)
    images = list(pictures)
    for source in sources(lean, settings.formats, 0) if settings.formats else ():
        found = pictures[source.index]
        if found.data is None or found.mime_type not in _FORMAT_OF:
            continue
        longest_px = max(round(max(measure(found.data)) * share), settings.least_px, 1)
        wanted = PictureEncoding(format=_FORMAT_OF[found.mime_type], quality=USUAL_QUALITY[source.kind], longest_px=longest_px)
        made = source.written(wanted, limits)
        images[source.index] = min(made, found, key=lambda image: len(image.data or b""))
    shown, encoding = put_pictures(lean, images), Encoding(geometry=settings.geometry)
    return Optimised(write_glb(shown, encoding=encoding), as_encoded(shown, encoding), None)
