#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what is missing of build-aux/packages.txt.  usage: install-packages.sh run|check
#
# Does nothing, and needs no network, where nothing is missing. Asks first where it is not run by root. On a system that
# is not Debian's it says what is needed and goes on: meson then tells what it does not find.
set -eu

purpose=${1:-check}
list=$(dirname "$0")/packages.txt
case $purpose in
  run) wanted=$(awk '!/^#/ && $2 == "run" { print $1 }' "$list") ;;
  check) wanted=$(awk '!/^#/ && NF { print $1 }' "$list") ;;
  *) echo "usage: $0 run|check" >&2; exit 2 ;;
esac

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  echo "This is not a Debian system, so nothing is installed. Needed are, by Debian's names:"
  echo "$wanted" | fmt -w 100 | sed 's/^/  /'
  exit 0
fi

missing=
for package in $wanted; do
  if ! dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q ' installed$'; then
    missing="$missing $package"
  fi
done
[ -n "$missing" ] || exit 0

echo "Missing packages:$missing"
as_root=
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null && as_root=sudo
  if [ -z "$as_root" ] || [ ! -t 0 ]; then
    echo "Install them as root, then start this again:"
    echo "  apt-get install --no-install-recommends$missing"
    exit 1
  fi
  printf 'Install them now with sudo? [y/N] '
  read -r answer
  case $answer in
    [yY]*) ;;
    *) echo "Nothing was installed."; exit 1 ;;
  esac
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt () {
  if ! $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=900 "$@" </dev/null >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    return 1
  fi
}
apt update || echo "The package lists could not be refreshed; trying with those that are here." >&2
# shellcheck disable=SC2086 # a list of words
apt install --no-install-recommends $missing
echo "Installed."
