#!/usr/bin/env bash
# Builds the editor's bundle again from npm and compares it byte for byte with src/editor/page/vendor: what a school's
# browser runs is what the packages say.
#
#     .ci/judges/editor.sh [--write]
#
# 1. `npm ci` of .ci/judges/editor/package-lock.json, without running anything of the packages; 2. bundle.mjs puts Sveltia
# CMS into files that need no network; 3. both folders and the schema must be equal. --write puts the result in its place.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$PWD/target/judges/editor
mkdir -p "$work/made"
cp .ci/judges/editor/package.json .ci/judges/editor/package-lock.json "$work/"
# esbuild's own script only looks for its program, which is a package beside it.
(cd "$work" && npm ci --ignore-scripts --no-audit --no-fund --silent)
node .ci/judges/editor/bundle.mjs "$work/node_modules" "$work/made/vendor"
page=src/editor/page
if [ "${1:-}" = --write ]; then
    rm -rf "$page/vendor"
    cp -r "$work/made/vendor" "$page/vendor"
    cp "$work/made/sveltia-cms.schema.json" "$page/"
elif ! diff -rq "$work/made/vendor" "$page/vendor" || ! cmp "$work/made/sveltia-cms.schema.json" "$page/sveltia-cms.schema.json"; then
    echo "editor: $page is not what npm gives; bash .ci/judges/editor.sh --write"
    exit 1
fi
version=$(sed -n 's/^Sveltia CMS \([^ ]*\) .*/\1/p' "$page/vendor/PACKAGES.txt")
echo "editor: Sveltia CMS $version made again, $(du -sb "$page/vendor" | cut -f1) bytes in $(find "$page/vendor" -type f | wc -l) files, all equal"
