#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same arguments for "openssl cmp" and "signetctl cmp", before the same server: status, files and messages must agree."""

import re
import subprocess

from cmpkit import Desk, Mock, SECRET, mac_mock, openssl, tap

MAC = ('-ref', 'reference', '-secret', 'file:secret')
SIGNED = ('-cert', 'client.pem', '-key', 'client.key', '-trusted', 'root.pem')
NEW = ('-newkey', 'issued.key', '-certout', 'new.pem')
NAMED = (*NEW, '-subject', '/CN=issued/O=Example')
OUTPUTS = ('new.pem', 'chain.pem', 'ca.pem', 'extra.pem', 'signer.pem')
SAVED = ('-chainout', 'chain.pem', '-cacertsout', 'ca.pem', '-extracertsout', 'extra.pem')

# (name, mock server's arguments, arguments)
BOTH = [
    ('ir-mac', (), ('-cmd', 'ir', *MAC, *NAMED, *SAVED, '-trusted', 'root.pem')),
    ('ir-without-anchor', (), ('-cmd', 'ir', *MAC, *NAMED)),
    ('ir-other-mac', (), ('-cmd', 'ir', *MAC, *NAMED, '-mac', 'hmacWithSHA256', '-digest', 'sha384')),
    ('cr-signed', (), ('-cmd', 'cr', *SIGNED, *NAMED, *SAVED)),
    ('cr-der', (), ('-cmd', 'cr', *SIGNED, *NAMED, '-certform', 'DER')),
    ('kur', (), ('-cmd', 'kur', *SIGNED, *NEW, '-oldcert', 'issued.pem')),
    ('kur-wrong-certificate', (), ('-cmd', 'kur', *SIGNED, *NEW)),
    ('p10cr', (), ('-cmd', 'p10cr', *SIGNED, '-csr', 'issued.csr', '-certout', 'new.pem')),
    ('rr', (), ('-cmd', 'rr', *SIGNED, '-oldcert', 'issued.pem', '-revreason', '4')),
    ('rr-by-csr', (), ('-cmd', 'rr', *MAC, '-csr', 'issued.csr')),
    ('rr-of-another', (), ('-cmd', 'rr', *MAC, '-oldcert', 'client.pem')),
    ('genm', (), ('-cmd', 'genm', *MAC)),
    ('genm-ca-certs', (), ('-cmd', 'genm', *SIGNED, '-infotype', 'signKeyPairTypes')),
    ('implicit-confirm', ('-grant_implicitconf',), ('-cmd', 'ir', *MAC, *NAMED, '-implicit_confirm')),
    ('disable-confirm', (), ('-cmd', 'ir', *MAC, *NAMED, '-disable_confirm')),
    ('polling', ('-poll_count', '2', '-check_after', '1'), ('-cmd', 'ir', *MAC, *NAMED)),
    ('polling-too-long', ('-poll_count', '2', '-check_after', '30'), ('-cmd', 'ir', *MAC, *NAMED, '-total_timeout', '3')),
    ('rejected', ('-pkistatus', '2', '-failure', '5'), ('-cmd', 'ir', *MAC, *NAMED)),
    ('rejected-with-modifications', ('-pkistatus', '1'), ('-cmd', 'ir', *MAC, *NAMED)),
    ('error', ('-send_error', '-failure', '7', '-statusstring', 'no'), ('-cmd', 'cr', *SIGNED, *NAMED)),
    ('unprotected-error', ('-send_error', '-send_unprot_err'), ('-cmd', 'cr', *SIGNED, *NAMED)),
    ('unprotected-error-believed', ('-send_error', '-send_unprot_err'), ('-cmd', 'cr', *SIGNED, *NAMED, '-unprotected_errors')),
    ('unprotected-answer', ('-send_unprotected',), ('-cmd', 'cr', *SIGNED, *NAMED)),
    ('unprotected-request', ('-accept_unprotected',), ('-cmd', 'cr', *NAMED, '-trusted', 'root.pem', '-unprotected_requests')),
    ('unprotected-request-refused', (), ('-cmd', 'cr', *NAMED, '-trusted', 'root.pem', '-unprotected_requests')),
    ('pinned', (), ('-cmd', 'cr', '-cert', 'client.pem', '-key', 'client.key', *NAMED, '-srvcert', 'server.pem')),
    ('pinned-to-another', (), ('-cmd', 'cr', '-cert', 'client.pem', '-key', 'client.key', *NAMED, '-srvcert', 'client.pem')),
    ('unexpected-sender', (), ('-cmd', 'cr', *SIGNED, *NAMED, '-expect_sender', '/CN=another')),
    ('out-trusted', (), ('-cmd', 'ir', *MAC, *NAMED, '-out_trusted', 'root.pem', '-verify_hostname', 'issued.example')),
    ('out-trusted-other-host', (), ('-cmd', 'ir', *MAC, *NAMED, '-out_trusted', 'root.pem', '-verify_hostname', 'a.example')),
    ('out-trusted-other-root', (), ('-cmd', 'ir', *MAC, *NAMED, '-out_trusted', 'client.pem')),
    ('other-key', (), ('-cmd', 'ir', *MAC, '-newkey', 'client.key', '-subject', '/CN=a', '-certout', 'new.pem')),
    ('ra-verified', ('-accept_raverified',), ('-cmd', 'ir', *MAC, *NAMED, '-popo', '0')),
    ('ra-verified-refused', (), ('-cmd', 'ir', *MAC, *NAMED, '-popo', '0')),
    ('twice', (), ('-cmd', 'ir', *MAC, *NAMED, '-repeat', '2')),
    ('wrong-path', (), ('-cmd', 'ir', *MAC, *NAMED, '-path', 'nowhere')),
    ('revoked-check', (), ('-cmd', 'cr', *SIGNED, *NAMED, '-crl_check')),
    ('too-long-ago', (), ('-cmd', 'cr', *SIGNED, *NAMED, '-attime', '1000000000')),
    ('own-chain', (), ('-cmd', 'cr', *SIGNED, *NAMED, '-own_trusted', 'root.pem')),
    ('own-chain-untrusted', (), ('-cmd', 'cr', *SIGNED, *NAMED, '-own_trusted', 'issued.pem')),
    ('key-of-another', (), ('-cmd', 'cr', '-cert', 'client.pem', '-key', 'issued.key', '-trusted', 'root.pem', *NAMED)),
    ('encrypted-keys', (), ('-cmd', 'cr', '-cert', 'client.p12', '-key', 'client.p12', '-keypass', 'pass:of-p12', '-trusted',
                            'root.pem', '-newkey', 'sealed.key', '-newkeypass', 'file:pass', '-subject', '/CN=issued', '-certout',
                            'new.pem')),
    ('wrong-password', (), ('-cmd', 'cr', *SIGNED, '-newkey', 'sealed.key', '-newkeypass', 'pass:wrong', '-certout', 'new.pem')),
    ('no-password', (), ('-cmd', 'cr', *SIGNED, '-newkey', 'sealed.key', '-batch', '-certout', 'new.pem')),
    ('anchors-in-p12', (), ('-cmd', 'cr', '-cert', 'client.pem', '-key', 'client.key', '-trusted', 'root.p12', '-otherpass',
                            'pass:of-p12', *NAMED)),
    ('der-files', (), ('-cmd', 'cr', '-cert', 'client.der', '-key', 'client-key.der', '-trusted', 'root.der', *NAMED)),
    ('random', (), ('-cmd', 'cr', *SIGNED, *NAMED, '-rand', 'root.pem', '-writerand', 'random')),
    ('random-missing', (), ('-cmd', 'cr', *SIGNED, *NAMED, '-rand', 'missing')),
    ('digest', (), ('-cmd', 'cr', *SIGNED, *NAMED, '-digest', 'sha384')),
    ('digest-unknown', (), ('-cmd', 'cr', *SIGNED, *NAMED, '-digest', 'nonsense')),
    ('without-keep-alive', (), ('-cmd', 'cr', *SIGNED, *NAMED, '-keep_alive', '0', '-disable_confirm')),
    ('keep-alive-demanded', (), ('-cmd', 'cr', *SIGNED, *NAMED, '-keep_alive', '2')),
    ('csr-with-its-key', (), ('-cmd', 'cr', *SIGNED, *NEW, '-csr', 'issued.csr')),
    ('csr-without-its-key', (), ('-cmd', 'cr', *SIGNED, '-csr', 'issued.csr', '-certout', 'new.pem')),
    ('key-format-told', (), ('-cmd', 'cr', *SIGNED, *NAMED, '-keyform', 'PEM')),
    ('key-format-another', (), ('-cmd', 'cr', *SIGNED, *NAMED, '-keyform', 'P12')),
    ('key-format-unknown', (), ('-cmd', 'cr', *SIGNED, *NAMED, '-keyform', 'XML')),
    ('own-certificate-expired', (), ('-cmd', 'cr', '-cert', 'expired.pem', '-key', 'server.key', '-trusted', 'root.pem', *NAMED)),
    ('provider', (), ('-cmd', 'cr', '-provider', 'default', '-provider', 'legacy', *SIGNED, *NAMED)),
    ('provider-missing', (), ('-cmd', 'cr', '-provider', 'nonsense', *SIGNED, *NAMED)),
    ('depth', (), ('-cmd', 'cr', *SIGNED, *NAMED, '-verify_depth', '0')),
    ('purpose', (), ('-cmd', 'cr', *SIGNED, *NAMED, '-purpose', 'sslclient')),
    ('purpose-unknown', (), ('-cmd', 'cr', *SIGNED, *NAMED, '-purpose', 'nonsense')),
    ('level', (), ('-cmd', 'cr', *SIGNED, *NAMED, '-auth_level', '5')),
    ('explicit-policy', (), ('-cmd', 'cr', *SIGNED, *NAMED, '-policy', '1.2.3.4', '-explicit_policy', '-policy_check')),
    ('strict-x509', (), ('-cmd', 'cr', *SIGNED, *NAMED, '-x509_strict')),
    ('several-files', (), ('-cmd', 'cr', *SIGNED[:4], '-trusted', 'client.pem, root.pem', '-untrusted', 'server.pem issued.pem', *NAMED)),
    ('extra-certificates', (), ('-cmd', 'cr', *SIGNED, *NAMED, '-extracerts', 'root.pem issued.pem')),
    ('general-info', (), ('-cmd', 'cr', *SIGNED, *NAMED, '-geninfo', '1.2.3.4:int:5')),
    ('general-info-wrong', (), ('-cmd', 'cr', *SIGNED, *NAMED, '-geninfo', '1.2.3.4')),
    ('subject-for-reference', (), ('-cmd', 'ir', '-secret', 'file:secret', *NAMED)),
    ('popo-unknown', (), ('-cmd', 'ir', *MAC, *NAMED, '-popo', '3')),
    ('keep-alive-unknown', (), ('-cmd', 'ir', *MAC, *NAMED, '-keep_alive', '3')),
    ('format-unknown', (), ('-cmd', 'ir', *MAC, *NAMED, '-certform', 'XML')),
    ('two-secret-places', (), ('-cmd', 'ir', '-ref', 'reference', '-secret', 'env:NONE', *NAMED)),
    ('no-cmd', (), (*MAC, *NAMED)),
    ('no-certout', (), ('-cmd', 'ir', *MAC, '-newkey', 'issued.key')),
    ('no-key', (), ('-cmd', 'ir', *MAC, '-subject', '/CN=a', '-certout', 'new.pem')),
    ('no-credentials', (), ('-cmd', 'ir', *NAMED)),
    ('no-certificate', (), ('-cmd', 'ir', '-key', 'client.key', *NAMED)),
    ('no-csr', (), ('-cmd', 'p10cr', *MAC, '-certout', 'new.pem')),
    ('no-certificate-to-revoke', (), ('-cmd', 'rr', *MAC)),
    ('unreadable', (), ('-cmd', 'ir', *MAC, *NAMED, '-trusted', 'issued.key')),
    ('missing-file', (), ('-cmd', 'ir', *MAC, *NAMED, '-trusted', 'nothing.pem')),
    ('short-total-time', (), ('-cmd', 'ir', *MAC, *NAMED, '-total_timeout', '3', '-msg_timeout', '5')),
]


