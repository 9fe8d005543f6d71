#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""signetctl cmp against another implementation: each operation that it speaks, under each protection.  usage: ... PEER

The paths are /peers/PEER/OPERATION/PROTECTION; matrix.py makes the table of the README from them. What is shown is looked up at
the other end or in what was written, never taken from what our program says of itself.
"""

import re
import sys

import peerget
import peerkit
import peertable
from peerkit import tap

SUBJECT = ('-subject', '/CN=Maria Huber')


class Exchange:
    """One cell of the matrix."""

    def __init__(self, client, protection):
        self.client, self.peer, self.folder, self.protection = client, client.peer, client.folder, protection

    def path(self, name):
        return self.folder.path(name)

    def own(self):
        """Key and certificate that sign."""
        return self.peer.certificate(self.client, self.protection)

    def do(self, command, *options, words='plain', status=0, newer=False, **wants):
        with self.peer.serve(words, protection=self.protection, **wants) as url:
            return self.client.run(command, url, *self.client.credentials(self.protection), *options, status=status,
                                   newer=newer or self.protection in peerkit.NEWER)

    def enrol(self, command, *options, words='plain', kind='ecdsa', new=None, **wants):
        """A certificate that must be for the key that was asked for; its path."""
        key = new or self.folder.key(kind, self.client.openssl)
        certificate = self.path('new.pem')
        self.do(command, '-newkey', key, '-certout', certificate, *options, words=words, new_key=key,
                newer=kind in peerkit.NEWER, **wants)
        assert peerkit.key_id(certificate, self.client.openssl) == peerkit.key_id(key, self.client.openssl), 'another key'
        return certificate


def plain(command, words='plain', kind='ecdsa'):
    """ir, cr or kur, confirmed or not, waited for or not."""
    def test(exchange):
        options = () if command == 'kur' else SUBJECT
        if 'implicit' in words:
            options += ('-implicit_confirm',)
        wants = exchange.peer.for_update(*exchange.own()) if command == 'kur' else {}
        before = exchange.peer.count('confirmed') if exchange.peer.tells_confirmations(words) else None
        exchange.enrol(command, *options, words=words, kind=kind, **wants)
        if before is not None:
            expected = before if 'implicit' in words else before + 1
            assert exchange.peer.count('confirmed') == expected, 'the peer does not count it as confirmed'
    return test


def p10cr(words='plain'):
    def test(exchange):
        key, request = exchange.folder.key('ecdsa'), exchange.path('request.pem')
        peerkit.shell('openssl', 'req', '-new', '-key', key, '-subj', '/CN=Maria Huber', '-out', request)
        certificate = exchange.path('new.pem')
        exchange.do('p10cr', '-csr', request, '-certout', certificate, words=words, new_key=key)
        assert peerkit.key_id(certificate) == peerkit.key_id(key), 'another key'
    return test


def revoke(exchange):
    if isinstance(exchange.peer, peerkit.OpensslPeer):
        _, old = exchange.peer.certificate(exchange.client, 'ecdsa')
        exchange.do('rr', '-oldcert', old, '-revreason', '1', given=old)
        if exchange.peer.tells_certificates_apart():
            _, other = exchange.peer.certificate(exchange.client, 'rsa')
            exchange.do('rr', '-oldcert', other, '-revreason', '1', given=old, status=1)
        return
    old = exchange.enrol('ir', *SUBJECT)
    before = exchange.peer.count('revoked')
    exchange.do('rr', '-oldcert', old, '-revreason', '1')
    assert exchange.peer.count('revoked') == before + 1, 'the peer does not count it as revoked'
    told = exchange.do('rr', '-oldcert', old, '-revreason', '1', status=1)
    assert 'revoked already' in told, told


def genm(exchange):
    told = exchange.do('genm', '-infotype', 'signKeyPairTypes')
    assert 'signKeyPairTypes' in told or 'id-it-signKeyPairTypes' in told, told


def ca_certificates(exchange):
    out = exchange.path('cacerts.pem')
    exchange.do('genm', '-infotype', 'caCerts', '-cacertsout', out, options=('-rsp_capubs', exchange.peer.anchor))
    assert peerkit.der_of(out) == peerkit.der_of(exchange.peer.anchor), 'another certificate'


def root_update(exchange):
    new, link, back = (exchange.path(f'{name}.pem') for name in ('newwithnew', 'newwithold', 'oldwithnew'))
    options = ()
    if isinstance(exchange.peer, peerkit.OpensslPeer):
        options = exchange.peer.root_update()
    exchange.do('genm', '-infotype', 'rootCaCert', '-oldwithold', exchange.peer.anchor, '-newwithnew', new, '-newwithold', link,
                '-oldwithnew', back, options=options)
    peerkit.shell('openssl', 'verify', '-partial_chain', '-trusted', exchange.peer.anchor, link)
    peerkit.shell('openssl', 'verify', '-trusted', new, new)
    assert peerkit.key_id(new) == peerkit.key_id(link) != peerkit.key_id(exchange.peer.anchor)
    assert peerkit.key_id(back) == peerkit.key_id(exchange.peer.anchor)


def crl_update(exchange):
    out = exchange.path('crl.der')
    options = ()
    if isinstance(exchange.peer, peerkit.OpensslPeer):
        options = exchange.peer.revocation_list()
    _, certificate = exchange.peer.certificate(exchange.client, 'ecdsa')
    exchange.do('genm', '-infotype', 'crlStatusList', '-crlcert', exchange.peer.anchor if options else certificate, '-crlout', out,
                options=options)
    peerkit.shell('openssl', 'crl', '-inform', 'DER', '-in', out, '-CAfile', exchange.peer.anchor, '-noout')


def template(exchange):
    out, spec = exchange.path('template.der'), exchange.path('keyspec.der')
    exchange.do('genm', '-infotype', 'certReqTemplate', '-template', out, '-keyspec', spec)
    told = peerkit.shell('openssl', 'asn1parse', '-inform', 'DER', '-in', out).decode()
    assert 'SEQUENCE' in told and out.stat().st_size > 10, told
    assert spec.stat().st_size > 10


def reject(exchange):
    key = exchange.folder.key('ecdsa')
    told = exchange.do('ir', *SUBJECT, '-newkey', key, '-certout', exchange.path('none.pem'), words='reject', status=1)
    assert 'Not on the list.' in told, told


def central_key(exchange):
    """The key is made by the peer and must be that of the certificate."""
    key, certificate = exchange.path('made.key'), exchange.path('made.pem')
    wants = {}
    if isinstance(exchange.peer, peerkit.OpensslPeer):
        made = exchange.folder.key('ecdsa')
        wants = {'new_key': made, 'options': ('-rsp_key', made)}
    exchange.do('ir', *SUBJECT, '-centralkeygen', '-newkeyout', key, '-certout', certificate, *exchange.peer.forms_of_keys(), **wants)
    assert peerkit.key_id(key) == peerkit.key_id(certificate), 'key and certificate do not belong together'


def polled(operation):
    """What the server puts off, whatever it is: RFC 9810 §5.3.22."""
    def test(exchange):
        _, certificate = exchange.peer.certificate(exchange.client, 'ecdsa')
        asked = {'rr': ('-oldcert', certificate, '-revreason', '1'), 'genm': ('-infotype', 'signKeyPairTypes')}
        told = exchange.do(operation, *asked[operation], words='poll-ip', given=certificate)
        assert told.count('sending pollReq') == 2, told
        assert 'PKIStatus: waiting' not in told.rpartition('sending pollReq')[2], told
    return test


def profile(exchange):
    """The request names a certificate profile in its header: RFC 9810 §5.1.1.4."""
    request = exchange.path('request.der')
    exchange.enrol('ir', *SUBJECT, '-profile', 'people', '-reqout', f'{request} {exchange.path("conf.der")}', words='profile')
    told = peerkit.shell('openssl', 'asn1parse', '-inform', 'DER', '-in', request).decode()
    assert re.search(r'(certProfile|1\.3\.6\.1\.5\.5\.7\.4\.21)\n.*SEQUENCE *\n.*UTF8STRING *:people\n', told), told
    if isinstance(exchange.peer, peerkit.JavaPeer):
        exchange.do('ir', *SUBJECT, '-newkey', exchange.folder.key('ecdsa'), '-certout', exchange.path('none.pem'), '-profile',
                    'machines', words='profile', status=1)


def ra_verified(exchange):
    """Taken where the peer was told to, and refused where not."""
    exchange.enrol('ir', *SUBJECT, '-popo', '0', words='ra', options=('-accept_raverified',))
    exchange.do('ir', *SUBJECT, '-popo', '0', '-newkey', exchange.folder.key('ecdsa'), '-certout', exchange.path('none.pem'),
                status=1)


def ca_pubs(exchange):
    out = exchange.path('capubs.pem')
    exchange.enrol('ir', *SUBJECT, '-cacertsout', out, words='ca-pubs', options=('-rsp_capubs', exchange.peer.anchor))
    assert peerkit.der_of(out) == peerkit.der_of(exchange.peer.anchor), 'another certificate'


def granted_with_changes(exchange):
    key = exchange.folder.key('ecdsa')
    told = exchange.do('ir', *SUBJECT, '-newkey', key, '-certout', exchange.path('new.pem'), options=('-pkistatus', '1'), new_key=key)
    assert 'PKIStatus: grantedWithMods' in told, told


def error_message(exchange):
    """No in an error message, which is protected as any other."""
    told = exchange.do('ir', *SUBJECT, '-newkey', exchange.folder.key('ecdsa'), '-certout', exchange.path('none.pem'),
                       options=('-send_error',), status=1)
    assert 'error processing message' in told and 'not protected' not in told, told


def unprotected_error(exchange):
    """Quoted as somebody's words; believed only where that was allowed. Either way there is no certificate."""
    for believed in (False, True):
        told = exchange.do('ir', *SUBJECT, '-newkey', exchange.folder.key('ecdsa'), '-certout', exchange.path('none.pem'),
                           *(['-unprotected_errors'] if believed else []), options=('-send_error', '-send_unprot_err'), status=1)
        assert 'error processing message' in told, told
        assert ('may not come from the authority' in told) != believed, told


