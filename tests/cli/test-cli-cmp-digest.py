#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""-digest and -mac of "signetctl cmp": the algorithms in its messages are those in the messages of "openssl cmp"."""

import re

from cmpkit import Desk, Mock, mac_mock, openssl, tap

MAC = ('-ref', 'reference', '-secret', 'file:secret')
KINDS = {
    'ec': ('ec', '-pkeyopt', 'ec_paramgen_curve:P-256'),
    'ec-384': ('ec', '-pkeyopt', 'ec_paramgen_curve:P-384'),
    'rsa': ('rsa:2048',),
}
ALGORITHM = re.compile(r'OBJECT +:(.*(?:with|RSA-SHA|ED25519|[Hh]mac|HMAC|sha|password|PBM).*)$', re.MULTILINE | re.IGNORECASE)


def algorithms(path):
    """Signature, MAC and hash algorithms named in a message, in order, without those of the certificates that come along."""
    out = openssl('asn1parse', '-inform', 'DER', '-in', path)
    outermost = [match.start() for match in re.finditer(r'^ *\d+:d=1 .*cont \[ 1 \]', out, re.MULTILINE)]
    return ALGORITHM.findall(out[:outermost[0]] if outermost else out)


def sent(desk, program, kind, options):
    path = desk.path('sent.der')
    path.unlink(missing_ok=True)
    with Mock(desk) if '-secret' not in options else mac_mock(desk) as mock:
        desk.good('-cmd', 'cr', '-server', mock.url, '-newkey', f'{kind}.key', '-subject', '/CN=a', '-certout', 'new.pem', '-trusted',
                  'root.pem', '-reqout', 'sent.der', '-implicit_confirm', '-rspout', 'got.der', *options, program=program)
    return algorithms(path)


def sent_unanswered(desk, program, kind, options):
    """The message alone: the mock server has a certificate for one key only."""
    desk.path('sent.der').unlink(missing_ok=True)
    desk.run('-cmd', 'cr', '-server', '127.0.0.1:9', '-newkey', f'{kind}.key', '-subject', '/CN=a', '-certout', 'new.pem', '-trusted',
             'root.pem', '-reqout', 'sent.der', *options, program=program)
    return algorithms(desk.path('sent.der'))


def test_signatures():
    """Protection and proof of possession, by each kind of key, with and without -digest."""
    with Desk() as desk:
        for kind, how in KINDS.items():
            desk.issue(kind, kind=how)
            signed = ('-cert', f'{kind}.pem', '-key', f'{kind}.key')
            for digest in ((), ('-digest', 'sha256'), ('-digest', 'sha384'), ('-digest', 'sha512'), ('-digest', 'sha224')):
                theirs = sent_unanswered(desk, 'openssl', kind, (*signed, *digest))
                ours = sent_unanswered(desk, 'signetctl', kind, (*signed, *digest))
                assert len(theirs) == 2 and ours == theirs, (kind, digest, ours, theirs)
        # Its kind has one of its own; Debian's openssl cmp cannot sign with it at all.
        desk.issue('ed25519', kind=('ed25519',))
        for digest in ((), ('-digest', 'sha512')):
            ours = sent_unanswered(desk, 'signetctl', 'ed25519', ('-cert', 'ed25519.pem', '-key', 'ed25519.key', *digest))
            assert len(ours) == 3 and set(ours) == {'ED25519'}, ours


def test_macs():
    with Desk() as desk:
        desk.issue('ec', kind=KINDS['ec'])
        for options in ((), ('-digest', 'sha384'), ('-mac', 'hmacWithSHA256'), ('-mac', 'hmacWithSHA512', '-digest', 'sha512')):
            theirs = sent_unanswered(desk, 'openssl', 'ec', (*MAC, *options))
            ours = sent_unanswered(desk, 'signetctl', 'ec', (*MAC, *options))
            assert len(theirs) == 4 and ours == theirs, (options, ours, theirs)


def test_strict():
    """-strict leaves the digest to the key, and MAC to PBMAC1."""
    with Desk() as desk:
        desk.issue('ec-384', kind=KINDS['ec-384'])
        signed = ('-cert', 'ec-384.pem', '-key', 'ec-384.key', '-strict')
        assert sent_unanswered(desk, 'signetctl', 'ec-384', signed) == ['ecdsa-with-SHA384'] * 2
        assert sent_unanswered(desk, 'signetctl', 'ec-384', (*signed, '-digest', 'sha512')) == ['ecdsa-with-SHA512'] * 2


def test_refused():
    with Desk() as desk:
        signed = ('-cert', 'client.pem', '-key', 'client.key')
        line = ('-cmd', 'cr', '-server', '127.0.0.1:9', '-newkey', 'client.key', '-subject', '/CN=a', '-certout', 'new.pem', *signed)
        desk.bad(*line, '-digest', 'nonsense', words='nonsense')
        desk.bad(*line, '-digest', 'sha1', words='too weak')


def test_answered():
    """The server takes what was chosen."""
    with Desk() as desk:
        for digest in ('sha384', 'sha512'):
            signed = ('-cert', 'client.pem', '-key', 'client.key', '-digest', digest)
            assert sent(desk, 'signetctl', 'issued', signed) == [f'ecdsa-with-{digest.upper()}'] * 2


tap.run([
    ('/cli/cmp/digest/signatures-as-openssl-makes-them', test_signatures),
    ('/cli/cmp/digest/macs-as-openssl-makes-them', test_macs),
    ('/cli/cmp/digest/strict', test_strict),
    ('/cli/cmp/digest/refused', test_refused),
    ('/cli/cmp/digest/answered', test_answered),
])
