# SPDX-License-Identifier: GPL-3.0-or-later
"""The Test Anything Protocol for tests that are Python programs."""

import sys
import traceback


class Skip(Exception):
    """Raised by a test that cannot run here; its text says why."""


def run(tests):
    """Runs (path, function) pairs, prints TAP and ends the process: 0 where all passed or were skipped."""
    failed = False
    print(f'1..{len(tests)}')
    for number, (path, function) in enumerate(tests, 1):
        try:
            function()
            print(f'ok {number} - {path}', flush=True)
        except Skip as reason:
            print(f'ok {number} - {path} # SKIP {reason}', flush=True)
        except Exception:  # pylint: disable=broad-except # whatever a test throws is its failure
            failed = True
            for line in traceback.format_exc().splitlines():
                print(f'# {line}')
            print(f'not ok {number} - {path}', flush=True)
    sys.exit(1 if failed else 0)
