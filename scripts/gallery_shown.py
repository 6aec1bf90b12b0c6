"""One capability of the gallery: how it is done, and what of it is shown."""

from __future__ import annotations

from dataclasses import dataclass

from gallery_pictures import Picture


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One capability.

    Parameters
    ----------
    title, says, alt : str
        Heading; a sentence or two of Markdown, with links relative to ``docs``; what is seen.
    command, python : str
        How it is done in a shell, and in Python.
    picture : callable
        Takes the folder in which the command ran, and the names that the lines left; returns a picture or a file's bytes.
    ends : bool
        False for commands that go on until they are ended, such as a window: they are not run.
    """

    title: str
    says: str
    alt: str
    command: str
    python: str
    picture: Picture
    ends: bool = True
