#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sums up what ./check ran.  usage: tally.py [--log TITLE=BUILD]... [--tap TITLE=FILE]...

Prints what failed and what was skipped, each with its reason, then one line "N passed, N failed, N skipped". A log that
is missing or empty is a failure: a run that did not happen did not pass. Ends with 1 where anything failed.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import testlog  # noqa: E402


def gather(title, read, source):
    try:
        cases = read(source)
    except (OSError, ValueError, KeyError) as error:
        return [testlog.Case(title, f'no results: {error}', 'failed')]
    return cases or [testlog.Case(title, 'no test ran', 'failed')]


def read_tap_file(path):
    return list(testlog.read_tap('', Path(path).read_text(encoding='utf-8', errors='replace')))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--log', action='append', default=[], metavar='TITLE=BUILD')
    parser.add_argument('--tap', action='append', default=[], metavar='TITLE=FILE')
    options = parser.parse_args()

    counts = {'passed': 0, 'failed': 0, 'skipped': 0}
    told = {'failed': [], 'skipped': []}
    for argument, read in [(a, testlog.read_log) for a in options.log] + [(a, read_tap_file) for a in options.tap]:
        title, _, source = argument.partition('=')
        for case in gather(title, read, source):
            counts[case.outcome] += 1
            if case.outcome in told:
                reason = f': {case.reason}' if case.reason else ''
                told[case.outcome].append(f'  {title}: {case.program + ": " if case.program else ""}{case.path}{reason}')
    for outcome in ('skipped', 'failed'):
        if told[outcome]:
            print(f'{outcome.capitalize()}:')
            print('\n'.join(told[outcome]))
    print(f'{counts["passed"]} passed, {counts["failed"]} failed, {counts["skipped"]} skipped')
    return 1 if counts['failed'] or not counts['passed'] else 0


if __name__ == '__main__':
    sys.exit(main())
