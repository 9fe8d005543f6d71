#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""signet-demo-ca as a program: HTTPS through signetctl as its own words say, key updates by "openssl cmp", what is too large,
a database that fails, and folders that are not there.

usage: test-demo-serve.py SOURCE BUILD
"""

import shlex
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(sys.argv[1]) / 'tests' / 'cli'))
from clikit import DEMO_CA, SIGNETCTL, WAITING, Demo, Home, openssl, tap  # noqa: E402

MEBIBYTE = 1024 * 1024


def cmp(demo, top, command, key, out, proof, *more):
    """openssl cmp, which must work out or not as @more says; what it printed."""
    address = urllib.parse.urlsplit(demo.settings['Url'])
    result = subprocess.run(['openssl', 'cmp', '-cmd', command, '-server', address.netloc, '-path', address.path.lstrip('/'),
                             '-newkey', str(top / key), '-certout', str(top / out), '-trusted', demo.settings['AnchorFile'],
                             '-untrusted', str(demo.state / 'ca.pem'), '-recipient', '/CN=x', *proof, *more],
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                            timeout=60)
    return result.returncode, result.stdout


def first(demo, top):
    openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', top / 'old.key')
    openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', top / 'new.key')
    status, said = cmp(demo, top, 'ir', 'old.key', 'old.pem',
                       ['-ref', 'demo', '-secret', 'file:' + demo.settings['SecretFile'], '-subject', '/CN=Maria Huber',
                        '-sans', 'maria@example.org'])
    assert status == 0, said
    openssl('x509', '-in', top / 'old.pem', '-out', top / 'old-only.pem')
    return ['-cert', str(top / 'old-only.pem'), '-key', str(top / 'old.key')]


def test_key_update():
    with Home() as home, Demo(home) as demo:
        old = first(demo, home.top)
        status, said = cmp(demo, home.top, 'kur', 'new.key', 'new.pem', old)
        assert status == 0 and 'received KUP' in said and 'received PKICONF' in said, said
        text = openssl('x509', '-in', home.top / 'new.pem', '-noout', '-text')
        assert 'Maria Huber' in text and 'maria@example.org' in text, text
        keys = [openssl('x509', '-in', home.top / name, '-noout', '-pubkey') for name in ('old-only.pem', 'new.pem')]
        assert keys[0] != keys[1], 'the key is the old one'
        openssl('verify', '-CAfile', demo.settings['AnchorFile'], '-untrusted', demo.state / 'ca.pem', home.top / 'new.pem')
        assert [line.split()[1] for line in demo.run('list').splitlines()] == ['confirmed', 'confirmed']


def test_key_update_of_another():
    """oldCertID names another certificate than the one that signs, the subject is another's, or a code protects it."""
    with Home() as home, Demo(home) as demo:
        old = first(demo, home.top)
        status, said = cmp(demo, home.top, 'cr', 'new.key', 'other.pem', old, '-subject', '/CN=Somebody Else')
        assert status == 0, said
        status, said = cmp(demo, home.top, 'kur', 'new.key', 'new.pem', old, '-oldcert', str(home.top / 'other.pem'),
                           '-subject', '/CN=Maria Huber')
        assert status != 0 and 'badCertId' in said, said
        status, said = cmp(demo, home.top, 'kur', 'new.key', 'new.pem', old, '-subject', '/CN=Somebody Else')
        assert status != 0 and 'badCertTemplate' in said, said
        status, said = cmp(demo, home.top, 'kur', 'new.key', 'new.pem',
                           ['-ref', 'demo', '-secret', 'file:' + demo.settings['SecretFile']],
                           '-oldcert', str(home.top / 'old-only.pem'))
        assert status != 0 and 'wrongIntegrity' in said, said
        assert not (home.top / 'new.pem').exists()


