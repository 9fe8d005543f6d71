#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lint: clang-tidy, scan-build's analyser, cppcheck and the rules of style a machine can check.

usage: lint.py BUILD [FILE...]

BUILD is a meson build folder; FILE limits the run to these sources. Prints TAP, one case a tool. What was found good is
remembered in BUILD/lint-cache under a hash of everything the verdict depends on, so that only what changed is looked at.
"""

import argparse
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import style

ROOT = Path(__file__).resolve().parent.parent
CLANG = '/usr/bin/clang'
TIDY = '/usr/bin/clang-tidy'
# What scan-build asks of the analyser beside its defaults.
CHECKERS = ['nullability.NullableDereferenced', 'optin.portability.UnixAPI', 'security.insecureAPI.rand']
MOST_LINES = 200
LINTED = ('src/', 'ui/')


def run(command, **options):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors='replace',
                          check=False, **options)


def version_of(program):
    return run([program, '--version']).stdout


class Unit:
    """A source file, how it is compiled, and what it includes of this project."""

    def __init__(self, entry, headers):
        self.directory = entry['directory']
        self.path = Path(self.directory, entry['file']).resolve()
        self.name = str(self.path.relative_to(ROOT))
        self.arguments = self.clang_arguments(shlex.split(entry['command'])[1:])
        self.headers = headers

    @staticmethod
    def clang_arguments(words):
        kept, skip = [], False
        if not words[0].startswith('-'):
            words = words[1:]           # the compiler itself, behind ccache
        for word in words:
            if skip:
                skip = False
            elif word in ('-o', '-MF', '-MQ'):
                skip = True
            elif word not in ('-c', '-MD') and not word.startswith(('-W', '-D_FORTIFY_SOURCE')) and not word.endswith('.c'):
                kept.append(word)       # warnings are the compiler's own affair, in every build
        return kept + ['-Wno-unused-command-line-argument', '-fno-color-diagnostics']

    def key(self, *facts):
        digest = hashlib.sha256()
        for fact in facts:
            digest.update(fact.encode())
        digest.update('\0'.join(self.arguments).encode())
        for path in [self.path, *self.headers]:
            digest.update(b'\0' + str(path).encode() + b'\0' + path.read_bytes())
        return digest.hexdigest()


def read_dependencies(build):
    """Object to the headers of this project and of the build folder that it includes, as ninja knows them."""
    dependencies, target = {}, None
    for line in run(['ninja', '-C', str(build), '-t', 'deps']).stdout.splitlines():
        if line and not line[0].isspace():
            target = line.split(':')[0]
            dependencies[target] = []
        elif target and line.strip():
            path = Path(build, line.strip()).resolve()
            if path.suffix == '.h' and (ROOT in path.parents or build in path.parents) and path.exists():
                dependencies[target].append(path)
    return dependencies


def read_units(build, only):
    dependencies = read_dependencies(build)
    all_headers = sorted(path for folder in LINTED for path in (ROOT / folder).rglob('*.h'))
    units = {}
    for entry in json.loads((build / 'compile_commands.json').read_text(encoding='utf-8')):
        path = Path(entry['directory'], entry['file']).resolve()
        if ROOT not in path.parents or build in path.parents or path.suffix != '.c':
            continue
        unit = Unit(entry, sorted(dependencies.get(entry['output'], all_headers)))
        if unit.name.startswith(LINTED) and (not only or unit.name in only):
            units.setdefault(unit.name, unit)
    return list(units.values())


def tidy(unit):
    result = run([TIDY, '--quiet', f'--config-file={ROOT}/.clang-tidy', '--warnings-as-errors=*', str(unit.path), '--',
                  *unit.arguments], cwd=unit.directory)
    return '' if result.returncode == 0 else result.stdout


def analyse(unit):
    checkers = [word for checker in CHECKERS for word in ('-Xclang', f'-analyzer-checker={checker}')]
    result = run([CLANG, '--analyze', '-Xclang', '-analyzer-output=text', '-Xclang', '-analyzer-opt-analyze-headers',
                  *checkers, *unit.arguments, '-w', '-o', '/dev/null', str(unit.path)], cwd=unit.directory)
    findings = [part for part in re.split(r'(?m)^(?=\S+:\d+:\d+: (?:warning|error): )', result.stdout)[1:]
                if not freed_by_cleanup(part, unit.path.read_text(encoding='utf-8'))]
    return ''.join(findings) or ('' if result.returncode == 0 else result.stdout)


def freed_by_cleanup(finding, source):
    """clang's analyser does not know __attribute__((cleanup)): what g_autoptr and its like free, it calls a leak or a
    value that nobody reads. Real leaks are what the tests under ASan are for."""
    leak = re.search(r"warning: (?:Potential leak of memory pointed to by|.*[Vv]alue stored to) '(\w+)'", finding)
    return leak and re.search(rf'\bg_auto\w*\b[^;\n]*\b{leak.group(1)}\b', source)


def check_units(units, cache, facts, check):
    def one(unit):
        mark = cache / unit.key(*facts)
        if mark.exists():
            return ''
        findings = check(unit)
        if not findings:
            mark.touch()
        return findings

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return ''.join(pool.map(one, units))


def cppcheck(units, build):
    folder = build / 'lint-cache' / 'cppcheck'
    folder.mkdir(parents=True, exist_ok=True)
    result = run(['cppcheck', '--quiet', '--enable=warning,performance,portability', '--inline-suppr', '--std=c11',
                  '--library=gtk', '--library=posix', '--error-exitcode=1', f'-j{os.cpu_count()}',
                  f'--cppcheck-build-dir={folder}', f'--suppressions-list={ROOT}/build-aux/cppcheck.suppressions',
                  f'-I{ROOT}', f'-I{ROOT}/src', f'-I{build}', *(str(unit.path) for unit in units)])
    return '' if result.returncode == 0 else result.stdout


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('build', type=lambda text: Path(text).resolve())
    parser.add_argument('files', nargs='*', type=lambda text: str(Path(text).resolve().relative_to(ROOT)))
    options = parser.parse_args()

    cache = options.build / 'lint-cache'
    cache.mkdir(exist_ok=True)
    units = read_units(options.build, options.files)
    config = (ROOT / '.clang-tidy').read_text(encoding='utf-8')
    tools = {
        'clang-tidy': lambda: check_units(units, cache, ['tidy', version_of(TIDY), config], tidy),
        'scan-build': lambda: check_units(units, cache, ['analyse', version_of(CLANG), *CHECKERS], analyse),
        'cppcheck': lambda: cppcheck(units, options.build),
        'style': lambda: style.check(ROOT, options.files),
    }
    failed = False
    print(f'1..{len(tools)}')
    for number, (name, tool) in enumerate(tools.items(), 1):
        findings = tool() if units or name == 'style' else 'no source to look at\n'
        for line in findings.splitlines()[:MOST_LINES]:
            print(f'# {line}')
        failed |= bool(findings)
        print(f'{"not ok" if findings else "ok"} {number} - /lint/{name}', flush=True)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
