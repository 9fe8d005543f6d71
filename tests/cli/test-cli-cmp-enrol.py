#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates by "signetctl cmp" from Debian's mock server."""

import re
import time

import cmpkit
from clikit import Demo
from cmpkit import Desk, Mock, mac_mock, openssl, silent_server, subject_of, tap

MAC = ('-ref', 'reference', '-secret', 'file:secret')
SIGNED = ('-cert', 'client.pem', '-key', 'client.key', '-trusted', 'root.pem')
NEW = ('-newkey', 'issued.key', '-subject', '/CN=issued/O=Example', '-certout', 'new.pem')


def test_mac():
    with Desk() as desk, mac_mock(desk) as mock:
        desk.good('-cmd', 'ir', '-server', mock.url, *MAC, *NEW, '-trusted', 'root.pem', '-cacertsout', 'ca.pem', '-extracertsout',
                  'extra.pem', '-chainout', 'chain.pem', '-srvcertout', 'nobody.pem')
        assert desk.read('new.pem') and subject_of(desk.path('new.pem')) == subject_of(desk.path('issued.pem'))
        for name in ('ca.pem', 'extra.pem'):
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


def test_chain():
    """The chain is saved without its root; into one file with the certificate, where both have the same name."""
    with Desk() as desk:
        desk.issue('middle', 'basicConstraints=critical,CA:TRUE\nsubjectKeyIdentifier=hash\n')
        desk.issue('issued', issuer='middle')
        with Mock(desk, '-rsp_extracerts', 'middle.pem') as mock:
            desk.good('-cmd', 'cr', '-server', mock.url, *SIGNED, *NEW, '-chainout', 'chain.pem')
            assert desk.read('chain.pem').count(b'BEGIN') == 1
            assert subject_of(desk.path('chain.pem')) == subject_of(desk.path('middle.pem'))
            desk.good('-cmd', 'cr', '-server', mock.url, *SIGNED, *NEW, '-chainout', 'new.pem')
            assert desk.read('new.pem').count(b'BEGIN') == 2
            assert subject_of(desk.path('new.pem')) == subject_of(desk.path('issued.pem'))


def test_stored_messages():
    """What was sent and answered can be sent, and read, again."""
    with Desk() as desk, mac_mock(desk) as mock:
        line = ('-cmd', 'ir', '-server', mock.url, *MAC, *NEW)
        desk.good(*line, '-reqout', 'a.der b.der', '-rspout', 'c.der,d.der')
        desk.path('new.pem').unlink()
        result = desk.good(*line, '-rspin', 'c.der d.der')
        assert desk.read('new.pem') and 'c.der' in result.out, result
        desk.good(*line, '-reqin', 'a.der b.der', '-reqout', 'e.der')
        desk.good(*line, '-reqin', 'a.der b.der', '-reqin_new_tid')
        desk.bad(*line, '-reqin', 'c.missing', words='c.missing')
        desk.good('-cmd', 'ir', *MAC, *NEW, '-reqout_only', 'f.der')
        assert desk.read('f.der')[:1] == b'0'
        assert len({desk.read(name) for name in ('a.der', 'e.der', 'f.der')}) == 3
        # Answers that are no answers to what is asked: the MAC still counts.
        desk.write('secret', 'something else')
        desk.bad(*line, '-rspin', 'c.der d.der')


def test_state():
    """A transaction goes on in another run of the program, from the file that it left. -attime makes the waiting short."""
    with Desk() as desk, Demo(desk, '--poll-count', '1', '--check-after', '3600') as authority:
        line = ('-cmd', 'ir', '-server', authority.settings['Url'], '-ref', authority.settings['Reference'], '-secret',
                f'file:{authority.settings["SecretFile"]}', '-trusted', authority.settings['AnchorFile'], '-mac', 'hmacWithSHA256', *NEW,
                '-state', 'request.state')
        ended = []
        while not ended or (ended[-1] == 4 and len(ended) < 6):
            result = desk.run(*line, '-attime', int(time.time()) + 7200 * len(ended))
            ended.append(result.status)
            assert bool(desk.read('request.state')) == (result.status == 4), result
            assert not desk.read('request.state') or desk.path('request.state').stat().st_mode & 0o777 == 0o600
        assert ended[0] == 4 and ended[-1] == 0 and desk.read('new.pem'), ended
        desk.write('request.state', b'nothing of the kind')
        desk.bad(*line, words='holds no transaction')
        # Another key than the one that it was begun with.
        desk.path('request.state').unlink()
        assert desk.run(*line).status == 4
        desk.bad(*line, '-newkey', 'client.key', words='neither -newkey nor -key')


