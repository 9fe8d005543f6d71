#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which tests show which requirement.  usage: report.py [--quiet] BUILD...

A test bears the numbers of the requirements it shows as the last part of its registered path, as in
/cmp/protection/pbmac1/rejects-wrong-secret/R089,R057. Read are only the results of the last run in each build folder, so
a number counts where a test of that path ran and passed, and nowhere else.

A row is settled where a test shows it, or where not-ours.tsv says why it does not apply to an end entity (a line for each:
number, tab, reason). Only rows of the groups that groups.tsv calls "another" may wait for another issue.

Prints every row of requirements.tsv with those tests, then the rows that are not settled in groups that are built. Ends with 1
where a test or not-ours.tsv names a row that does not exist, where a row is both shown and not ours, where a reason is missing,
and where a row of kept.txt (rows that once had a test) has none.
"""

import argparse
import re
import sys
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / 'project'))
import testlog  # noqa: E402

ANOTHER = ('AG', 'AH', 'AJ')
SHORTEST_REASON = 20
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


def read_not_ours():
    """Number to reason, and what is wrong with the file."""
    reasons, problems = {}, []
    for row in read_table('not-ours.tsv'):
        number, reason = row[0], row[1].strip() if len(row) == 2 else ''
        if len(reason) < SHORTEST_REASON:
            problems.append(f'not-ours.tsv: {number}: no reason is given')
        if number in reasons:
            problems.append(f'not-ours.tsv: {number}: stands there twice')
        reasons[number] = reason
    return reasons, problems


def say_row(row, state, shown, not_ours):
    number, _, level, duty = row
    print(f'  {number} {level}: {duty}')
    for path in sorted(shown[number]):
        print(f'      {path}')
    if number in not_ours:
        print(f'      not an end entity\'s: {not_ours[number]}')
    elif not shown[number]:
        print("      another issue's" if state == 'another' else '      none')


def report(rows, groups, shown, not_ours, quiet):
    by_group = defaultdict(list)
    for row in rows:
        by_group[row[1]].append(row)
    for group, state, title in groups:
        if not quiet:
            print(f'{group}. {title}')
            for row in by_group[group]:
                say_row(row, state, shown, not_ours)
    print('Rows that are not settled, in groups that are built:')
    for group, state, title in groups:
        numbers = [row[0] for row in by_group[group]]
        without = [number for number in numbers if not shown[number] and number not in not_ours]
        if state == 'built':
            print(f'  {group}. {title}: of {len(numbers)}, {sum(1 for number in numbers if shown[number])} shown, '
                  f'{sum(1 for number in numbers if number in not_ours)} not an end entity\'s; '
                  f'without: {" ".join(without) or "none"}')
    waiting = {group for group, state, _ in groups if state == 'another'}
    total = sum(1 for row in rows if shown[row[0]])
    ours = [row for row in rows if not shown[row[0]] and row[0] not in not_ours]
    print(f'{total} of {len(rows)} rows are shown by a test that passed in this run.')
    print(f"{len(not_ours)} do not apply to an end entity, {sum(1 for row in ours if row[1] in waiting)} are another issue's, "
          f'{sum(1 for row in ours if row[1] not in waiting)} are not settled.')


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--quiet', action='store_true', help='only the rows without a test')
    parser.add_argument('--keep', action='store_true', help='write kept.txt anew from this run')
    parser.add_argument('builds', nargs='+')
    options = parser.parse_args()

    rows = list(read_table('requirements.tsv'))
    known = {row[0] for row in rows}
    groups = list(read_table('groups.tsv'))
    shown, not_shown = collect(options.builds)
    not_ours, problems = read_not_ours()
    report(rows, groups, shown, not_ours, options.quiet)

    kept_file = HERE / 'kept.txt'
    if options.keep:
        kept_file.write_text('# SPDX-License-Identifier: GPL-3.0-or-later\n'
                             '# Rows that had a test which passed; report.py --keep writes this anew.\n'
                             + ''.join(f'{number}\n' for number in sorted(known) if shown[number]), encoding='utf-8')
    problems += [f'{path}: no such requirement: {number}'
                for table in (shown, not_shown) for number in sorted(table) if number not in known
                for path in sorted(table[number])]
    problems += [f'not-ours.tsv: no such requirement: {number}' for number in sorted(not_ours) if number not in known]
    problems += [f'{number}: is shown by a test, and not-ours.tsv says that it is not ours'
                 for number in sorted(not_ours) if shown[number]]
    problems += [f"groups.tsv: only {' '.join(ANOTHER)} may be another issue's, not {group}"
                 for group, state, _ in groups if state == 'another' and group not in ANOTHER]
    problems += [f'{row[0]}: had a test that passed, and has none in this run'
                 for row in read_table('kept.txt') if not shown[row[0]]]
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
