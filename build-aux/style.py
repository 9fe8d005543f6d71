# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of style that need no compiler: licence lines, first include, length and nesting of functions, length of files."""

import re
import subprocess
from pathlib import Path

SPDX = 'SPDX-License-Identifier: GPL-3.0-or-later'
SOURCES = {'.c', '.h', '.py', '.sh', '.ui', '.xml', '.java', '.supp', '.tsv', '.css', '.in'}
SCRIPTS = {'run', 'check', '.ci/run'}
EXEMPT = re.compile(r'^(tests/corpus/|tests/.*/corpus/|LICENSES/)')

FUNCTION_LINES = 75
NESTING = 5
FILE_LINES = 700

NOISE = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)


def tracked(root):
    listed = subprocess.run(['git', '-C', str(root), 'ls-files', '-z', '--cached', '--others', '--exclude-standard'],
                            stdout=subprocess.PIPE, check=False)
    if listed.returncode == 0:
        return [name for name in listed.stdout.decode().split('\0') if name and (root / name).is_file()]
    names = (str(path.relative_to(root)) for path in root.rglob('*') if path.is_file())
    return [name for name in names if not name.startswith(('_build', '.git/'))]


def without_noise(text):
    """The text with comments and literals blanked, line for line."""
    return NOISE.sub(lambda found: re.sub(r'[^\n]', ' ', found.group()), text)


def functions(text):
    """(line, number of lines, deepest nesting) of each function: its braces stand in the first column."""
    start, depth, deepest = None, 0, 0
    for number, line in enumerate(without_noise(text).split('\n'), 1):
        if start is None:
            if line.startswith('{'):
                start, depth, deepest = number, 0, 0
            else:
                continue
        for character in line:
            if character == '{':
                depth += 1
                deepest = max(deepest, depth)
            elif character == '}':
                depth -= 1
        if depth <= 0:
            yield start, number - start + 1, deepest - 1
            start = None


def check_c(name, text):
    if name.startswith(('src/', 'ui/')) and name.endswith('.c') and (includes := re.findall(r'^#include (.*)$', text, re.MULTILINE)):
        if includes[0] != '"config.h"':
            yield f'{name}: "config.h" is not the first include'
    for line, length, nesting in functions(text):
        if length > FUNCTION_LINES:
            yield f'{name}:{line}: a function of {length} lines, more than {FUNCTION_LINES}'
        if nesting > NESTING:
            yield f'{name}:{line}: a function nested {nesting} deep, more than {NESTING}'
    lines = text.count('\n')
    if lines > FILE_LINES and not name.startswith('tests/'):
        yield f'{name}: {lines} lines, more than {FILE_LINES}: two ideas?'


def check_text(name, text):
    if SPDX not in '\n'.join(text.split('\n', 5)[:5]):
        yield f'{name}: no {SPDX} in the first lines'
    for number, line in enumerate(text.split('\n'), 1):
        if line != line.rstrip():
            yield f'{name}:{number}: spaces at the end of the line'
        if '\t' in line and Path(name).suffix not in ('.tsv',):
            yield f'{name}:{number}: a tab'


def check(root, only=()):
    findings = []
    for name in tracked(root):
        if (Path(name).suffix not in SOURCES and name not in SCRIPTS) or EXEMPT.match(name) or (only and name not in only):
            continue
        text = (root / name).read_text(encoding='utf-8', errors='replace')
        findings += check_text(name, text)
        if Path(name).suffix in ('.c', '.h'):
            findings += check_c(name, text)
    return ''.join(f'{finding}\n' for finding in findings)
