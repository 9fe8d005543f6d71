#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs a program of the window's tests on a display of its own, with a home, a runtime folder and no session bus of the person.
set -eu
top=$(mktemp -d)
trap 'rm -rf "$top"' EXIT
mkdir -p "$top/runtime" "$top/home"
chmod 700 "$top/runtime"
export HOME="$top/home" XDG_RUNTIME_DIR="$top/runtime" XDG_DATA_HOME="$top/home/data" XDG_CONFIG_HOME="$top/home/config" \
  XDG_CACHE_HOME="$top/home/cache" GDK_BACKEND=x11 GSK_RENDERER=cairo GSETTINGS_BACKEND=memory GTK_USE_PORTAL=0 \
  GTK_A11Y=test NO_AT_BRIDGE=1
# Toolkits load modules and let go of them again, and no suppression can name a module that is gone. Leaks are looked for in
# the tests of everything below the window.
[ -z "${ASAN_OPTIONS:-}" ] || export ASAN_OPTIONS="$ASAN_OPTIONS:detect_leaks=0"
unset WAYLAND_DISPLAY SIGNET_HOME || true
if ! command -v xvfb-run >/dev/null; then
  echo "1..0 # SKIP xvfb-run is not installed"
  exit 0
fi
# A session bus that starts nothing: no portal, no keyring, no accessibility bus of the machine.
mkdir "$top/services"
cat > "$top/bus.conf" <<END
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=$top/runtime</listen>
  <servicedir>$top/services</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
END
dbus-run-session --config-file="$top/bus.conf" -- xvfb-run -a -s "-screen 0 1280x900x24" "$@"
