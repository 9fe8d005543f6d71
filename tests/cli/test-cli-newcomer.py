#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""From an empty folder to a certificate and onward, by signetctl, the worker and the demo authority."""

import os
import signal
import stat

import clikit
from clikit import BUSY, DONE, FAILED, USAGE, WAITING, Home, openssl, tap


def mode_of(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def verify(home, name):
    home.ctl('export', 'a1', '--output', home.top / 'anchor.pem', '--force')
    return openssl('verify', '-CAfile', home.top / 'anchor.pem', '-untrusted', home.top / name, home.top / name)


def test_from_nothing():
    with Home() as home:
        authority = home.json('try-demo')['authority']
        assert authority['id'] == 'a1' and authority['kind'] == 'demo' and authority['anchors'], authority
        assert authority['url'].startswith('http://127.0.0.1:'), authority['url']
        request = home.request('--name', 'First', '--purpose', 'mail')['request']
        assert request['id'] == 'r1' and request['state'] == 'done', request
        assert request['key'] == 'k1' and request['authority'] == 'a1', request
        assert request['errorCode'] is None and request['created'] and request['received'], request

        issued = request['certificate']
        certificate = home.json('show', issued)['certificate']
        assert certificate['altNames'] == ['email:maria@example.org'] and certificate['key'] == 'k1', certificate
        assert certificate['role'] == 'own' and 'CN=Maria Huber' in certificate['subject'], certificate
        key = home.json('show', 'key', '1')['key']
        assert key['keySpec'] == 'ec:P-256' and key['origin'] == 'made' and key['certificates'] == 1, key
        shown = home.json('show', 'r1')
        assert shown['messages'][0]['direction'] == 'sent' and shown['messages'][0]['body'] == 'ir', shown['messages']
        assert shown['messages'][1]['direction'] == 'received' and shown['messages'][1]['body'] == 'ip', shown['messages']

        home.ctl('export', issued, '--output', home.top / 'c.pem')
        assert ': OK' in verify(home, 'c.pem')
        text = openssl('x509', '-in', home.top / 'c.pem', '-noout', '-subject', '-ext', 'subjectAltName')
        assert 'CN=Maria Huber' in text.replace(' = ', '=') and 'email:maria@example.org' in text, text


def test_second_call_finds_the_first_demo():
    with Home() as home:
        first = home.json('try-demo')['authority']
        second = home.json('try-demo')['authority']
        assert first == second and len(home.json('list', 'authorities')['authorities']) == 1


def test_lists_in_words():
    with Home() as home:
        home.ctl('try-demo')
        issued = home.request('--name', 'Mail of Maria')['request']['certificate']
        for kind, words in {'authorities': '127.0.0.1', 'requests': 'Mail of Maria', 'certificates': 'CN=Maria Huber',
                            'keys': 'P-256'}.items():
            out = home.ctl('list', kind).out
            assert words in out and len(out.splitlines()) == 2, out
            assert len(home.json('list', kind)[kind]) == 1
        out = home.ctl('show', 'r1').out
        assert 'Mail of Maria' in out and 'maria@example.org' in out and 'Messages' in out, out
        for row in (issued, 'k1', 'a1'):
            assert row in home.ctl('show', row).out
        assert 'Address' in home.ctl('authority', 'show', '1').out
        assert '127.0.0.1' in home.ctl('authority', 'list').out


def test_every_kind_of_key():
    with Home() as home:
        home.ctl('try-demo')
        for spec in ('rsa:2048', 'rsa:3072', 'ec:P-256', 'ec:P-384', 'ec:P-521', 'ed25519', 'ed448'):
            request = home.request('--key', spec)['request']
            assert request['state'] == 'done' and request['keySpec'] == spec, request
            home.ctl('export', request['certificate'], '--output', home.top / 'c.pem', '--force')
            assert ': OK' in verify(home, 'c.pem')
        assert len(home.json('list', 'certificates')['certificates']) == 7
        home.fails('request', '--authority', 'a1', '--subject', 'CN=x', '--key', 'rsa:512', status=USAGE)
        home.fails('request', '--authority', 'a1', '--subject', 'CN=x', '--key', 'sheep', status=USAGE)


def test_template():
    with Home() as home:
        home.ctl('try-demo')
        template = home.json('authority', 'template', 'a1')['template']
        assert template['keys'] == 'P-256, RSA 3072' and template['key-specs'] == ['ec:P-256', 'rsa:3072'], template
        words = home.ctl('authority', 'template', 'a1').out
        assert 'Name, O: Signet Demo' in words and 'Name, CN: to be filled in' in words, words
        request = home.request('--template')['request']
        certificate = home.json('show', request['certificate'])['certificate']
        assert certificate['subject'] == 'CN=Maria Huber,O=Signet Demo', certificate
        request = home.request('--template', '--insist', '--key', 'ed25519')['request']
        certificate = home.json('show', request['certificate'])['certificate']
        assert certificate['subject'] == 'CN=Maria Huber,O=Signet Demo' and request['keySpec'] == 'ed25519', certificate
        home.fails('request', '--authority', 'a1', '--subject', 'CN=x', '--template', '--key', 'ed25519', status=USAGE,
                   words='P-256, RSA 3072')


def test_export():
    with Home() as home:
        home.ctl('try-demo')
        issued = home.request()['request']['certificate']
        password = home.write('password', 'pass word\n')
        told = home.json('export', issued, '--format', 'der', '--output', 'c.der')
        assert told == {'file': 'c.der', 'format': 'der', 'size': os.stat(home.top / 'c.der').st_size}, told
        openssl('x509', '-inform', 'DER', '-in', home.top / 'c.der', '-noout')
        home.ctl('export', issued, '--format', 'pkcs12', '--output', 'c.p12', '--password-file', password)
        assert mode_of(home.top / 'c.p12') == 0o600 and mode_of(home.top / 'c.der') & 0o022 == 0
        text = openssl('pkcs12', '-in', home.top / 'c.p12', '-passin', 'pass:pass word', '-nodes')
        assert 'PRIVATE KEY' in text and text.count('BEGIN CERTIFICATE') >= 2, text
        pem = home.ctl('export', issued, '--output', '-').out
        assert pem.startswith('-----BEGIN CERTIFICATE-----') and pem.count('BEGIN') >= 1, pem
        der = home.ctl('export', 'a1', '--format', 'pem', '--output', '-').out
        assert der.count('BEGIN CERTIFICATE') == 1, der


def test_files_are_not_overwritten():
    with Home() as home:
        home.ctl('try-demo')
        issued = home.request()['request']['certificate']
        there = home.write('there', 'precious')
        home.fails('export', issued, '--output', there, status=FAILED, words='--force')
        assert there.read_text(encoding='utf-8') == 'precious'
        home.ctl('export', issued, '--output', there, '--force')
        assert 'BEGIN CERTIFICATE' in there.read_text(encoding='utf-8')
        home.fails('export', issued, '--output', '/nonexistent/file', status=FAILED, words='/nonexistent/file')
        assert not [path for path in home.top.iterdir() if path.name.startswith('there.')], 'a temporary file is left'


def test_password_by_descriptor():
    with Home() as home:
        home.ctl('try-demo')
        issued = home.request()['request']['certificate']
        read, write = os.pipe()
        os.write(write, b'by descriptor\n')
        os.close(write)
        home.ctl('export', issued, '--format', 'pkcs12', '--output', 'c.p12', '--password-fd', read, pass_fds=(read,))
        os.close(read)
        openssl('pkcs12', '-in', home.top / 'c.p12', '-passin', 'pass:by descriptor', '-nokeys')
        # No terminal to ask on, and no other source named.
        home.fails('export', issued, '--format', 'pkcs12', '--output', 'd.p12', status=USAGE, words='terminal')


def test_signed_by_the_first():
    """The second request is proved by the first one's certificate."""
    with Home() as home:
        home.ctl('try-demo')
        issued = home.request()['request']['certificate']
        request = home.request('--sign-with', issued, '--key', 'rsa:2048')['request']
        assert request['state'] == 'done' and request['certificate'] not in (None, issued), request
        assert request['operation'] == 'cr', request
        text = home.json('show', request['id'])
        assert text['messages'][0]['body'] == 'cr', text


def test_same_key_again():
    with Home() as home:
        home.ctl('try-demo')
        issued = home.request()['request']['certificate']
        request = home.request('--key', 'k1', '--sign-with', issued)['request']
        assert request['key'] == 'k1' and request['state'] == 'done', request
        assert home.json('show', 'k1')['key']['certificates'] == 2


def test_worker_killed_between():
    with Home() as home:
        home.ctl('try-demo')
        issued = home.request()['request']['certificate']
        for process in home.processes():
            os.kill(process, signal.SIGKILL)
        home.wait_for_silence()
        assert home.json('list', 'certificates')['certificates'][0]['id'] == issued
        assert home.request()['request']['state'] == 'done'


def test_removing_the_demo():
    with Home() as home:
        home.ctl('try-demo')
        issued = home.request()['request']['certificate']
        before = len(home.processes())
        assert home.json('authority', 'remove', 'a1') == {'removed': 'a1'}
        assert home.json('list', 'authorities') == {'authorities': []}
        home.ctl('quit')
        home.wait_for_silence()
        assert before >= 1
        assert home.json('show', issued)['certificate']['id'] == issued, 'what was issued stays'


def test_inspect():
    with Home() as home:
        home.ctl('try-demo')
        request = home.json('request', '--authority', 'a1', '--subject', 'CN=Maria', '--offline')['request']
        assert request['state'] == 'outbox' and request['pendingBody'] == 'ir', request
        home.ctl('message', 'export', 'r1', '--output', 'm.pki')
        told = home.json('inspect', 'm.pki')
        assert told['message']['children'] and 'ir' in told['text'], told['text'][:300]
        assert home.ctl('inspect', home.top / 'm.pki').out.strip() == told['text'].strip()
        home.fails('inspect', home.write('junk', b'junk'), status=USAGE)
        home.fails('answer', 'r1', '--accept', status=BUSY, words='asks nothing')


def test_timeout_is_told():
    """What waits to be carried by hand is status 4, at once."""
    with Home() as home:
        home.ctl('try-demo')
        told = home.json('request', '--authority', 'a1', '--subject', 'CN=Maria', '--offline', '--wait', status=WAITING)
        assert told['request']['state'] == 'outbox' and told['error']['code'] == 'waiting', told
        assert home.ctl('cancel', 'r1', status=DONE)
        assert home.json('show', 'r1')['request']['state'] == 'cancelled'


tap.run([
    ('/cli/newcomer/from-nothing-to-certificate', test_from_nothing),
    ('/cli/newcomer/second-call-finds-the-first-demo', test_second_call_finds_the_first_demo),
    ('/cli/newcomer/lists-in-words', test_lists_in_words),
    ('/cli/newcomer/every-kind-of-key', test_every_kind_of_key),
    ('/cli/newcomer/request-by-template/R288,R298', test_template),
    ('/cli/newcomer/signed-by-the-first', test_signed_by_the_first),
    ('/cli/newcomer/same-key-again', test_same_key_again),
    ('/cli/newcomer/worker-killed-between', test_worker_killed_between),
    ('/cli/newcomer/removing-the-demo', test_removing_the_demo),
    ('/cli/export/formats', test_export),
    ('/cli/export/never-overwrites-unasked', test_files_are_not_overwritten),
    ('/cli/export/password-by-descriptor', test_password_by_descriptor),
    ('/cli/inspect/words-and-tree', test_inspect),
    ('/cli/status/waiting-by-hand', test_timeout_is_told),
])
