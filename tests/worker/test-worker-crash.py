#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker is killed with signal 9 at each write, sync, send and receive of an exchange with polling and confirmation.

However far it was, the next worker brings it to its end: one key, one certificate, confirmed, and the authority issued one.
Every point is tried where SIGNET_TEST_ALL_KILLS is set; else some of them, evenly spread, beginning elsewhere each time.
"""

import os
import random
import traceback
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from crashkit import WORKER, WORKER_DROP, DemoAuthority, Run, Template, tap

AT_ONCE = 4                     # they mostly wait for the authority's "check after"
POINTS = 48                     # of each kind, unless all are asked for
SHOWN = 3                       # failures, of all that there are


def chosen(count):
    if os.environ.get('SIGNET_TEST_ALL_KILLS'):
        return range(1, count + 1)
    stride = max(1, count // POINTS)
    return range(1 + random.randrange(stride), count + 1, stride)


def attempt(template, point, program):
    """(run, None), or (None, how it failed): one that fails does not hide what became of the others."""
    try:
        return Run(template, point, program).go(), None
    except Exception:  # pylint: disable=broad-except # whatever it is, it is told
        return None, f'point {point}: {traceback.format_exc()}'


def kill_at_every_point(program):
    authority = DemoAuthority()
    template = Template(authority)
    try:
        count = Run(template, 0, program).go().calls
        points = chosen(count)
        print(f'# kill points: {len(points)} of {count}', flush=True)
        assert count > 50, 'so few calls cannot be a whole exchange'
        with ThreadPoolExecutor(AT_ONCE) as pool:
            tried = list(pool.map(lambda point: attempt(template, point, program), points))
        failures = [failure for _, failure in tried if failure]
        assert not failures, f'{len(failures)} of {len(points)} failed; the authority {authority.tell()}\n' \
            + '\n'.join(failures[:SHOWN])
        runs = [run for run, _ in tried]
        calls = Counter(run.killed_at for run in runs)
        print(f'# killed at: {dict(calls)}', flush=True)
        # The last points may lie behind the end of a run that was a little shorter.
        assert calls[None] <= len(runs) // 4, calls
        assert {'pwrite64', 'fdatasync'} & set(calls) and set(calls) & {'sendmsg', 'sendto', 'write'}, calls
    finally:
        template.close()
        authority.close()


def test_killed():
    kill_at_every_point(WORKER)


def test_power_cut():
    kill_at_every_point(WORKER_DROP)


tap.run([
    ('/worker/crash/killed-at-each-call', test_killed),
    ('/worker/crash/power-cut-at-each-call', test_power_cut),
])
