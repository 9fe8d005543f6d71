# SPDX-License-Identifier: GPL-3.0-or-later
"""What the crash tests share: an authority that remembers what it issued, and a worker that is killed at a chosen system call."""

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / 'cli'))
import stuck  # noqa: E402
from clikit import BUILD, DEMO_CA, DONE, Home, tap  # noqa: E402

KILL_AT = BUILD / 'tests' / 'common' / 'kill-at'
WORKER = BUILD / 'src' / 'worker' / 'signet-worker'
# The same program, under whose SQLite nothing is durable that was not synced.
WORKER_DROP = BUILD / 'tests' / 'worker' / 'signet-worker-drop'
PATIENCE = 90


class DemoAuthority:
    """signet-demo-ca on a free port, which answers "waiting" and wants a confirmation."""

    def __init__(self):
        if not DEMO_CA.exists():
            raise tap.Skip('signet-demo-ca is not built')
        self.top = Path(tempfile.mkdtemp(prefix='signet-crash-ca-'))
        state = self.top / 'state'
        ready, told = os.pipe()
        lifeline, self.lifeline = os.pipe()
        self.process = subprocess.Popen(
            [str(DEMO_CA), 'serve', '--state', str(state), '--port', '0', '--poll-count', '1', '--check-after', '1',
             '--ready-fd', str(told), '--lifeline-fd', str(lifeline)], pass_fds=(told, lifeline), cwd='/',
            stdout=subprocess.DEVNULL)
        os.close(told)
        os.close(lifeline)
        with os.fdopen(ready) as words:
            said = dict(line.strip().split('=', 1) for line in words if '=' in line)
        self.arguments = ['--url', said['Url'], '--reference', said['Reference'], '--secret-file', said['SecretFile'],
                          '--anchor', said['AnchorFile'], '--mac', said['Mac']]
        self.database = next(state.glob('*.db'))

    def issued(self, name):
        """(state, certificate) of everything issued for this common name, as the authority's own database has it."""
        database = sqlite3.connect(f'file:{self.database}?mode=ro', uri=True, timeout=20)
        try:
            rows = database.execute('SELECT state, der FROM certificates JOIN transactions USING (transaction_id)').fetchall()
        finally:
            database.close()
        return [(state, der) for state, der in rows if name.encode() in der]

    def tell(self):
        return 'runs' if self.process.poll() is None else f'ended with status {self.process.returncode}'

    def close(self):
        os.close(self.lifeline)
        self.process.wait(timeout=20)
        shutil.rmtree(self.top, ignore_errors=True)


class Template:
    """A store that knows the authority and holds nothing else: every run begins with a copy."""

    def __init__(self, authority):
        self.authority = authority
        self.prepared = Home()
        self.prepared.ctl('authority', 'add', '--name', 'Crash', '--no-implicit-confirm', '--keep-code',
                          *authority.arguments, status=DONE)
        self.prepared.run('quit')
        self.prepared.wait_for_silence()

    def copy(self):
        home = Home()
        shutil.copytree(self.prepared.home, home.home, ignore=shutil.ignore_patterns('*.sock', '*-shm'))
        home.home.chmod(0o700)
        return home

    def close(self):
        with self.prepared:
            pass


def listens(home):
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(home.home / 'worker.sock'))
        except OSError:
            return False
    return True


class Run:
    """One exchange, in which the worker is killed at its @point-th call; with 0 it lives, and its calls are counted."""

    def __init__(self, template, point, program=WORKER):
        self.template, self.point = template, point
        self.name = f'{program.name} {point} {os.urandom(8).hex()}'
        self.program = program
        self.calls, self.killed_at = 0, None

    def go(self):
        with self.template.copy() as home:
            self.first_life(home)
            self.second_life(home)
            self.judge(home)
        return self

    def request(self, home):
        return home.run('--json', 'request', '--authority', 'a1', '--subject', f'CN={self.name}', '--key', 'ec:P-256')

    def first_life(self, home):
        report = home.top / 'report'
        command = [KILL_AT, report, self.point, self.program, '--home', home.home, '--passphrase-file', home.passphrase_file]
        traced = subprocess.Popen(list(map(str, command)), env=home.env, cwd='/', stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + PATIENCE
        while traced.poll() is None and not listens(home):
            assert time.monotonic() < deadline, 'the worker neither listens nor ends'
            time.sleep(0.01)
        if traced.poll() is None:
            asked = self.request(home)
        if self.point == 0:
            assert asked.status == DONE, asked.out + asked.err
            # Not by asking the worker: that would be counted. What it writes after the last answer takes far less than this.
            while [state for state, _ in self.template.authority.issued(self.name)] != ['confirmed']:
                assert time.monotonic() < deadline, 'the exchange does not end'
                time.sleep(0.05)
            time.sleep(1)
            traced.send_signal(signal.SIGTERM)
        # A point behind the last one is never reached: the worker then ends by itself.
        while traced.poll() is None:
            assert time.monotonic() < deadline, 'the worker neither was killed nor ended'
            time.sleep(0.02)
        words = report.read_text().split()
        self.calls = int(words[1])
        self.killed_at = words[3] if words[2] == 'killed' else None

    def second_life(self, home):
        """Another worker takes over; the person asks again only where nothing of the first request is left."""
        deadline = time.monotonic() + PATIENCE
        if not home.json('list', 'requests')['requests']:
            assert self.request(home).status == DONE
        while (state := home.json('show', 'r1')['request'])['state'] != 'done':
            assert time.monotonic() < deadline, \
                f'point {self.point} ({self.killed_at}): {state}\n{stuck.tell(home.home, home.processes())}'
            assert state['state'] not in ('rejected', 'cancelled'), f'point {self.point} ({self.killed_at}): {state}'
            home.run('check', 'r1')
            time.sleep(0.1)

    def judge(self, home):
        told = f'killed at point {self.point} ({self.killed_at})'
        requests = home.json('list', 'requests')['requests']
        keys = home.json('list', 'keys')['keys']
        certificates = home.json('list', 'certificates')['certificates']
        assert len(requests) == 1 and requests[0]['confirmed'], f'{told}: {requests}'
        assert len(keys) == 1 and keys[0]['id'] == requests[0]['key'], f'{told}: {keys}'
        assert len(certificates) == 1 and certificates[0]['id'] == requests[0]['certificate'], f'{told}: {certificates}'
        assert certificates[0]['state'] == 'good-for-use', f'{told}: {certificates}'
        home.ctl('export', certificates[0]['id'], '--format', 'der', '--output', home.top / 'c.der')
        issued = self.template.authority.issued(self.name)
        assert issued == [('confirmed', (home.top / 'c.der').read_bytes())], f'{told}: {[state for state, _ in issued]}'
