#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a request ends, told by the exit status, in words and in JSON; and requests that wait, ask and are cancelled."""

import socket
import threading

import clikit
from clikit import BUSY, CANCELLED, FAILED, QUESTION, REJECTED, UNKNOWN, WAITING, Demo, Home, openssl, tap


def test_rejected():
    with Home() as home, Demo(home, '--reject', 'Not on a Sunday.') as demo:
        demo.add_to(home)
        told = home.request(status=REJECTED)
        assert told['request']['state'] == 'rejected' and told['error']['code'] == 'rejected', told
        assert 'Not on a Sunday.' in told['request']['authorityText'], told['request']
        assert told['request']['authorityTextAuthentic'] is True and told['request']['certificate'] is None, told
        result = home.ctl('request', '--authority', 'a1', '--subject', 'CN=x', '--wait', status=REJECTED)
        assert 'Not on a Sunday.' in result.out and result.err.startswith('signetctl: '), result.out
        assert home.json('list', 'certificates') == {'certificates': []}


def test_waiting():
    """Held for approval: the time is up; then approved, and asked for."""
    with Home() as home, Demo(home, '--hold', '--check-after', '600') as demo:
        demo.add_to(home)
        told = home.json('request', '--authority', 'a1', '--subject', 'CN=Maria', '--wait', '--timeout', '2', status=WAITING)
        assert told['request']['state'] == 'waiting' and told['request']['nextCheck'], told
        assert told['error'] == {**told['error'], 'code': 'waiting', 'status': WAITING}, told
        # Asked now, it still waits.
        assert home.json('check', 'r1', status=WAITING)['request']['state'] == 'waiting'
        demo.run('approve', demo.run('list').split()[0])
        told = home.json('check', 'r1')
        assert told['request']['state'] == 'done' and told['request']['certificate'], told
        messages = [message['body'] for message in home.json('show', 'r1')['messages']]
        assert messages[:2] == ['ir', 'ip'] and messages.count('pollReq') >= 2, messages


def test_polls_by_itself():
    with Home() as home, Demo(home, '--poll-count', '2', '--check-after', '1') as demo:
        demo.add_to(home)
        told = home.request()
        assert told['request']['state'] == 'done', told


def test_cancelled():
    with Home() as home, Demo(home, '--hold', '--check-after', '600') as demo:
        demo.add_to(home)
        home.json('request', '--authority', 'a1', '--subject', 'CN=Maria', '--wait', '--timeout', '2', status=WAITING)
        assert home.json('cancel', 'r1')['request']['state'] == 'cancelled'
        # An authority is not removed while requests to it are open; this one is not open any more.
        home.fails('answer', 'r1', '--accept', status=BUSY)
        assert home.json('show', 'r1')['request']['state'] == 'cancelled'
        told = home.run('--json', 'check', 'r1')
        assert told.status in (CANCELLED, BUSY), told.out


def test_busy_authority():
    with Home() as home, Demo(home, '--hold', '--check-after', '600') as demo:
        demo.add_to(home)
        home.json('request', '--authority', 'a1', '--subject', 'CN=Maria', '--wait', '--timeout', '2', status=WAITING)
        home.fails('authority', 'remove', 'a1', status=BUSY)
        assert home.json('authority', 'remove', 'a1', '--force') == {'removed': 'a1'}


def test_question():
    """Granted with changes: the person is asked, and the answer is carried out."""
    with Home() as home, Demo(home, '--modify', '--no-implicit-confirm') as demo:
        demo.add_to(home)
        told = home.request(status=QUESTION)
        assert told['request']['state'] == 'asking' and told['request']['question']['kind'] == 'accept-changes', told
        assert told['request']['question']['differences'], told
        assert 'Question' in home.ctl('show', 'r1').out
        done = home.json('answer', 'r1', '--accept', '--wait', '--timeout', '60')
        assert done['request']['state'] == 'done' and done['request']['certificate'], done
        home.fails('answer', 'r1', '--accept', status=BUSY, words='asks nothing')
        home.request(status=QUESTION)
        refused = home.run('--json', 'answer', 'r2', '--refuse', '--wait', '--timeout', '60')
        assert refused.status in (FAILED, CANCELLED, REJECTED), refused.out
        assert 'error' in refused.json, refused.out


