#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: lint.sh [BUILD [FILE...]]   the lint alone; BUILD is set up and compiled where it is not yet
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=${1:-$root/_build/check}
[ $# -eq 0 ] || shift
[ -f "$build/build.ninja" ] || /usr/bin/meson setup "$build" "$root" >&2
ninja -C "$build" >&2
exec /usr/bin/python3 "$root/build-aux/lint.py" "$build" "$@"
