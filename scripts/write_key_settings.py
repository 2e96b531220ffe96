"""Write the settings of mouse and keys into the manifest, from the table of actions."""

from __future__ import annotations

from pathlib import Path

from napari_nora.viewports.bindings import manifest_lines

MANIFEST = Path(__file__).parents[1] / "napari_nora" / "napari.yaml"
START = "  # mouse and keys, written by scripts/write_key_settings.py"


def main() -> None:
    """Replace what was written before; it stands at the end of the file."""
    text = MANIFEST.read_text("utf-8")
    head = text.partition(START)[0]
    MANIFEST.write_text("\n".join([head + START, *manifest_lines(), ""]), "utf-8")


if __name__ == "__main__":
    main()