def outcome(desk, server, arguments, program):
    for name in OUTPUTS:
        desk.path(name).unlink(missing_ok=True)
    # Debian's 3.0 does not know it yet.
    more = ('-srvcertout', 'signer.pem') if program == 'signetctl' else ()
    with mac_mock(desk, *server) as mock:
        result = desk.run('-server', mock.url, *more, *arguments, program=program)
    assert 'CRITICAL' not in result.err, result.err
    return result.status, {name: desk.read(name) for name in OUTPUTS if name != 'signer.pem'}, result


def more_files(desk):
    """The same keys and certificates in other forms."""
    desk.write('pass', 'of-pem\nand more\n')
    openssl('pkcs12', '-export', '-in', desk.path('client.pem'), '-inkey', desk.path('client.key'), '-passout', 'pass:of-p12', '-out',
            desk.path('client.p12'))
    openssl('pkcs12', '-export', '-nokeys', '-in', desk.path('root.pem'), '-passout', 'pass:of-p12', '-out', desk.path('root.p12'))
    openssl('pkcs8', '-topk8', '-in', desk.path('issued.key'), '-passout', 'pass:of-pem', '-out', desk.path('sealed.key'))
    for name in ('client', 'root'):
        openssl('x509', '-in', desk.path(f'{name}.pem'), '-outform', 'DER', '-out', desk.path(f'{name}.der'))
    config = desk.write('old.cnf', f'[ca]\ndefault_ca = a\n[a]\ndatabase = {desk.path("old-index")}\ndefault_md = sha256\n'
                        f'new_certs_dir = {desk.top}\nrand_serial = yes\npolicy = p\n[p]\ncommonName = supplied\n'
                        f'organizationName = supplied\n')
    desk.write('old-index', '')
    openssl('ca', '-batch', '-config', config, '-keyfile', desk.path('root.key'), '-cert', desk.path('root.pem'), '-in',
            desk.path('server.csr'), '-startdate', '20200101000000Z', '-enddate', '20210101000000Z', '-notext', '-extfile',
            desk.path('server.ext'), '-preserveDN', '-out', desk.path('expired.pem'))
    openssl('pkey', '-in', desk.path('client.key'), '-outform', 'DER', '-out', desk.path('client-key.der'))


