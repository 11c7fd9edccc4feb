#!/bin/sh
# Makes inter.woff2, half as large as what @fontsource-variable/inter has: the weights that the pages use, and of the
# features kerning, figures of equal width and signs that fit what stands beside them.
# Needs `pip install fonttools brotli`; run it from the root after an update of the package.
set -e
font=node_modules/@fontsource-variable/inter/files/inter-latin-wght-normal.woff2
cut=$(mktemp)
fonttools varLib.instancer "$font" wght=400:700 -o "$cut"
pyftsubset "$cut" --unicodes='*' --layout-features=kern,tnum,calt --name-IDs=0,1,2,5,13,14 --drop-tables+=STAT,MVAR \
  --no-hinting --flavor=woff2 --output-file=dashboard/fonts/inter.woff2
rm "$cut"
cp node_modules/@fontsource-variable/inter/LICENSE dashboard/fonts/LICENSE
