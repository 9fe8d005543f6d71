#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Roots and issuers by signetctl, from where certificates say that they lie: shown, and trusted where an option says so.

The certificates and the certs-only file are made by the openssl program.
"""

import base64
import hashlib
import http.server
import threading

from clikit import NOT_FOUND, Home, openssl, tap


class Places(http.server.ThreadingHTTPServer):
    """Files by path on loopback, and what was asked for."""

    def __init__(self):
        self.files, self.asked = {}, []
        super().__init__(('127.0.0.1', 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def base(self):
        return f'http://127.0.0.1:{self.server_port}'

    def __exit__(self, *arguments):
        self.shutdown()
        return super().__exit__(*arguments)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):  # pylint: disable=invalid-name
        self.server.asked.append(self.path)
        contents = self.server.files.get(self.path)
        self.send_response(200 if contents is not None else 404)
        self.end_headers()
        self.wfile.write(contents or b'')

    def log_message(self, *_):  # pylint: disable=arguments-differ
        pass


def new_key(home, name):
    path = home.top / f'{name}.key'
    openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', path)
    return path


def make_root(home, name, *extensions):
    path = home.top / f'{name}.pem'
    additions = [part for extension in extensions for part in ('-addext', extension)]
    openssl('req', '-x509', '-new', '-key', new_key(home, name), '-subj', '/CN=Root', '-days', '30', *additions, '-out', path)
    return path


def link(home, subject, issuer):
    """The key of one root, certified by another of the same name."""
    request, path = home.top / 'link.csr', home.top / f'{subject}-with-{issuer}.pem'
    openssl('req', '-new', '-key', home.top / f'{subject}.key', '-subj', '/CN=Root', '-out', request)
    openssl('x509', '-req', '-in', request, '-CA', home.top / f'{issuer}.pem', '-CAkey', home.top / f'{issuer}.key', '-days', '30',
            '-set_serial', '7', '-extfile', home.write('link.cnf', 'basicConstraints=critical,CA:TRUE\n'), '-out', path)
    return path


def certs_only(home, *paths):
    output = home.top / 'collection.p7c'
    files = [part for path in paths for part in ('-certfile', path)]
    openssl('crl2pkcs7', '-nocrl', *files, '-outform', 'DER', '-out', output)
    return output.read_bytes()


def fingerprint_of(path):
    text = path.read_text(encoding='ascii').split('-----')[2]
    return hashlib.sha256(base64.b64decode(''.join(text.split()))).hexdigest()


def anchors(home):
    return [anchor['sha256'] for anchor in home.json('authority', 'show', 'a1')['authority']['anchors']]


def add(home, root):
    home.ctl('authority', 'add', '--name', 'Mine', '--anchor', root, '--reference', '1', '--secret-file', home.write('code', 'a code\n'))


def test_shown_and_installed():
    with Home() as home, Places() as places:
        old, new = make_root(home, 'old', f'authorityInfoAccess=caIssuers;URI:{places.base}/ca.p7c'), make_root(home, 'new')
        add(home, old)
        places.files['/ca.p7c'] = certs_only(home, old, new, link(home, 'new', 'old'))
        found = home.json('authority', 'roots', 'Mine')['found']
        assert found['places'] == [[f'{places.base}/ca.p7c', '3 certificates']], found
        assert [(root['fingerprint'], root['replaces'], root['vouched'], root['installed']) for root in found['roots']] \
            == [(fingerprint_of(new), fingerprint_of(old), True, False)], found
        assert anchors(home) == [fingerprint_of(old)]
        words = home.ctl('authority', 'roots', 'a1').out
        assert 'The root that is trusted now vouches for it.' in words and '--install' in words, words
        assert 'It is trusted from now on.' in home.ctl('authority', 'roots', 'a1', '--install').out
        assert sorted(anchors(home)) == sorted([fingerprint_of(old), fingerprint_of(new)])
        assert home.json('authority', 'roots', 'a1', '--install')['found']['roots'] == []


def test_trusted_by_fingerprint():
    with Home() as home, Places() as places:
        old, new = make_root(home, 'old', f'authorityInfoAccess=caIssuers;URI:{places.base}/ca.pem'), make_root(home, 'new')
        add(home, old)
        places.files['/ca.pem'] = new.read_bytes()
        words = home.ctl('authority', 'roots', 'a1', '--install').out
        assert 'Nobody vouches for it' in words and '--trust' in words, words
        assert anchors(home) == [fingerprint_of(old)]
        home.fails('authority', 'roots', 'a1', '--trust', fingerprint_of(old), status=NOT_FOUND, words='No root with this fingerprint')
        home.ctl('authority', 'roots', 'a1', '--trust', fingerprint_of(new).upper())
        assert sorted(anchors(home)) == sorted([fingerprint_of(old), fingerprint_of(new)])


def test_nothing_there():
    with Home() as home, Places() as places:
        add(home, make_root(home, 'old', f'authorityInfoAccess=caIssuers;URI:{places.base}/gone'))
        home.ctl('authority', 'add', '--name', 'Silent', '--anchor', make_root(home, 'silent'), '--reference', '2', '--secret-file',
                 home.write('other', 'another\n'))
        assert '404' in home.ctl('authority', 'roots', 'a1').out
        assert 'None of the authority' in home.ctl('authority', 'roots', 'a2').out
        assert places.asked == ['/gone']


tap.run([
    ('/cli/roots/shown-and-then-installed/R278', test_shown_and_installed),
    ('/cli/roots/trusted-by-fingerprint/R278', test_trusted_by_fingerprint),
    ('/cli/roots/nothing-there-is-told', test_nothing_there),
])
