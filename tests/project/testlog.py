# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run of meson's tests did, case by case, as read from meson-logs/testlog.json."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

RESULT = re.compile(r'^(not )?ok\b\s*\d*\s*(?:- )?(.*?)(?:\s*#\s*(SKIP|TODO)\b\s*(.*))?$', re.IGNORECASE)


@dataclass(frozen=True)
class Case:
    program: str
    path: str
    outcome: str            # "passed", "failed" or "skipped"
    reason: str = ''


def read_tap(program, output):
    """The cases of one program's TAP. Lines of nested TAP are indented and belong to the case that follows them."""
    for line in output.splitlines():
        found = RESULT.match(line)
        if not found:
            continue
        negated, path, directive, reason = found.groups()
        if directive and directive.upper() == 'SKIP':
            yield Case(program, path.strip(), 'skipped', (reason or '').strip())
        elif negated and not directive:
            yield Case(program, path.strip(), 'failed')
        else:
            yield Case(program, path.strip(), 'passed')


def read_program(entry):
    name = entry['name']
    result = entry['result']
    cases = list(read_tap(name, entry.get('stdout') or ''))
    if not cases:
        outcome = {'OK': 'passed', 'EXPECTEDFAIL': 'passed', 'SKIP': 'skipped'}.get(result, 'failed')
        return [Case(name, name, outcome, result)]
    # A program may print nothing but "ok" and still end badly: at exit, by a signal, by the time limit, short of its plan.
    if result not in ('OK', 'EXPECTEDFAIL', 'SKIP') and not any(case.outcome == 'failed' for case in cases):
        cases.append(Case(name, f'{name}: {result.lower()}, status {entry.get("returncode")}', 'failed'))
    return cases


def read_log(build):
    """All cases of the last run in the folder @build."""
    cases = []
    with open(Path(build) / 'meson-logs' / 'testlog.json', encoding='utf-8') as lines:
        for line in lines:
            if line.strip():
                cases.extend(read_program(json.loads(line)))
    return cases
