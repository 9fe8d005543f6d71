#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which tests show which requirement.  usage: report.py [--quiet] BUILD...

A test bears the numbers of the requirements it shows as the last part of its registered path, as in
/cmp/protection/pbmac1/rejects-wrong-secret/R089,R057. Read are only the results of the last run in each build folder, so
a number counts where a test of that path ran and passed, and nowhere else.

Prints every row of requirements.tsv with those tests, then the rows without one in groups that are built. Ends with 1
where a test names a row that does not exist, or where a row of kept.txt (rows that once had a test) has none.
"""

import argparse
import re
import sys
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / 'project'))
import testlog  # noqa: E402

NUMBERS = re.compile(r'/(R\d+(?:,R\d+)*)$')


def read_table(name):
    for line in (HERE / name).read_text(encoding='utf-8').splitlines():
        if line and not line.startswith('#'):
            yield line.split('\t')


def numbers_of(path):
    found = NUMBERS.search(path)
    return found.group(1).split(',') if found else []


def collect(builds):
    """Number to paths of passed tests, and the same for tests that did not pass."""
    shown, not_shown = defaultdict(set), defaultdict(set)
    for build in builds:
        for case in testlog.read_log(build):
            for number in numbers_of(case.path):
                (shown if case.outcome == 'passed' else not_shown)[number].add(case.path)
    return shown, not_shown


def report(rows, groups, shown, quiet):
    by_group = defaultdict(list)
    for row in rows:
        by_group[row[1]].append(row)
    for group, _, title in groups:
        if not quiet:
            print(f'{group}. {title}')
        for number, _, level, duty in by_group[group]:
            if quiet:
                continue
            print(f'  {number} {level}: {duty}')
            for path in sorted(shown[number]) or ['none']:
                print(f'      {path}')
    print('Rows without a test, in groups that are built:')
    for group, state, title in groups:
        without = [row[0] for row in by_group[group] if not shown[row[0]]]
        if state == 'built':
            print(f'  {group}. {title}: {len(by_group[group]) - len(without)} of {len(by_group[group])} shown; '
                  f'without: {" ".join(without) or "none"}')
    total = sum(1 for row in rows if shown[row[0]])
    print(f'{total} of {len(rows)} rows are shown by a test that passed in this run.')


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--quiet', action='store_true', help='only the rows without a test')
    parser.add_argument('--keep', action='store_true', help='write kept.txt anew from this run')
    parser.add_argument('builds', nargs='+')
    options = parser.parse_args()

    rows = list(read_table('requirements.tsv'))
    known = {row[0] for row in rows}
    shown, not_shown = collect(options.builds)
    report(rows, list(read_table('groups.tsv')), shown, options.quiet)

    kept_file = HERE / 'kept.txt'
    if options.keep:
        kept_file.write_text('# SPDX-License-Identifier: GPL-3.0-or-later\n'
                             '# Rows that had a test which passed; report.py --keep writes this anew.\n'
                             + ''.join(f'{number}\n' for number in sorted(known) if shown[number]), encoding='utf-8')
    problems = [f'{path}: no such requirement: {number}'
                for table in (shown, not_shown) for number in sorted(table) if number not in known
                for path in sorted(table[number])]
    problems += [f'{row[0]}: had a test that passed, and has none in this run'
                 for row in read_table('kept.txt') if not shown[row[0]]]
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