def test_state_survives_silence():
    """What was sent and not answered is sent again as it was."""
    with Desk() as desk:
        line = ('-cmd', 'ir', *MAC, *NEW, '-state', 'request.state')
        with silent_server() as port:
            desk.bad(*line, '-server', f'127.0.0.1:{port}', '-msg_timeout', '1', '-reqout', 'a.der')
        assert desk.read('request.state')
        with mac_mock(desk) as mock:
            desk.good(*line, '-server', mock.url, '-reqout', 'b.der')
        assert desk.read('a.der') == desk.read('b.der') and desk.read('new.pem') and not desk.read('request.state')


def test_several():
    """Several certificates in one message. Debian's server knows one a message: what is sent is what counts here."""
    with Desk() as desk, mac_mock(desk) as mock:
        line = ('-cmd', 'ir', '-server', mock.url, *MAC, *NEW)
        desk.good(*line, '-also_newkey', 'client.key server.key', '-also_certout', 'b.pem c.pem', '-reqout_only', 'a.der')
        text = openssl('asn1parse', '-inform', 'DER', '-in', desk.path('a.der'))
        assert len(re.findall(r':d=5 .*INTEGER +:0[012]', text)) == 3, text
        desk.bad(*line, '-also_newkey', 'client.key', words='-also_certout')


def test_central_key_is_asked_for():
    with Desk() as desk:
        line = ('-cmd', 'ir', *MAC, '-subject', '/CN=a', '-reqout_only', 'a.der')
        desk.good(*line, '-centralkeygen')
        text = openssl('asn1parse', '-inform', 'DER', '-in', desk.path('a.der'))
        assert 'id-ecPublicKey' not in text and 'Signature' not in text, text
        desk.good(*line, '-popo', '-1')
        desk.bad(*line, '-popo', '1', '-centralkeygen', words='give one of them')
        desk.bad(*line[:-2], '-centralkeygen', '-server', '127.0.0.1', '-certout', 'new.pem', words='-newkeyout')


def test_revoked():
    """Lists of what was revoked count where they stand beside the anchors."""
    with Desk() as desk, Mock(desk) as mock:
        line = ('-cmd', 'cr', '-server', mock.url, '-cert', 'client.pem', '-key', 'client.key', *NEW)
        desk.revoke('issued')
        desk.good(*line, '-trusted', 'root-and-crl.pem', '-crl_check')
        desk.bad(*line, '-trusted', 'root.pem', '-crl_check', words='CRL')
        desk.revoke('server')
        desk.bad(*line, '-trusted', 'root-and-crl.pem', '-crl_check', words='revoked')
        desk.good(*line, '-trusted', 'root-and-crl.pem')


def test_differences():
    with Desk() as desk, mac_mock(desk) as mock:
        line = ('-cmd', 'ir', '-server', mock.url, *MAC, '-newkey', 'issued.key', '-subject', '/CN=another', '-certout', 'new.pem')
        result = desk.good(*line)
        assert 'was asked as “CN=another”' in result.out, result
        desk.bad(*line, '-refuse_changes', words='differs from what was asked for')
        desk.bad(*line, '-strict', '-trusted', 'root.pem')


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
        openssl('x509', '-req', '-in', desk.path('server.csr'), '-CA', desk.path('root.pem'), '-CAkey', desk.path('root.key'),
                '-CAcreateserial', '-days', '10', '-out', desk.path('again.pem'), '-extfile', desk.path('server.ext'))
        line = ('-cmd', 'ir', '-server', mock.url, *own, *NEW)
        desk.bad(*line, '-srvcert', 'root.pem')
        desk.good(*line, '-srvcert', 'server.pem')
        # Long after it has expired, and another one of that name and key: as openssl does.
        for other, words in ((('server.pem', '-attime', '4102444800'), 'expired'), (('again.pem',), 'not trusted')):
            desk.good(*line, '-srvcert', *other)
            desk.good(*line, '-srvcert', *other, program='openssl')
            desk.bad(*line, '-srvcert', *other, '-strict', words=words)
        desk.bad('-cmd', 'ir', '-server', mock.url, *SIGNED, *NEW, '-expect_sender', '/CN=other', words='expect_sender')
        desk.good('-cmd', 'ir', '-server', mock.url, *SIGNED, *NEW, '-expect_sender', '/CN=server/O=Example')


