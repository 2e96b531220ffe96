#!/bin/sh
# Let the demo make the pictures of README and docs.
set -eu
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
.venv/bin/nora demo --data "$folder/data" --screenshots "$folder/pictures"
rm "$folder/pictures/filter-error.png" # no page shows it
.venv/bin/python scripts/shrink_pictures.py "$folder"/pictures/*.png
mkdir -p docs/pictures
cp "$folder"/pictures/*.png docs/pictures/
