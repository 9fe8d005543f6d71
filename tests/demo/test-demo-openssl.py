#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo authority as others meet it: Debian's own client, "openssl cmp", over real HTTP.

usage: test-demo-openssl.py SOURCE BUILD
"""

import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(sys.argv[1]) / 'tests' / 'project'))
import tap  # noqa: E402

DEMO_CA = Path(sys.argv[2]) / 'src' / 'demo' / 'signet-demo-ca'


class Authority:
    """signet-demo-ca on a folder of its own; may be ended and started again."""

    def __init__(self, *options):
        self.top = tempfile.TemporaryDirectory(prefix='signet-demo-')
        self.folder = Path(self.top.name)
        self.state = self.folder / 'state'
        self.options = options

    def __enter__(self):
        self.start()
        self.openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', 'new.key')
        return self

    def __exit__(self, *unused):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.top.cleanup()

    def start(self):
        self.process = subprocess.Popen([str(DEMO_CA), 'serve', '--state', str(self.state), *self.options], text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.told = {}
        while 'Mac' not in self.told:
            line = self.process.stdout.readline()
            assert line, 'the demo authority did not start'
            name, separator, value = line.strip().partition('=')
            if separator:
                self.told[name] = value

    def restart(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.start()

    def openssl(self, *arguments, status=0):
        result = subprocess.run(['openssl', *arguments], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True, check=False, timeout=60)
        assert (result.returncode == 0) == (status == 0), result.stdout
        return result.stdout

    def enrol(self, command, *more, status=0, proof=None):
        server, path = self.told['Url'].split('/.well-known')
        proof = proof or ['-ref', self.told['Reference'], '-secret', 'file:' + self.told['SecretFile']]
        return self.openssl('cmp', '-cmd', command, '-server', server, '-path', '.well-known' + path, *proof, '-newkey', 'new.key',
                            '-subject', '/CN=Maria Huber', '-certout', 'new.pem', '-trusted', self.told['AnchorFile'],
                            '-recipient', '/CN=x', *more, status=status)

    def ctl(self, *arguments, status=0):
        result = subprocess.run([str(DEMO_CA), *arguments, '--state', str(self.state)], stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True, check=False)
        assert result.returncode == status, result.stdout
        return result.stdout

    def verify(self):
        self.openssl('verify', '-CAfile', self.told['AnchorFile'], '-untrusted', str(self.state / 'ca.pem'), 'new.pem')


def test_explicit():
    with Authority() as authority:
        said = authority.enrol('ir', '-implicit_confirm', '-sans', 'maria@example.org')
        assert 'sending CERTCONF' in said and 'received PKICONF' in said, said
        authority.verify()
        assert 'maria@example.org' in authority.openssl('x509', '-in', 'new.pem', '-noout', '-text')
        assert authority.ctl('list').split()[1] == 'confirmed'


def test_implicit():
    with Authority('--implicit-confirm') as authority:
        said = authority.enrol('ir', '-implicit_confirm')
        assert 'CERTCONF' not in said, said
        authority.verify()
        assert authority.ctl('list').split()[1] == 'issued'


def test_signature():
    with Authority() as authority:
        authority.enrol('ir')
        authority.openssl('x509', '-in', 'new.pem', '-out', 'mine.pem')
        authority.enrol('cr', '-untrusted', str(authority.state / 'ca.pem'), proof=['-cert', 'mine.pem', '-key', 'new.key'])
        authority.verify()


def test_polling():
    with Authority('--poll-count', '2', '--check-after', '1') as authority:
        said = authority.enrol('ir')
        assert said.count('sending POLLREQ') >= 2, said
        authority.verify()


def test_hold():
    with Authority('--hold', '--check-after', '1') as authority:
        said = authority.enrol('ir', '-total_timeout', '2', status=1)
        assert 'POLLREQ' in said, said
        number, state, _ = authority.ctl('list').split()
        assert state == 'held', state
        authority.ctl('approve', number)
        assert authority.ctl('approve', '99', status=1)


def test_rejection():
    with Authority('--reject', 'Not on the list.') as authority:
        said = authority.enrol('ir', status=1)
        assert 'Not on the list.' in said and 'notAuthorized' in said, said


def test_changes():
    with Authority('--modify') as authority:
        said = authority.enrol('ir')
        assert 'grantedWithMods' in said, said
        assert 'Signet Demo Customers' in authority.openssl('x509', '-in', 'new.pem', '-noout', '-subject')


def test_wrong_secret():
    with Authority() as authority:
        (authority.folder / 'wrong').write_text('wrong\n', encoding='ascii')
        authority.enrol('ir', status=1, proof=['-ref', 'demo', '-secret', 'file:wrong'])
        assert 'confirmed' not in authority.ctl('list') and 'issued' not in authority.ctl('list')


def test_two_codes():
    with Authority() as authority:
        (authority.folder / 'second').write_text('a second secret\n', encoding='ascii')
        authority.ctl('code', 'add', '4711', '--secret-file', str(authority.folder / 'second'))
        authority.enrol('ir', proof=['-ref', '4711', '-secret', 'file:second'])
        authority.enrol('ir')


def test_keeps_its_state():
    with Authority() as authority:
        address = authority.told['Url']
        authority.enrol('ir')
        authority.restart()
        assert authority.told['Url'] == address, 'another port though the last one was free'
        authority.enrol('ir')
        authority.verify()
        assert len(authority.ctl('list').splitlines()) == 2


def test_listens_on_loopback_only():
    with tempfile.TemporaryDirectory() as top:
        result = subprocess.run([str(DEMO_CA), 'serve', '--state', top, '--listen', '0.0.0.0'], stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True, check=False, timeout=30)
        assert result.returncode == 2 and '--i-know-this-is-for-trying-only' in result.stdout, result.stdout


def test_listens_on_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(('::1', 0))
    except OSError as reason:
        raise tap.Skip(f'no IPv6 here: {reason}') from reason
    with Authority('--listen', '::1') as authority:
        assert authority.told['Url'].startswith('http://[::1]:'), authority.told
        try:
            with urllib.request.urlopen(authority.told['Url']):
                raise AssertionError('GET was answered')
        except urllib.error.HTTPError as answer:
            assert answer.code == 405, answer


def test_same_octets_again():
    with Authority() as authority:
        authority.enrol('ir', '-reqout', 'ir.der certconf.der', '-rspout', 'ip.der pkiconf.der')
        for asked, told in (('ir.der', 'ip.der'), ('certconf.der', 'pkiconf.der'), ('ir.der', 'ip.der')):
            request = urllib.request.Request(authority.told['Url'], data=(authority.folder / asked).read_bytes(), method='POST',
                                             headers={'Content-Type': 'application/pkixcmp'})
            with urllib.request.urlopen(request) as answer:
                assert answer.read() == (authority.folder / told).read_bytes(), f'{asked} was answered otherwise'
        assert len(authority.ctl('list').splitlines()) == 1


def test_general_messages():
    """openssl cmp asks; what the authority does not know is told, and it goes on."""
    with Authority() as authority:
        server, path = authority.told['Url'].split('/.well-known')
        for kind in ('caCerts', 'signKeyPairTypes', 'currentCRL'):
            said = authority.openssl('cmp', '-cmd', 'genm', '-infotype', kind, '-server', server, '-path', '.well-known' + path,
                                     '-ref', authority.told['Reference'], '-secret', 'file:' + authority.told['SecretFile'],
                                     '-recipient', '/CN=x', '-cacertsout', 'known.pem')
            # Newer versions write what they got into that file, and do not name it.
            if kind == 'caCerts':
                assert 'id-it-caCerts' in said or 'BEGIN CERTIFICATE' in (authority.folder / 'known.pem').read_text(), said
            else:
                assert 'id-it-unsupportedOIDs' in said, said
        authority.enrol('ir')


tap.run([
    ('/demo/openssl/general-messages', test_general_messages),
    ('/demo/openssl/ir/explicit', test_explicit),
    ('/demo/openssl/ir/implicit', test_implicit),
    ('/demo/openssl/cr/signature', test_signature),
    ('/demo/openssl/polling', test_polling),
    ('/demo/openssl/hold-and-approve', test_hold),
    ('/demo/openssl/rejection', test_rejection),
    ('/demo/openssl/changes', test_changes),
    ('/demo/openssl/wrong-secret', test_wrong_secret),
    ('/demo/openssl/two-codes', test_two_codes),
    ('/demo/keeps-its-state', test_keeps_its_state),
    ('/demo/same-octets-same-answer', test_same_octets_again),
    ('/demo/listens-on-ipv6', test_listens_on_ipv6),
    ('/demo/listens-on-loopback-only', test_listens_on_loopback_only),
])