def expire(desk, name):
    """The certificate NAME again, whose time was over long ago."""
    desk.write('index', '')
    config = desk.write('expired.cnf', f'[ca]\ndefault_ca = a\n[a]\ndatabase = {desk.path("index")}\nnew_certs_dir = {desk.top}\n'
                                       f'default_md = sha256\nrand_serial = yes\nunique_subject = no\npolicy = p\n'
                                       '[p]\ncommonName = supplied\norganizationName = optional\n')
    openssl('ca', '-batch', '-config', config, '-keyfile', desk.path('root.key'), '-cert', desk.path('root.pem'), '-startdate',
            '20100101000000Z', '-enddate', '20110101000000Z', '-in', desk.path(f'{name}.csr'), '-extfile', desk.path(f'{name}.ext'),
            '-notext', '-out', desk.path(f'{name}.pem'))


def test_left_out():
    """Options that leave out a check of the signer's chain do what openssl does by them, and nothing more."""
    with Desk() as desk:
        desk.issue('server', extensions=cmpkit.EXTENSIONS + '1.2.3.4=critical,DER:0500\n')
        with Mock(desk) as mock:
            line = ('-cmd', 'ir', '-server', mock.url, *SIGNED, *NEW)
            desk.bad(*line, words='critical')
            desk.bad(*line, '-no_check_time', words='critical')
            desk.good(*line, '-ignore_critical')
            desk.good(*line, '-ignore_critical', program='openssl')
            desk.bad(*line, '-ignore_critical', '-strict')
        desk.issue('server')
        expire(desk, 'server')
        with Mock(desk) as mock:
            line = ('-cmd', 'ir', '-server', mock.url, *SIGNED, *NEW)
            desk.bad(*line, words='expired')
            desk.bad(*line, '-ignore_critical', words='expired')
            desk.good(*line, '-no_check_time')
            desk.good(*line, '-no_check_time', program='openssl')
            desk.bad(*line, '-no_check_time', '-strict')
            # Whom nobody vouches for is not believed the more.
            openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=Root/O=Example',
                    '-keyout', desk.path('other.key'), '-out', desk.path('other.pem'))
            desk.bad('-cmd', 'ir', '-server', mock.url, '-cert', 'client.pem', '-key', 'client.key', '-trusted', 'other.pem', *NEW,
                     '-no_check_time', '-ignore_critical', '-allow_proxy_certs')


tap.run([
    ('/cli/cmp/enrol/checks-left-out-of-the-signers-chain', test_left_out),
    ('/cli/cmp/enrol/mac', test_mac),
    ('/cli/cmp/enrol/signature', test_signature),
    ('/cli/cmp/enrol/address-without-scheme', test_address_without_scheme),
    ('/cli/cmp/enrol/chain-without-root', test_chain),
    ('/cli/cmp/enrol/stored-messages', test_stored_messages),
    ('/cli/cmp/enrol/state-goes-on', test_state),
    ('/cli/cmp/enrol/state-survives-silence', test_state_survives_silence),
    ('/cli/cmp/enrol/several-in-one-message', test_several),
    ('/cli/cmp/enrol/central-key-is-asked-for', test_central_key_is_asked_for),
    ('/cli/cmp/enrol/revoked-signer', test_revoked),
    ('/cli/cmp/enrol/told-differences', test_differences),
    ('/cli/cmp/enrol/wrong-secret', test_wrong_secret),
    ('/cli/cmp/enrol/untrusted', test_untrusted),
    ('/cli/cmp/enrol/pinned-or-expected-signer', test_pinned),
])
