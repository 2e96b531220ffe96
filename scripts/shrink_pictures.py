"""Make PNG pictures small: 256 colors, which windows get along with.

``python scripts/shrink_pictures.py FILE.png ...``
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image


def main(paths: list[str]) -> None:
    """Write each file anew, and say how large it is."""
    for path in map(Path, paths):
        with Image.open(path) as picture:
            colors = picture.convert("RGB")
        small = colors.quantize(256, kmeans=1, dither=Image.Dither.NONE)
        small.save(path, optimize=True)
        print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(sys.argv[1:])