def test_hold():
    """Approved or refused by hand while the client polls; the client is openssl's."""
    with Home() as home, Demo(home, '--hold', '--check-after', '1') as demo:
        openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', home.top / 'new.key')
        for number, command in enumerate(('approve', 'reject'), 1):
            watch = threading.Thread(target=decide, args=(demo, number, command))
            watch.start()
            status, said = cmp(demo, home.top, 'ir', 'new.key', f'{command}.pem',
                               ['-ref', 'demo', '-secret', 'file:' + demo.settings['SecretFile'], '-subject', '/CN=Maria Huber'])
            watch.join()
            assert (status == 0) == (command == 'approve'), said
            assert command == 'approve' or 'Refused after a look at the request.' in said, said
            assert (home.top / f'{command}.pem').exists() == (command == 'approve')


def decide(demo, number, command):
    while f'{number}\theld' not in demo.run('list'):
        time.sleep(0.05)
    demo.run(command, str(number))


def test_hold_through_the_worker():
    """The same with signetctl: it waits, is asked to look again, and has a certificate or the words of a refusal."""
    with Home() as home, Demo(home, '--hold', '--check-after', '3600') as demo:
        demo.add_to(home)
        for number, (command, end) in enumerate((('approve', 'done'), ('reject', 'rejected')), 1):
            row = home.json('request', '--authority', 'a1', '--subject', 'CN=Maria Huber')['request']['id']
            home.wait_for_state(row, 'waiting')
            home.ctl('check', row, status=WAITING)
            home.wait_for_state(row, 'waiting')
            demo.run(command, str(number))
            home.run('check', row)
            assert home.wait_for_state(row, 'done', 'rejected') == end
        told = home.json('show', row)['request']
        assert 'Refused after a look at the request.' in str(told), told


def test_confirm_wait():
    with Home() as home, Demo(home, '--confirm-wait', '3600') as demo:
        openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', home.top / 'new.key')
        status, said = cmp(demo, home.top, 'ir', 'new.key', 'new.pem',
                           ['-ref', 'demo', '-secret', 'file:' + demo.settings['SecretFile'], '-subject', '/CN=Maria Huber',
                            '-rspout', f'{home.top}/ip.der {home.top}/pkiconf.der'])
        assert status == 0, said
        assert 'confirmWaitTime' in home.ctl('inspect', home.top / 'ip.der').out
        assert 'confirmWaitTime' not in home.ctl('inspect', home.top / 'pkiconf.der').out


