#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A command that waits comes back when there is nothing to wait for: after an attempt that failed, and without a worker."""

import http.server
import os
import signal
import subprocess
import threading
import time
import urllib.request
from pathlib import Path

from clikit import NO_WORKER, PATIENCE, WAITING, Demo, Home, tap

CERT_CONF = 0xa0 | 24           # RFC 9810 §5.1.2: PKIBody is tagged explicitly


def body_tag(message):
    """The octet behind the header of a PKIMessage in DER."""
    def contents(at):
        first = message[at + 1]
        more = first & 0x7f if first & 0x80 else 0
        return at + 2 + more, int.from_bytes(message[at + 2:at + 2 + more], 'big') if more else first

    header = contents(0)[0]
    start, size = contents(header)
    return message[start + size]


class Front:
    """Stands before the demo authority and hangs up on each confirmation while @deaf is set."""

    def __init__(self, url):
        front = self
        self.deaf = True
        self.confirmations = 0

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):      # pylint: disable=invalid-name # the name is http.server's
                message = self.rfile.read(int(self.headers['Content-Length']))
                if body_tag(message) == CERT_CONF:
                    front.confirmations += 1
                    if front.deaf:
                        self.close_connection = True
                        return
                asked = urllib.request.Request(url, data=message, headers={'Content-Type': 'application/pkixcmp'})
                with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:
                    octets = answer.read()
                self.send_response(200)
                self.send_header('Content-Type', 'application/pkixcmp')
                self.send_header('Content-Length', str(len(octets)))
                self.end_headers()
                self.wfile.write(octets)

            def log_message(self, *_):  # pylint: disable=arguments-differ
                pass

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.url = f'http://127.0.0.1:{self.server.server_address[1]}/.well-known/cmp'
        self.thread = threading.Thread(target=self.server.serve_forever)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def wait_for(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def test_confirmation_lost():
    with Home() as home, Demo(home) as demo, Front(demo.settings['Url']) as front:
        demo.settings['Url'] = front.url
        demo.add_to(home, '--no-implicit-confirm')
        home.ctl('request', '--authority', 'a1', '--subject', 'CN=Maria')
        wait_for(lambda: home.json('show', 'r1')['request']['retryAt'], 'the first confirmation')
        before = front.confirmations
        told = home.json('check', 'r1', status=WAITING)
        assert told['request']['state'] == 'confirm' and told['request']['retryAt'] and told['request']['errorText'], told
        assert front.confirmations > before, front.confirmations
        front.deaf = False
        assert home.json('check', 'r1')['request']['state'] == 'done'


def worker_of(home):
    workers = [process for process in home.processes() if Path(f'/proc/{process}/comm').read_text().strip() == 'signet-worker']
    assert len(workers) == 1, workers
    return workers[0]


def test_no_worker_any_more():
    with Home() as home, Demo(home, '--hold', '--check-after', '600') as demo:
        demo.add_to(home)
        passphrase = home.passphrase_file.read_bytes()
        with subprocess.Popen(home.command('--json', 'request', '--authority', 'a1', '--subject', 'CN=Maria', '--wait'),
                              env=home.env, cwd=home.top, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as waiting:
            wait_for(lambda: [row for row in home.json('list', 'requests')['requests'] if row['state'] == 'waiting'], 'a request')
            # The next worker cannot open the store.
            home.write('passphrase', 'another one')
            os.kill(worker_of(home), signal.SIGKILL)
            try:
                out, err = waiting.communicate(timeout=PATIENCE)
            finally:
                waiting.kill()
        home.write('passphrase', passphrase)
        assert waiting.returncode == NO_WORKER and 'worker has gone' in err and 'no-worker' in out, \
            f'{waiting.returncode}\n{out}{err}'
        assert home.json('show', 'r1')['request']['state'] == 'waiting'


tap.run([
    ('/cli/check/comes-back-after-a-confirmation-that-was-not-answered', test_confirmation_lost),
    ('/cli/check/ends-where-no-worker-can-be-started-any-more', test_no_worker_any_more),
])