def unprotected_answer(exchange):
    told = exchange.do('ir', *SUBJECT, '-newkey', exchange.folder.key('ecdsa'), '-certout', exchange.path('none.pem'),
                       options=('-send_unprotected',), status=1)
    assert 'is not protected, so anybody could have made it' in told, told


def unprotected_request(exchange):
    exchange.enrol('ir', *SUBJECT, '-unprotected_requests', options=('-accept_unprotected',))


def extra_certificates(exchange):
    out, other = exchange.path('extra.pem'), exchange.path('other.pem')
    exchange.peer.issue(exchange.folder.key('ecdsa'), 'Somebody Else', other)
    exchange.enrol('ir', *SUBJECT, '-extracertsout', out, options=('-rsp_extracerts', other))
    lines = re.sub(r'(?m)^(subject|issuer)=.*\n', '', other.read_text(encoding='utf-8')).split()
    assert ' '.join(lines) in ' '.join(out.read_text(encoding='utf-8').split()), out.read_text(encoding='utf-8')


def encrypted_certificate(words):
    """The certificate comes encrypted for its key: it must not be readable on the way."""
    def test(exchange):
        answer = exchange.path('answer.der')
        options = ('-relax', 'encrypted-value') if words == 'encrypted-value' else ()
        certificate = exchange.enrol('ir', *SUBJECT, '-popo', '2', '-rspout', f'{answer} {exchange.path("conf.der")}', *options,
                                     words=words, kind='rsa')
        assert peerkit.der_of(certificate) not in answer.read_bytes(), 'it came in clear'
    return test


