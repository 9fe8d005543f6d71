#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys that libcrypto knows from 3.5 on, kept in the store and enrolled by the worker with the newest Bouncy Castle.

With an older libcrypto such a key is refused in words, before anything is sent.
"""

import re
import sys
from pathlib import Path

import peerget
import peerkit
from peerkit import tap

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / 'cli'))
import clikit  # noqa: E402

PEER = 'bouncycastle-new'


def knows_newer():
    """Whether the libcrypto of this build, which is the system's, has these keys."""
    return peerget.version_of(['/usr/bin/openssl']) >= (3, 5, 0)


def add_authority(home, peer, url, name, *options):
    arguments = ('authority', 'add', '--name', name, '--url', url, '--anchor', peer.anchor, '--reference', peerkit.REFERENCE,
                 '--secret-file', peer.folder.top / 'secret', '--keep-code', '--mac', 'pbmac1', *options)
    return home.json(*arguments)['authority']['id']


def refuse(home, peer, spec):
    before = peer.count('issued')
    home.fails('request', '--authority', 'a1', '--subject', 'CN=Maria Huber', '--key', spec, status=clikit.USAGE,
               words='need a newer libcrypto than the one on this computer')
    assert peer.count('issued') == before and not home.json('list', 'keys')['keys']


def enrol(home, peer, spec):
    """The certificate's row and what openssl says of it."""
    before = peer.count('confirmed')
    request = home.request('--key', spec)['request']
    assert request['state'] == 'done' and request['keySpec'] == spec, request
    assert peer.count('confirmed') == before + 1, 'the peer does not count it as confirmed'
    path = home.top / f'{spec}.pem'
    home.ctl('export', request['certificate'], '--output', path)
    clikit.openssl('verify', '-CAfile', peer.anchor, path)
    key = home.json('show', request['key'])['key']
    assert key['keySpec'] == spec and key['certificates'] == 1, key
    text = clikit.openssl('x509', '-in', path, '-noout', '-text')
    assert re.search(rf'Public Key Algorithm: {spec}\b', text, re.IGNORECASE), text
    return request['certificate'], text


def key_kind(peer, spec):
    def test():
        with clikit.Home() as home:
            add_authority(home, peer, peer.url + 'plain+pbmac1', 'By code')
            if not knows_newer():
                refuse(home, peer, spec)
                return
            _, text = enrol(home, peer, spec)
            usage = 'Key Encipherment' if spec.startswith('ml-kem') else 'Digital Signature'
            assert 'X509v3 Key Usage' not in text or usage in text, text
    return test


def signed_by_ml_dsa(peer):
    """What was issued for the one key signs for the next."""
    def test():
        with clikit.Home() as home:
            add_authority(home, peer, peer.url + 'plain+pbmac1', 'By code')
            if not knows_newer():
                refuse(home, peer, 'ml-dsa-87')
                return
            issued, _ = enrol(home, peer, 'ml-dsa-87')
            before = peer.count('confirmed')
            signing = add_authority(home, peer, peer.url + 'plain', 'By signature')
            request = home.json('request', '--authority', signing, '--subject', 'CN=Maria Huber', '--key', 'ec:P-256', '--sign-with',
                                issued, '--wait', '--timeout', '90')['request']
            assert request['state'] == 'done' and request['certificate'] not in (None, issued), request
            assert peer.count('confirmed') == before + 1, 'the peer does not count it as confirmed'
    return test


def main():
    with peerkit.Folder() as folder:
        try:
            peerget.refuse_where_told()
            peer = peerkit.JavaPeer(PEER, 'Responder', folder)
        except peerget.Absent as reason:
            print(f'Bail out! {reason}' if peerget.may_fetch() else f'1..0 # SKIP {reason}')
            sys.exit(1 if peerget.may_fetch() else 0)
        try:
            cells = [(f'/peers/{PEER}/worker/{spec}', key_kind(peer, spec))
                     for spec in ('ml-dsa-44', 'ml-dsa-65', 'slh-dsa-sha2-128f', 'ml-kem-512', 'ml-kem-768', 'ml-kem-1024')]
            tap.run([*cells, (f'/peers/{PEER}/worker/signed-by-ml-dsa', signed_by_ml_dsa(peer))])
        finally:
            peer.stop()


main()