def test_https():
    """The line that it prints is typed as it is, and a certificate comes over HTTPS; without its anchor none does."""
    with Home() as home:
        state = home.top / 'https'
        process = subprocess.Popen([str(DEMO_CA), 'serve', '--https', '--implicit-confirm', '--state', str(state)], text=True,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            process.stderr.readline()
            line = process.stderr.readline()
            words = shlex.split(line)
            assert words[:3] == ['signetctl', 'authority', 'add'] and '--tls-anchors' in words, line
            assert words[words.index('--url') + 1].startswith('https://'), line
            at = words.index('--tls-anchors')
            told = home.json(*words[1:], '--keep-code')['authority']
            request = home.request('--authority', told['id'])['request']
            assert request['state'] == 'done', request
            told = home.json(*words[1:at], *words[at + 2:], '--keep-code')['authority']
            failed = home.run('request', '--authority', told['id'], '--subject', 'CN=x', '--wait', '--timeout', '20')
            assert failed.status != 0 and 'not trusted' in failed.err + failed.out, failed.err + failed.out
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
            process.stderr.close()


def talk(demo, head):
    address = urllib.parse.urlsplit(demo.settings['Url'])
    peer = socket.create_connection((address.hostname, address.port), timeout=30)
    peer.sendall(head.format(path=address.path, host=address.netloc).encode())
    return peer


def still_answers(demo):
    try:
        with urllib.request.urlopen(demo.settings['Url'], timeout=30):
            raise AssertionError('GET was answered')
    except urllib.error.HTTPError as answer:
        assert answer.code == 405, answer


def test_too_large_by_its_header():
    """Nothing of the body has to be there for the refusal."""
    with Home() as home, Demo(home) as demo:
        with talk(demo, 'POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/pkixcmp\r\n'
                        f'Content-Length: {1024 * MEBIBYTE}\r\n\r\n') as peer:
            assert b' 413 ' in peer.recv(4096).splitlines()[0]
        still_answers(demo)


def test_too_large_while_reading():
    """A body of no told length is cut off near the bound: the peer cannot send fifty times of it."""
    with Home() as home, Demo(home) as demo:
        with talk(demo, 'POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/pkixcmp\r\n'
                        'Transfer-Encoding: chunked\r\n\r\n') as peer:
            piece = b'10000\r\n' + b'0' * 0x10000 + b'\r\n'
            sent = 0
            try:
                while sent < 50 * MEBIBYTE:
                    peer.sendall(piece)
                    sent += len(piece)
            except OSError:
                pass
            assert sent < 50 * MEBIBYTE, 'everything was taken'
        still_answers(demo)


def test_database_fails():
    """HTTP 500 with words, and the authority lives on."""
    with Home() as home, Demo(home, '--implicit-confirm') as demo:
        with sqlite3.connect(demo.state / 'demo-ca.db') as database:
            database.execute('ALTER TABLE answers RENAME TO gone')
        database.close()
        openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', home.top / 'new.key')
        status, said = cmp(demo, home.top, 'ir', 'new.key', 'new.pem',
                           ['-ref', 'demo', '-secret', 'file:' + demo.settings['SecretFile'], '-subject', '/CN=Maria Huber',
                            '-reqout', str(home.top / 'ir.der')])
        assert status != 0, said
        try:
            with urllib.request.urlopen(urllib.request.Request(
                    demo.settings['Url'], method='POST', headers={'Content-Type': 'application/pkixcmp'},
                    data=(home.top / 'ir.der').read_bytes()), timeout=30):
                raise AssertionError('it was answered')
        except urllib.error.HTTPError as answer:
            words = answer.read().decode()
            assert answer.code == 500 and 'no such table: answers' in words, (answer, words)
        with sqlite3.connect(demo.state / 'demo-ca.db') as database:
            database.execute('ALTER TABLE gone RENAME TO answers')
        database.close()
        first(demo, home.top)


def test_mistyped_state():
    """Only "serve" and "init" make an authority."""
    with tempfile.TemporaryDirectory(prefix='signet-demo-') as top:
        folder = Path(top) / 'mistyped'
        (Path(top) / 'file').write_text('x', encoding='ascii')
        for command in (['list'], ['approve', '1'], ['reject', '1'], ['answer', f'{top}/file', '--output', f'{top}/out'],
                        ['code', 'add', 'x', '--secret-file', f'{top}/file']):
            result = subprocess.run([str(DEMO_CA), *command, '--state', str(folder)], stdout=subprocess.PIPE,
                                    stderr=subprocess.STDOUT, text=True, check=False, timeout=30)
            assert result.returncode == 1 and 'There is no demo authority in' in result.stdout, result.stdout
            assert not folder.exists(), command
        subprocess.run([str(DEMO_CA), 'init', '--state', str(folder)], check=True, timeout=30)
        subprocess.run([str(DEMO_CA), 'list', '--state', str(folder)], check=True, timeout=30, stdout=subprocess.DEVNULL)


assert SIGNETCTL.exists()
tap.run([
    ('/demo/openssl/kur/issued', test_key_update),
    ('/demo/openssl/kur/of-another-certificate', test_key_update_of_another),
    ('/demo/openssl/hold/approved-and-rejected', test_hold),
    ('/demo/signetctl/hold/approved-and-rejected', test_hold_through_the_worker),
    ('/demo/openssl/confirm-wait-time', test_confirm_wait),
    ('/demo/serve/https/as-it-says-itself', test_https),
    ('/demo/serve/too-large/by-its-header', test_too_large_by_its_header),
    ('/demo/serve/too-large/while-it-is-read', test_too_large_while_reading),
    ('/demo/serve/database-fails', test_database_fails),
    ('/demo/serve/mistyped-state', test_mistyped_state),
])
