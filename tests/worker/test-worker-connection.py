#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the settings of an authority make of a connection, seen by real servers, with signetctl and the worker as they are:
one connection for all messages of a request, without which "openssl cmp -port" forgets it, and a certificate that tells a TLS
server who asks.

usage: test-worker-connection.py SOURCE
"""

import http.server
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(sys.argv[1]) / 'tests' / 'cli'))
from clikit import DONE, REJECTED, Demo, Home, openssl, tap  # noqa: E402

SECRET = 'a secret of some length'


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def make_ca(top, name='ca'):
    openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', top / f'{name}.key',
            '-out', top / f'{name}.pem', '-days', '2', '-subj', f'/CN=Test {name}', '-addext', 'keyUsage=keyCertSign,digitalSignature')


def issue(top, name, subject, *extensions, ca='ca', key=None):
    """A certificate, whose key is made unless it is given."""
    making = ['-key', key] if key else ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', top / f'{name}.key']
    openssl('req', '-new', *making, '-out', top / f'{name}.csr', '-subj', subject)
    (top / f'{name}.ext').write_text('\n'.join(extensions) + '\n', encoding='ascii')
    openssl('x509', '-req', '-in', top / f'{name}.csr', '-CA', top / f'{ca}.pem', '-CAkey', top / f'{ca}.key', '-CAcreateserial',
            '-days', '2', '-extfile', top / f'{name}.ext', '-out', top / f'{name}.pem')


def import_identity(home, name):
    """A certificate with its key, as another PKI hands it out; the row of the key."""
    both = home.write(f'{name}-both.pem', (home.top / f'{name}.pem').read_text(encoding='ascii')
                      + (home.top / f'{name}.key').read_text(encoding='ascii'))
    home.ctl('identity', 'import', both)


class OpensslServer:
    """openssl cmp -port: one connection at a time, and the transaction ends with it."""

    def __init__(self, home, *options):
        self.port = free_port()
        top = home.top
        self.process = subprocess.Popen(
            ['openssl', 'cmp', '-port', str(self.port), '-srv_ref', '1234', '-srv_secret', f'pass:{SECRET}', '-srv_cert', top / 'srv.pem',
             '-srv_key', top / 'srv.key', '-srv_trusted', top / 'ca.pem', '-rsp_cert', top / 'new.pem', '-rsp_extracerts', top / 'ca.pem',
             *options], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # Looked up, not tried: it would wait for what a connection has to say.
        needle = f':{self.port:04X} '
        while not any(needle in line and ' 0A ' in line for table in ('tcp', 'tcp6')
                      for line in Path(f'/proc/net/{table}').read_text(encoding='ascii').splitlines()):
            assert self.process.poll() is None, 'openssl cmp did not start'
            time.sleep(0.02)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def prepare(home):
    if shutil.which('openssl') is None:
        raise tap.Skip('openssl is not installed')
    top = home.top
    make_ca(top)
    issue(top, 'srv', '/CN=CMP server', 'keyUsage=digitalSignature', 'subjectKeyIdentifier=hash')
    issue(top, 'old', '/CN=Maria Huber', 'keyUsage=digitalSignature', 'subjectKeyIdentifier=hash')
    issue(top, 'new', '/CN=Maria Huber', 'keyUsage=digitalSignature', 'subjectKeyIdentifier=hash',
          'subjectAltName=email:maria@example.org', key=top / 'old.key')
    import_identity(home, 'old')
    home.write('code', SECRET)


def add(home, server, *more):
    return home.json('authority', 'add', '--url', f'http://127.0.0.1:{server.port}/pkix/', '--anchor', home.top / 'ca.pem', '--reference',
                     '1234', '--secret-file', home.top / 'code', '--mac', 'password-based', '--relax', 'sha1', '--keep-code',
                     '--timeout', '5', *more)['authority']


def test_kept():
    with Home() as home:
        prepare(home)
        with OpensslServer(home, '-poll_count', '1', '-check_after', '1') as server:
            authority = add(home, server, '--keep-connection')
            assert authority['settings']['keep-connection'] is True, authority
            for _ in range(2):
                # The second time over a connection of its own: the first one was let go.
                request = home.request('--key', 'k1')['request']
                assert request['state'] == 'done', request


def test_not_kept():
    """What is lost without it: the server knows nothing of what it is asked to confirm."""
    with Home() as home:
        prepare(home)
        with OpensslServer(home) as server:
            add(home, server)
            told = home.run('request', '--authority', 'a1', '--subject', 'CN=Maria Huber', '--san', 'email:maria@example.org',
                            '--key', 'k1', '--wait', '--timeout', '10')
            assert told.status not in (DONE, REJECTED), told.out + told.err


class Frontend(http.server.BaseHTTPRequestHandler):
    """Hands on what comes over TLS."""

    protocol_version = 'HTTP/1.1'
    target = None
    seen = None

    def do_POST(self):
        body = self.rfile.read(int(self.headers['Content-Length']))
        self.seen.append(self.connection.getpeercert())
        request = urllib.request.Request(self.target, data=body, headers={'Content-Type': self.headers['Content-Type']})
        with urllib.request.urlopen(request) as answer:
            told = answer.read()
        self.send_response(200)
        self.send_header('Content-Type', 'application/pkixcmp')
        self.send_header('Content-Length', str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, *_):
        pass


class TlsServer:
    """In front of the demo authority; lets nobody in who shows no certificate."""

    def __init__(self, top, demo):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(top / 'host.pem', top / 'host.key')
        context.load_verify_locations(top / 'tls.pem')
        context.verify_mode = ssl.CERT_REQUIRED
        self.seen = []
        self.server = http.server.ThreadingHTTPServer(
            ('127.0.0.1', 0), type('Handler', (Frontend,), {'target': demo.settings['Url'], 'seen': self.seen}))
        self.server.handle_error = lambda *_: None
        self.server.daemon_threads = True
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f'https://localhost:{self.server.server_address[1]}/cmp'

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def test_tls_certificate():
    with Home() as home, Demo(home, '--implicit-confirm') as demo:
        top = home.top
        make_ca(top, 'tls')
        issue(top, 'host', '/CN=localhost', 'subjectAltName=DNS:localhost', 'extendedKeyUsage=serverAuth', ca='tls')
        issue(top, 'me', '/CN=Maria at the door', 'extendedKeyUsage=clientAuth', ca='tls')
        import_identity(home, 'me')
        common = ['--tls-anchors', top / 'tls.pem', '--timeout', '5']
        with TlsServer(top, demo) as server:
            demo.add_to(home, '--url', server.url, *common, '--tls-certificate', 'c1', url=False)
            assert home.request()['request']['state'] == 'done'
            subject = dict(pair[0] for pair in server.seen[0]['subject'])
            assert subject == {'commonName': 'Maria at the door'}, server.seen
        # Another server, for a TLS session with the first may be taken up again.
        with TlsServer(top, demo) as server:
            demo.add_to(home, '--url', server.url, *common, url=False)
            told = home.run('request', '--authority', 'a2', '--subject', 'CN=x', '--wait', '--timeout', '10')
            assert told.status != DONE and not server.seen, told.out
            home.fails('authority', 'add', '--url', server.url, '--anchor', demo.settings['AnchorFile'], '--tls-certificate', 'c99',
                       '--reference', 'x', '--secret-file', demo.settings['SecretFile'], status=7)


tap.run([
    ('/worker/connection/kept/openssl-cmp-port', test_kept),
    ('/worker/connection/not-kept/openssl-cmp-port-forgets', test_not_kept),
    ('/worker/connection/tls-certificate/R412,R479', test_tls_certificate),
])