def recover(exchange):
    """Keys that the peer kept come back, each with its certificate."""
    to, kept = exchange.folder.key('rsa'), exchange.path('kept.pem')
    exchange.do('krr', *SUBJECT, '-recoverykey', to, '-recoveredout', kept)
    parts = re.findall(r'-----BEGIN (?:PRIVATE KEY|CERTIFICATE)-----.*?-----END [A-Z ]*-----\n', kept.read_text(encoding='utf-8'),
                       re.DOTALL)
    assert len(parts) == 4 and kept.stat().st_mode & 0o777 == 0o600, parts
    ids = []
    for part in parts:
        path = exchange.path('part.pem')
        path.write_text(part, encoding='utf-8')
        ids.append(peerkit.key_id(path))
    assert ids[0] == ids[1] != ids[2] == ids[3], ids


def nested(exchange):
    """The registration authority wraps what it sends on; the end entity sees nothing of it."""
    before = exchange.peer.count('nested')
    exchange.enrol('ir', *SUBJECT, words='nested')
    assert exchange.peer.count('nested') > before, 'nothing was nested'


def revoke_later(exchange):
    old = exchange.enrol('ir', *SUBJECT)
    before = exchange.peer.count('revoked')
    exchange.do('rr', '-oldcert', old, '-revreason', '1', words='poll-ip')
    assert exchange.peer.count('revoked') == before + 1, 'the peer does not count it as revoked'