def test_accepts_a_root():
    with Home() as home, Demo(home, '--ca-pubs') as demo:
        home.json('authority', 'add', '--name', 'R', '--url', demo.settings['Url'], '--accept-root', '--reference',
                  demo.settings['Reference'], '--secret-file', demo.settings['SecretFile'], '--mac', 'password-based')
        told = home.request(status=QUESTION)
        assert told['request']['question']['kind'] == 'trust-root', told
        assert 'SHA-256' in home.ctl('show', 'r1').out
        assert home.json('answer', 'r1', '--accept', '--wait', '--timeout', '60')['request']['state'] == 'done'
        assert len(home.json('authority', 'show', 'R')['authority']['anchors']) == 1


class Silent:
    """Takes one message at a time, reads it, and closes."""

    def __init__(self):
        self.socket = socket.create_server(('127.0.0.1', 0))
        self.posts = 0
        self.thread = threading.Thread(target=self.serve, daemon=True)

    def serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection:
                data = b''
                while b'\r\n\r\n' not in data:
                    data += connection.recv(4096)
                length = int(data.lower().split(b'content-length: ')[1].split(b'\r\n')[0])
                while len(data.split(b'\r\n\r\n', 1)[1]) < length:
                    data += connection.recv(4096)
                self.posts += 1

    def __enter__(self):
        self.thread.start()
        self.url = f'http://127.0.0.1:{self.socket.getsockname()[1]}/cmp'
        return self

    def __exit__(self, *_):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


def add_fake(home, url):
    openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', home.top / 'key.pem',
            '-subj', '/CN=root', '-days', '30', '-out', home.top / 'root.pem')
    home.json('authority', 'add', '--name', 'Fake', '--url', url, '--anchor', home.top / 'root.pem', '--reference', '1',
              '--secret-file', home.write('code', 'sesame-opens-the-door'))


def test_unknown():
    """The message was read and nothing came back: one POST, and nobody knows."""
    with Home() as home, Silent() as server:
        add_fake(home, server.url)
        told = home.request(status=UNKNOWN)
        assert told['request']['state'] == 'unknown' and told['error']['code'] == 'unknown', told
        assert told['request']['errorCode'] == 'transfer.unknown', told['request']
        assert server.posts == 1, server.posts


def test_not_delivered():
    with Home() as home:
        with Silent() as server:
            url = server.url
        add_fake(home, url)
        told = home.request(status=FAILED)
        assert told['request']['state'] == 'failed' and told['request']['errorCode'] == 'transfer.not-delivered', told
        assert told['request']['retryAt'], told['request']


def test_wrong_code():
    """Nothing that does not verify ends a request that was sent; what came is told, and not believed."""
    with Home() as home, Demo(home) as demo:
        demo.settings['SecretFile'] = str(home.write('wrong', 'not the code at all\n'))
        demo.add_to(home)
        told = home.run('--json', 'request', '--authority', 'a1', '--subject', 'CN=x', '--wait', '--timeout', '30').json
        assert told['request']['state'] in ('unknown', 'failed'), told
        assert told['request']['certificate'] is None and told['request']['errorCode'].startswith('cmp.'), told
        assert told['request']['authorityTextAuthentic'] is False, told


def test_not_waited_for():
    with Home() as home:
        home.ctl('try-demo')
        told = home.json('request', '--authority', 'a1', '--subject', 'CN=Maria')
        assert told['request']['id'] == 'r1' and 'error' not in told, told
        assert home.wait_for_state('r1', 'done') == 'done'


tap.run([
    ('/cli/status/rejected-with-its-words', test_rejected),
    ('/cli/status/waiting-then-approved', test_waiting),
    ('/cli/status/polls-by-itself', test_polls_by_itself),
    ('/cli/status/cancelled', test_cancelled),
    ('/cli/status/authority-in-use', test_busy_authority),
    ('/cli/status/question-about-changes', test_question),
    ('/cli/status/question-about-a-root', test_accepts_a_root),
    ('/cli/status/unknown-after-one-post/R404', test_unknown),
    ('/cli/status/not-delivered', test_not_delivered),
    ('/cli/status/wrong-code', test_wrong_code),
    ('/cli/status/not-waited-for', test_not_waited_for),
])
