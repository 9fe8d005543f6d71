#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""signetctl request against openssl cmp: the same authority, over loopback HTTP, turn by turn in one run.

Reported are ratios of medians. Making the key is left out of the comparison on both sides and told by itself; so is what
durable storage costs, as the difference between a store on this disk and one in memory (/dev/shm).
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / 'cli'))
import clikit  # noqa: E402

ROUNDS = 15


def clock(function, *arguments):
    begin = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - begin


def by_openssl(home, demo):
    url = demo.settings['Url']
    secret = Path(demo.settings['SecretFile']).read_text(encoding='utf-8').strip()
    address, path = url.removeprefix('http://').split('/', 1)
    subprocess.run(['/usr/bin/openssl', 'cmp', '-config', '', '-cmd', 'ir', '-server', address, '-path', path, '-ref',
                    demo.settings['Reference'], '-secret', f'pass:{secret}', '-newkey', str(home.top / 'key.pem'), '-subject',
                    '/CN=Maria', '-certout', str(home.top / 'c.pem')], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


def by_signetctl(home, key):
    home.ctl('request', '--authority', 'a1', '--subject', 'CN=Maria', '--key', key, '--wait', '--timeout', '60')


def prepare(home, demo):
    demo.add_to(home)
    by_signetctl(home, 'ec:P-256')
    clikit.openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', home.top / 'key.pem')


def measure():
    times = {name: [] for name in ('openssl', 'signetctl', 'signetctl, new key', 'signetctl, in memory', 'start only')}
    with clikit.Home() as home, clikit.Demo(home) as demo:
        prepare(home, demo)
        tempfile.tempdir = '/dev/shm'
        with clikit.Home() as memory:
            tempfile.tempdir = None
            prepare(memory, demo)
            for _ in range(ROUNDS):
                times['openssl'].append(clock(by_openssl, home, demo))
                times['signetctl'].append(clock(by_signetctl, home, 'k1'))
                times['signetctl, new key'].append(clock(by_signetctl, home, 'ec:P-256'))
                times['signetctl, in memory'].append(clock(by_signetctl, memory, 'k1'))
                times['start only'].append(clock(home.ctl, 'status'))
    return {name: statistics.median(values) * 1000 for name, values in times.items()}


def main():
    result = measure()
    ours, theirs = result['signetctl'], result['openssl']
    print(f'request of a certificate for a key that is there: signetctl {ours:.1f} ms, openssl cmp {theirs:.1f} ms, '
          f'ratio {ours / theirs:.2f}')
    print(f'of ours: start and reading the lists {result["start only"]:.1f} ms, '
          f'durable storage {ours - result["signetctl, in memory"]:.1f} ms')
    print(f'beside it: making a P-256 key and keeping it {result["signetctl, new key"] - ours:.1f} ms')


if __name__ == '__main__':
    main()
