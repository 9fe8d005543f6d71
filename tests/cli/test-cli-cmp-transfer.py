#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How messages of "signetctl cmp" travel: proxies, TLS, time limits; and the demo authority as the other side."""

import contextlib
import http.client
import http.server
import os
import threading
import urllib.parse

import cmpkit
from clikit import Demo
from cmpkit import Desk, mac_mock, openssl, tap

MAC = ('-ref', 'reference', '-secret', 'file:secret')
NEW = ('-newkey', 'issued.key', '-subject', '/CN=issued/O=Example', '-certout', 'new.pem')


class Proxy(http.server.BaseHTTPRequestHandler):
    """Passes messages on, those of one connection on one connection: the mock server forgets a transaction with its connection."""

    protocol_version = 'HTTP/1.1'
    seen = []
    asked = []          # "Connection" of each request
    closing = False     # answers end their connection
    upstream = None

    def do_POST(self):  # pylint: disable=invalid-name # named by the library
        self.seen.append(self.path)
        self.asked.append(self.headers.get('Connection', ''))
        target = urllib.parse.urlsplit(self.path)
        body = self.rfile.read(int(self.headers['Content-Length']))
        self.upstream = self.upstream or http.client.HTTPConnection(target.hostname, target.port)
        self.upstream.request('POST', target.path, body, {'Content-Type': self.headers['Content-Type']})
        answer = self.upstream.getresponse()
        contents = answer.read()
        self.send_response(answer.status)
        self.send_header('Content-Type', answer.getheader('Content-Type', ''))
        self.send_header('Content-Length', str(len(contents)))
        if self.closing:
            self.send_header('Connection', 'close')
        self.end_headers()
        self.wfile.write(contents)

    def finish(self):
        super().finish()
        if self.upstream:
            self.upstream.close()

    def log_message(self, *_):  # pylint: disable=arguments-differ # nothing is logged
        pass


@contextlib.contextmanager
def proxy():
    Proxy.seen, Proxy.asked, Proxy.closing = [], [], False
    with http.server.ThreadingHTTPServer(('127.0.0.1', 0), Proxy) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f'127.0.0.1:{server.server_port}'
        server.shutdown()


def test_proxy():
    with Desk() as desk, mac_mock(desk) as mock, proxy() as address:
        line = ('-cmd', 'ir', '-server', mock.url, *MAC, *NEW)
        for arguments, env, passes in (
                (('-proxy', address), {}, True), (('-proxy', f'http://{address}/ignored'), {}, True),
                ((), {'http_proxy': f'http://{address}'}, True), ((), {'HTTP_PROXY': address}, True),
                ((), {'https_proxy': address}, False), (('-proxy', address, '-no_proxy', '127.0.0.1,b.example'), {}, False),
                (('-proxy', address), {'no_proxy': '127.0.0.1'}, False), ((), {}, False)):
            Proxy.seen.clear()
            desk.good(*line, *arguments, env={'http_proxy': '', 'no_proxy': '', **env} if 'HTTP_PROXY' not in env else env)
            assert (len(Proxy.seen) == 2) == passes and all(path == mock.url for path in Proxy.seen), (arguments, env, Proxy.seen)


def test_keep_alive():
    """0: each message asks that the connection end; 2: it is an error where the server ends it, as with openssl."""
    with Desk() as desk, mac_mock(desk) as mock, proxy() as address:
        line = ('-cmd', 'ir', '-server', mock.url, *MAC, *NEW, '-proxy', address, '-no_proxy', 'b.example')
        for value, closes in (('0', True), ('1', False), ('2', False)):
            Proxy.asked.clear()
            # The mock server forgets a transaction with its connection, so that one message must do.
            result = desk.run(*line, '-keep_alive', value, '-disable_confirm')
            assert result.status == 0, (value, result)
            assert [asked.lower() == 'close' for asked in Proxy.asked] == [closes], (value, Proxy.asked)
        Proxy.closing = True
        for value, good in (('1', True), ('2', False)):
            for program in ('signetctl', 'openssl'):
                result = desk.run(*line, '-keep_alive', value, '-disable_confirm', program=program)
                assert (result.status == 0) == good, (value, program, result)
        desk.bad(*line, '-keep_alive', '2', words='does not keep the connection')
        # What comes alone needs no connection that lasts.
        desk.good('-cmd', 'genm', *line[2:], '-keep_alive', '2')


def test_query():
    """What stands behind "?" is part of the path, in -server and in -path."""
    with Desk() as desk, mac_mock(desk) as mock, proxy() as address:
        line = ('-cmd', 'ir', *MAC, *NEW, '-proxy', address, '-no_proxy', 'b.example', '-disable_confirm')
        for arguments, path in (((f'{mock.url}?ca=one', ), '/pkix/?ca=one'), ((mock.url, '-path', 'pkix?ca=two&x=%20'), '/pkix?ca=two&x=%20')):
            for program in ('openssl', 'signetctl'):
                Proxy.seen.clear()
                desk.run('-server', *arguments, *line, program=program)
                assert [urllib.parse.urlsplit(seen)._replace(scheme='', netloc='').geturl() for seen in Proxy.seen] == [path], \
                    (program, arguments, Proxy.seen)