def compare(server, arguments):
    def test():
        with Desk() as desk:
            more_files(desk)
            theirs = outcome(desk, server, arguments, 'openssl')
            ours = outcome(desk, server, arguments, 'signetctl')
            assert theirs[0] == ours[0], f'openssl: {theirs[2]}\nsignetctl: {ours[2]}'
            for name, contents in theirs[1].items():
                assert certificates(desk, contents) == certificates(desk, ours[1][name]), f'{name}\n{theirs[2]}\n{ours[2]}'
    return test


def certificates(desk, contents):
    """The certificates of a file by their octets: openssl writes an empty file where there are none."""
    if not contents:
        return []
    if contents[:1] == b'0':
        return [contents]
    parts = re.findall(b'-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n', contents, re.DOTALL)
    return [subprocess.run(['/usr/bin/openssl', 'x509', '-outform', 'DER'], input=part, check=True, stdout=subprocess.PIPE).stdout
            for part in parts]


# ---- requests, decoded: the body must be the same but for signatures; the header as far as names and generalInfo go ----

REQUESTS = [
    ('plain', ('-cmd', 'ir', *MAC, *NAMED)),
    ('days', ('-cmd', 'ir', *MAC, *NAMED, '-days', '10')),
    ('names', ('-cmd', 'ir', *MAC, *NEW, '-sans', 'a.example 1.2.3.4,c.example https://d.example/ critical')),
    ('subject-and-names', ('-cmd', 'ir', *MAC, *NAMED, '-sans', 'a.example')),
    ('issuer', ('-cmd', 'ir', *MAC, *NAMED, '-issuer', '/CN=Root/O=Example')),
    ('policies', ('-cmd', 'cr', *SIGNED, *NAMED, '-policy_oids', '1.2.3.4 1.2.3.5', '-policy_oids_critical')),
    ('extensions', ('-cmd', 'cr', *SIGNED, *NAMED, '-reqexts', 'asked')),
    ('reference', ('-cmd', 'cr', *SIGNED, *NEW)),
    ('reference-without-names', ('-cmd', 'cr', *SIGNED, *NEW, '-san_nodefault')),
    ('from-csr', ('-cmd', 'cr', *SIGNED, *NEW, '-csr', 'issued.csr')),
    ('kur', ('-cmd', 'kur', *SIGNED, *NEW, '-oldcert', 'issued.pem')),
    ('p10cr', ('-cmd', 'p10cr', *SIGNED, '-csr', 'issued.csr', '-certout', 'new.pem')),
    ('rr', ('-cmd', 'rr', *SIGNED, '-oldcert', 'issued.pem', '-revreason', '10')),
    ('rr-by-csr', ('-cmd', 'rr', *SIGNED, '-csr', 'issued.csr')),
    ('genm', ('-cmd', 'genm', *SIGNED, '-infotype', 'caCerts', '-cacertsout', 'ca.pem')),
    ('ra-verified', ('-cmd', 'ir', *MAC, *NAMED, '-popo', '0')),
    ('odd-name', ('-cmd', 'ir', *MAC, *NEW, '-subject', '/DC=org/O=a\\/b/UID=1+CN= John Doe /OU=')),
]


