#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: fuzz.sh TARGET SECONDS [BUILD]
#
# Builds a fuzz target (cmp-message, cmp-transaction, cmp-protection, cmp-envelope, cmp-genp) with clang's libFuzzer, ASan and
# UBSan, and runs it for so many seconds at the lowest priority. What it finds of use stays below BUILD/found/TARGET, and what breaks it
# below BUILD/crashes/TARGET; the next run goes on from there. Ends with 1 where something broke.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
target=$1
seconds=$2
build=${3:-$root/build-fuzz}

if [ ! -f "$build/build.ninja" ]; then
  CC=${CC:-clang} /usr/bin/meson setup "$build" "$root" -Dfuzzing=true -Db_sanitize=address,undefined -Db_lundef=false \
    -Dc_args=-fsanitize=fuzzer-no-link >&2
fi
nice -n 19 ninja -C "$build" "tests/fuzz/fuzz-$target" >&2

found=$build/found/$target
crashes=$build/crashes/$target
mkdir -p "$found" "$crashes"
case $target in
  cmp-message|cmp-protection) first=$root/tests/data/corpus ;;
  cmp-envelope) first=$root/tests/data/cms/seeds ;;
  *) first=$root/tests/data/fuzz/$target ;;
esac

export G_TEST_SRCDIR="$root/tests" G_TEST_BUILDDIR="$build/tests" LC_ALL=C.UTF-8 LANGUAGE=C TZ=UTC
export ASAN_OPTIONS=detect_stack_use_after_return=1:detect_leaks=1:allocator_may_return_null=1
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
export LSAN_OPTIONS="print_suppressions=0:suppressions=$root/tests/lsan.supp"
export G_DEBUG=gc-friendly,fatal-warnings
# Leaks are looked for once, at the end: to do it after each run that may have one takes ten times as long.
exec nice -n 19 "$build/tests/fuzz/fuzz-$target" -dict="$root/tests/fuzz/cmp.dict" -max_total_time="$seconds" -max_len=65536 \
  -rss_limit_mb=3000 -timeout=20 -detect_leaks=0 -print_final_stats=1 -artifact_prefix="$crashes/" "$found" "$first"
