#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates by "signetctl cmp" from Debian's mock server."""

from cmpkit import Desk, mac_mock, Mock, subject_of, tap

MAC = ('-ref', 'reference', '-secret', 'file:secret')
SIGNED = ('-cert', 'client.pem', '-key', 'client.key', '-trusted', 'root.pem')
NEW = ('-newkey', 'issued.key', '-subject', '/CN=issued/O=Example', '-certout', 'new.pem')


def test_mac():
    with Desk() as desk, mac_mock(desk) as mock:
        desk.good('-cmd', 'ir', '-server', mock.url, *MAC, *NEW, '-trusted', 'root.pem', '-cacertsout', 'ca.pem', '-extracertsout',
                  'extra.pem', '-chainout', 'chain.pem', '-srvcertout', 'nobody.pem')
        assert desk.read('new.pem') and subject_of(desk.path('new.pem')) == subject_of(desk.path('issued.pem'))
        for name in ('ca.pem', 'chain.pem', 'extra.pem'):
            assert subject_of(desk.path(name)) == subject_of(desk.path('root.pem')), name
        assert desk.read('nobody.pem') is None


def test_signature():
    with Desk() as desk, Mock(desk) as mock:
        desk.good('-cmd', 'cr', '-server', mock.url, *SIGNED, *NEW, '-srvcertout', 'signer.pem', '-certform', 'DER')
        assert desk.read('new.pem')[0] == 0x30
        assert desk.read('signer.pem')[0] == 0x30


def test_address_without_scheme():
    with Desk() as desk, Mock(desk) as mock:
        desk.good('-cmd', 'ir', '-server', f'127.0.0.1:{mock.port}', '-path', 'pkix/', *SIGNED, *NEW)
        desk.bad('-cmd', 'ir', '-server', f'127.0.0.1:{mock.port}', '-path', '/nowhere', *SIGNED, *NEW, words='404')


def test_wrong_secret():
    with Desk() as desk, mac_mock(desk) as mock:
        desk.write('secret', 'something else')
        desk.bad('-cmd', 'ir', '-server', mock.url, *MAC, *NEW, '-trusted', 'root.pem')
        assert desk.read('new.pem') is None


def test_untrusted():
    with Desk() as desk, Mock(desk) as mock:
        desk.bad('-cmd', 'ir', '-server', mock.url, '-cert', 'client.pem', '-key', 'client.key', '-trusted', 'client.pem', *NEW)
        desk.bad('-cmd', 'ir', '-server', mock.url, '-cert', 'client.pem', '-key', 'client.key', *NEW)


def test_pinned():
    with Desk() as desk, Mock(desk) as mock:
        own = ('-cert', 'client.pem', '-key', 'client.key')
        desk.bad('-cmd', 'ir', '-server', mock.url, *own, *NEW, '-srvcert', 'root.pem')
        desk.bad('-cmd', 'ir', '-server', mock.url, *SIGNED, *NEW, '-expect_sender', '/CN=other', words='expect_sender')
        desk.good('-cmd', 'ir', '-server', mock.url, *SIGNED, *NEW, '-expect_sender', '/CN=server/O=Example')


tap.run([
    ('/cli/cmp/enrol/mac', test_mac),
    ('/cli/cmp/enrol/signature', test_signature),
    ('/cli/cmp/enrol/address-without-scheme', test_address_without_scheme),
    ('/cli/cmp/enrol/wrong-secret', test_wrong_secret),
    ('/cli/cmp/enrol/untrusted', test_untrusted),
    ('/cli/cmp/enrol/pinned-or-expected-signer', test_pinned),
])