def body_of(path):
    """Lines of the body as asn1parse gives them, without what differs by chance: signatures and times."""
    text = openssl('asn1parse', '-inform', 'DER', '-in', path)
    lines = [re.sub(r'^ *\d+:d=(\d+) +hl=\d+ l= *\S+ ', r'\1 ', line) for line in text.splitlines()]
    starts = [i for i, line in enumerate(lines) if line.startswith('1 ')]
    body = lines[starts[1]:starts[2] if len(starts) > 2 else None]
    body = [re.sub(r'(GENERALIZEDTIME|UTCTIME).*', r'\1', line.strip()) for line in body if 'BIT STRING' not in line]
    # With alternative names alone, openssl leaves the subject out; RFC 9483 §4.1.1 wants the NULL-DN.
    for i, line in enumerate(body[:-2]):
        if line.endswith('cont [ 5 ]') and body[i + 2].startswith('6 '):
            return body[:i] + body[i + 2:]
    return body


def compare_request(arguments):
    def test():
        with Desk() as desk, Mock(desk) as mock:
            desk.write('cnf', '[asked]\nkeyUsage = critical, digitalSignature\nextendedKeyUsage = clientAuth\n')
            for program in ('openssl', 'signetctl'):
                desk.run('-server', mock.url, '-reqout', f'{program}.der', *arguments, program=program, config='cnf')
            theirs, ours = body_of(desk.path('openssl.der')), body_of(desk.path('signetctl.der'))
            assert theirs == ours, '\n'.join(['openssl:', *theirs, 'signetctl:', *ours])
    return test


tap.run([(f'/cli/cmp/compare/{name}', compare(server, arguments)) for name, server, arguments in BOTH]
        + [(f'/cli/cmp/compare-request/{name}', compare_request(arguments)) for name, arguments in REQUESTS])
assert SECRET
