#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scripts at the top of the tree do what they say.  usage: test-project-scripts.py SOURCE BUILD"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import tap

SOURCE, BUILD = Path(sys.argv[1]), Path(sys.argv[2])
INSTALL = SOURCE / 'build-aux' / 'install-packages.sh'
TOOLS = ('sh', 'awk', 'fmt', 'sed', 'grep', 'dirname', 'env', 'mktemp', 'rm', 'tail', 'cat')


def install(top, purpose, missing=(), user=0, debian=True, lists_fail=False):
    """Runs the installer among commands that only note what they were called with: (process, those calls)."""
    folder, calls = Path(top, 'bin'), Path(top, 'calls')
    folder.mkdir()
    for name in TOOLS:
        (folder / name).symlink_to(f'/usr/bin/{name}')

    def fake(name, text):
        (folder / name).write_text(f'#!/bin/sh\n{text}\n', encoding='utf-8')
        (folder / name).chmod(0o755)

    fake('id', f'echo {user}')
    if debian:
        absent = '|'.join(missing) or 'none'
        fake('dpkg-query', f'case $4 in {absent}) exit 1 ;; *) echo "install ok installed" ;; esac')
        fake('apt-get', f'echo "$*" >>{calls}; case "$*" in *update*) exit {int(lists_fail)} ;; esac')
    process = subprocess.run([str(INSTALL), purpose], check=False, env={'PATH': str(folder), 'TMPDIR': top}, text=True,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return process, calls.read_text(encoding='utf-8').splitlines() if calls.exists() else []


def test_nothing_missing():
    for purpose in ('run', 'check'):
        for user in (0, 1000):
            with tempfile.TemporaryDirectory() as top:
                process, calls = install(top, purpose, user=user)
                assert process.returncode == 0 and not process.stdout and not calls, (process.stdout, calls)


def test_installs_only_what_is_missing():
    with tempfile.TemporaryDirectory() as top:
        process, calls = install(top, 'run', missing=['libsoup-3.0-dev', 'cppcheck'], lists_fail=True)
    assert process.returncode == 0, process.stdout
    assert len(calls) == 2 and calls[0].endswith('update'), calls
    assert '-o DPkg::Lock::Timeout=900' in calls[1], calls
    assert calls[1].endswith('install --no-install-recommends libsoup-3.0-dev'), calls
    with tempfile.TemporaryDirectory() as top:
        _, calls = install(top, 'check', missing=['libsoup-3.0-dev', 'cppcheck'])
    assert calls[1].endswith('libsoup-3.0-dev cppcheck'), calls


def test_asks_where_not_root():
    with tempfile.TemporaryDirectory() as top:
        process, calls = install(top, 'run', missing=['meson'], user=1000)
    assert process.returncode == 1 and not calls, calls
    assert 'apt-get install --no-install-recommends meson' in process.stdout, process.stdout


def test_other_systems():
    with tempfile.TemporaryDirectory() as top:
        process, calls = install(top, 'run', debian=False)
    assert process.returncode == 0 and not calls, process.stdout
    assert 'not a Debian system' in process.stdout and 'libgtk-4-dev' in process.stdout, process.stdout


def test_wrong_arguments():
    for script, arguments in (('run', ['x']), ('check', ['x']), ('build-aux/install-packages.sh', ['x'])):
        process = subprocess.run([str(SOURCE / script), *arguments], check=False, text=True, stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        assert process.returncode == 2 and 'usage:' in process.stdout, process.stdout


def run_headless(top, *arguments):
    env = {name: value for name, value in os.environ.items()
           if name not in ('DISPLAY', 'WAYLAND_DISPLAY', 'SIGNET_HOME', 'DBUS_SESSION_BUS_ADDRESS')}
    env.update(SIGNET_RUN_BUILD=str(BUILD), TMPDIR=top, HOME=top)
    return subprocess.run([str(SOURCE / 'run'), *arguments], check=False, text=True, env=env, cwd=top, timeout=200,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def left_over(top):
    """What still runs for the trial after a time in which what was told to end has ended."""
    deadline = time.monotonic() + 20
    while (found := processes(top)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return found


def processes(top):
    found = []
    # Not by glob (), which looks at each once more and fails where it is just gone.
    for name in filter(str.isdigit, os.listdir('/proc')):
        try:
            command = Path('/proc', name, 'cmdline').read_bytes()
            if top.encode() in command:
                found.append(command)
        except OSError:
            pass
    return found


def test_run_without_display():
    with tempfile.TemporaryDirectory() as top:
        process = run_headless(top)
        assert process.returncode == 0, process.stdout
        for wanted in ('There is no display', 'certificate.pem: OK', 'CN=Newcomer'):
            assert wanted in process.stdout, process.stdout
        assert not list(Path(top).glob('signet-run.*')), 'the trial is still there'
        assert not left_over(f'{top}/signet-run'), left_over(top)


def test_run_passes_arguments_on():
    with tempfile.TemporaryDirectory() as top:
        process = run_headless(top, '--', '--key', 'ed25519')
        assert process.returncode == 0 and 'Ed25519' in process.stdout, process.stdout


def test_documented_targets():
    """meson refuses a name that two targets share, an executable and a command for instance."""
    text = ''.join((SOURCE / name).read_text(encoding='utf-8') for name in ('README.md', 'CONTRIBUTING.md'))
    documented = re.findall(r'`meson\s+compile\s+-C\s+\S+\s+([^`\s]+)`', text)
    assert documented, 'no target is named any more'
    listing = subprocess.run(['meson', 'introspect', str(BUILD), '--targets'], check=True, stdout=subprocess.PIPE, text=True,
                             env={**os.environ, 'PATH': f'/usr/bin:{os.environ["PATH"]}'}).stdout
    names = [target['name'] for target in json.loads(listing)]
    for target in documented:
        assert names.count(target) == 1, f'{target}: {names.count(target)} targets have this name'


tap.run([
    ('/project/install/nothing-missing-calls-nothing', test_nothing_missing),
    ('/project/install/only-what-is-missing', test_installs_only_what_is_missing),
    ('/project/install/asks-where-not-root', test_asks_where_not_root),
    ('/project/install/other-systems-go-on', test_other_systems),
    ('/project/scripts/wrong-arguments', test_wrong_arguments),
    ('/project/scripts/documented-targets-have-one-name', test_documented_targets),
    ('/project/run/without-a-display', test_run_without_display),
    ('/project/run/passes-arguments-on', test_run_passes_arguments_on),
])