OPERATIONS = {
    'ir': plain('ir'),
    'ir-implicit': plain('ir', 'implicit'),
    'ir-polling': plain('ir', 'poll-ip'),
    'ir-rsa-key': plain('ir', kind='rsa'),
    'ir-ml-dsa': plain('ir', kind='ml-dsa-65'),
    'ir-ml-kem': plain('ir', kind='ml-kem-768'),
    'cr': plain('cr'),
    'cr-implicit': plain('cr', 'implicit'),
    'cr-polling': plain('cr', 'poll-ip'),
    'kur': plain('kur'),
    'kur-polling': plain('kur', 'poll-ip'),
    'p10cr': p10cr(),
    'p10cr-polling': p10cr('poll-ip'),
    'poll-error': plain('ir', 'poll-error'),
    'rr': revoke,
    'rr-polling': lambda exchange: (polled('rr') if isinstance(exchange.peer, peerkit.OpensslPeer) else revoke_later)(exchange),
    'ir-nested': nested,
    'ir-profile': profile,
    'ir-raverified': ra_verified,
    'ir-caPubs': ca_pubs,
    'ir-extraCerts': extra_certificates,
    'ir-grantedWithMods': granted_with_changes,
    'ir-unprotected': unprotected_request,
    'kur-implicit': plain('kur', 'implicit'),
    'genm-polling': polled('genm'),
    'error': error_message,
    'unprotected-error': unprotected_error,
    'unprotected-answer': unprotected_answer,
    'genm': genm,
    'genm-caCerts': ca_certificates,
    'genm-rootCaCert': root_update,
    'genm-crlStatusList': crl_update,
    'genm-certReqTemplate': template,
    'rejection': reject,
    'krr': recover,
    'ckg': central_key,
    'ir-encrCert': encrypted_certificate('plain'),
    'ir-encrCert-old': encrypted_certificate('encrypted-value'),
}


def make_peer(name, folder):
    peerget.refuse_where_told()
    if name == 'openssl':
        return peerkit.OpensslPeer(name, ['openssl'], folder)
    if name == 'openssl-3.5':
        return peerkit.OpensslPeer(name, peerget.openssl_of_newer(peerget.may_fetch()), folder)
    if name == 'siemens':
        return peerkit.SiemensPeer(name, folder)
    return peerkit.JavaPeer(name, 'Responder', folder)


def newest_openssl():
    """What makes and reads keys for the tests."""
    try:
        return tuple(peerget.openssl_of_newer(peerget.may_fetch()))
    except peerget.Absent:
        return ('openssl',)


def main(name):
    with peerkit.Folder() as folder:
        try:
            peer = make_peer(name, folder)
        except peerget.Absent as reason:
            if peerget.may_fetch():
                print(f'Bail out! {reason}')
                sys.exit(1)
            print(f'1..0 # SKIP {reason}')
            sys.exit(0)
        try:
            print(f'# peer {name}: {peer.version()}')
            client = peerkit.Client(peer, folder, newest_openssl())
            cells = [(f'/peers/{name}/{operation}/{protection}',
                      lambda test=OPERATIONS[operation], protection=protection: test(Exchange(client, protection)))
                     for operation, protections in peertable.SPOKEN[name].items()
                     if not isinstance(protections, str) and operation in OPERATIONS
                     for protection in protections]
            tap.run(cells)
        finally:
            peer.stop()


if __name__ == '__main__':
    main(sys.argv[1])
