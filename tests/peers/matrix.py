#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table peer x operation x protection, as Markdown, from the last test run.  usage: matrix.py BUILD

Only what ran and passed stands in it. What a peer does not speak has a number that is explained below the table; what it speaks
and did not pass stands in bold with what happened.
"""

import json
import re
import sys
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / 'project'))
import peertable  # noqa: E402
import testlog  # noqa: E402

VERSION = re.compile(r'^# peer (\S+): (.*)$', re.MULTILINE)
SHORT = {'pbm': 'PBM', 'pbmac1': 'PBMAC1', 'ecdsa': 'ECDSA', 'rsa': 'RSA', 'ed25519': 'Ed25519', 'ml-dsa-65': 'ML-DSA',
         'dh': 'DH', 'kem-rsa': 'RSA-KEM', 'kem-ml-kem-768': 'ML-KEM'}


def read(build):
    """Cells as {(operation, peer): {protection: outcome}}, and the version of each peer."""
    cells, versions = defaultdict(dict), {}
    with open(Path(build) / 'meson-logs' / 'testlog.json', encoding='utf-8') as lines:
        entries = [json.loads(line) for line in lines if line.strip()]
    for entry in entries:
        versions.update(VERSION.findall(entry.get('stdout') or ''))
        for case in testlog.read_program(entry):
            words = case.path.split('/')
            if case.path.startswith('/peers/') and len(words) >= 5:
                _, _, peer, operations, protection = words[:5]
                for operation in operations.split('+'):
                    known = cells[operation, peer].get(protection)
                    if known in (None, 'passed'):
                        cells[operation, peer][protection] = case.outcome
    return cells, versions


def cell(outcomes, reason, notes):
    shown = [SHORT.get(protection, protection) for protection in sorted(outcomes, key=list(SHORT).index)
             if outcomes[protection] == 'passed']
    shown += [f'**{SHORT.get(protection, protection)}: {outcome}**' for protection, outcome in outcomes.items() if outcome != 'passed']
    if not shown and reason:
        if reason not in notes:
            notes.append(reason)
        shown = [f'[{notes.index(reason) + 1}]']
    return ', '.join(shown) or '–'


def main(build):
    cells, versions = read(build)
    peers = [peer for peer in peertable.SPOKEN if any(known == peer for _, known in cells)]
    operations = list(dict.fromkeys([*(operation for spoken in peertable.SPOKEN.values() for operation in spoken),
                                     *(operation for operation, _ in cells)]))
    notes = []
    print('| | ' + ' | '.join(versions.get(peer, peer) for peer in peers) + ' |')
    print('|---' * (len(peers) + 1) + '|')
    for operation in operations:
        reasons = [peertable.SPOKEN[peer].get(operation) for peer in peers]
        row = [cell(cells.get((operation, peer), {}), reason if isinstance(reason, str) else None, notes)
               for peer, reason in zip(peers, reasons)]
        if any(text != '–' for text in row):
            print(f'| {operation} | ' + ' | '.join(row) + ' |')
    if notes:
        print()
    for number, note in enumerate(notes, 1):
        print(f'[{number}] {note}  ')
    total = sum(outcome == 'passed' for outcomes in cells.values() for outcome in outcomes.values())
    print(f'\n{total} cells ran and passed.')


if __name__ == '__main__':
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