def test_time_limits():
    with Desk() as desk, cmpkit.silent_server() as port:
        line = ('-cmd', 'ir', '-server', f'127.0.0.1:{port}', *MAC, *NEW)
        desk.bad(*line, '-msg_timeout', '1', words='within 1 seconds')
        desk.bad(*line, '-total_timeout', '1')
        desk.bad(*line, '-total_timeout', '1', '-msg_timeout', '2', words='-total_timeout')


def certificates_of(authority):
    return authority.settings['AnchorFile']


def test_demo_authority():
    with Desk() as desk, Demo(desk) as authority:
        anchor = certificates_of(authority)
        ask = ('-server', authority.settings['Url'], '-ref', authority.settings['Reference'], '-secret',
               f'file:{authority.settings["SecretFile"]}', '-trusted', anchor)
        desk.good('-cmd', 'ir', *ask, *NEW, '-mac', 'pbmac1' if authority.settings['Mac'] == 'pbmac1' else 'hmacWithSHA256',
                  '-chainout', 'chain.pem')
        openssl('verify', '-CAfile', anchor, '-untrusted', desk.path('chain.pem'), desk.path('new.pem'))
        own = ('-server', authority.settings['Url'], '-trusted', anchor, '-cert', 'new.pem', '-untrusted', 'chain.pem', '-key',
               'issued.key')
        desk.good('-cmd', 'cr', *own, '-newkey', 'client.key', '-subject', '/CN=b', '-certout', 'second.pem', '-srvcertout', 's.pem')
        desk.good('-cmd', 'kur', *own, '-newkey', 'server.key', '-certout', 'updated.pem')
        assert cmpkit.subject_of(desk.path('updated.pem')) == cmpkit.subject_of(desk.path('new.pem'))


# gcc 12's leak check loses its way in what GnuTLS keeps for a thread: it is told not to follow that.
TLS_ENV = {'ASAN_OPTIONS': ':'.join(filter(None, [os.environ.get('ASAN_OPTIONS'), 'intercept_tls_get_addr=0']))}


def test_tls():
    with Desk() as desk, Demo(desk, '--https') as authority:
        ask = ('-cmd', 'ir', '-server', authority.settings['Url'], '-ref', authority.settings['Reference'], '-secret',
               f'file:{authority.settings["SecretFile"]}', '-trusted', certificates_of(authority), '-mac', 'hmacWithSHA256', *NEW)
        assert authority.settings['Url'].startswith('https://'), authority.settings
        tls = authority.settings.get('TlsAnchorFile', certificates_of(authority))
        desk.good(*ask, '-tls_used', '-tls_trusted', tls, env=TLS_ENV)
        desk.bad(*ask, '-tls_used', '-tls_trusted', 'root.pem', words='issuer is not trusted', env=TLS_ENV)
        desk.bad(*ask, words='issuer is not trusted', env=TLS_ENV)
        # The demo authority's certificate is for 127.0.0.1, ::1 and localhost.
        desk.bad(*ask, '-tls_trusted', tls, '-tls_host', 'other.example', words='does not bear the name other.example', env=TLS_ENV)
        desk.bad(*ask, '-tls_trusted', tls, '-tls_host', '127.0.0.2', words='does not bear the name 127.0.0.2', env=TLS_ENV)
        desk.bad(*ask, '-tls_trusted', 'root.pem', '-tls_host', 'localhost', words='issuer is not trusted', env=TLS_ENV)
        for host in ('localhost', '127.0.0.1'):
            desk.good(*ask, '-tls_trusted', tls, '-tls_host', host, env=TLS_ENV)
        desk.bad(*ask, '-tls_trusted', tls, '-tls_cert', 'client.pem', words='-tls_key', env=TLS_ENV)
        desk.bad(*ask, '-tls_trusted', tls, '-tls_cert', 'client.pem', '-tls_key', 'server.key', words='not that of', env=TLS_ENV)
        desk.good(*ask, '-tls_trusted', tls, '-tls_cert', 'client.pem', '-tls_key', 'client.key', env=TLS_ENV)


tap.run([
    ('/cli/cmp/transfer/proxy', test_proxy),
    ('/cli/cmp/transfer/keep-alive', test_keep_alive),
    ('/cli/cmp/transfer/query', test_query),
    ('/cli/cmp/transfer/time-limits', test_time_limits),
    ('/cli/cmp/transfer/demo-authority', test_demo_authority),
    ('/cli/cmp/transfer/tls', test_tls),
])
