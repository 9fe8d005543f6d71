# SPDX-License-Identifier: GPL-3.0-or-later
"""Which peer is asked for what, protected how: the table that the tests run and that matrix.py prints.

An operation that a peer does not speak has a sentence in place of the protections; matrix.py prints it below the table.
"""

SIGNATURES = ('ecdsa', 'rsa', 'ed25519')
MACS = ('pbm', 'pbmac1')
ALL = MACS + SIGNATURES
BOTH = ('pbmac1', 'ecdsa')

PLAIN_MAC = ('pbm', 'ecdsa')
NO_PBMAC1 = ('pbm',) + SIGNATURES
FROM_3_2 = 'from OpenSSL 3.2'
FROM_3_3 = 'from OpenSSL 3.3'
FROM_3_4 = 'from OpenSSL 3.4'
FROM_3_5 = 'from OpenSSL 3.5'
NEVER = 'no version of OpenSSL'
NEWER = 'Bouncy Castle 1.72 has no ML-KEM, ML-DSA nor encapsulation in CMS'

OPENSSL = {
    'ir': NO_PBMAC1,
    'ir-implicit': PLAIN_MAC,
    'ir-polling': PLAIN_MAC,
    'cr': NO_PBMAC1,
    'cr-implicit': PLAIN_MAC,
    'cr-polling': PLAIN_MAC,
    'kur': SIGNATURES,
    'kur-polling': ('ecdsa',),
    'kur-implicit': ('ecdsa',),
    'p10cr': NO_PBMAC1,
    'p10cr-polling': PLAIN_MAC,
    'rr': NO_PBMAC1,
    'rr-polling': FROM_3_3,
    'genm': NO_PBMAC1,
    'genm-polling': FROM_3_3,
    'rejection': NO_PBMAC1,
    'error': PLAIN_MAC,
    'unprotected-error': PLAIN_MAC,
    'unprotected-answer': PLAIN_MAC,
    'ir-unprotected': ('pbm',),
    'ir-raverified': PLAIN_MAC,
    'ir-caPubs': PLAIN_MAC,
    'ir-extraCerts': PLAIN_MAC,
    'ir-grantedWithMods': PLAIN_MAC,
    'ir-profile': PLAIN_MAC,
    'genm-caCerts': FROM_3_2,
    'genm-rootCaCert': FROM_3_2,
    'genm-crlStatusList': FROM_3_4,
    'genm-certReqTemplate': FROM_3_4,
    'ckg': FROM_3_5,
    'poll-error': FROM_3_3,
    'ir-encrCert': NEVER,
    'krr': NEVER,
}

SPOKEN = {
    'openssl': OPENSSL,
    'openssl-3.5': {
        **OPENSSL,
        'ir': NO_PBMAC1 + ('ml-dsa-65',),
        'cr': NO_PBMAC1 + ('ml-dsa-65',),
        'kur': SIGNATURES + ('ml-dsa-65',),
        'p10cr': NO_PBMAC1 + ('ml-dsa-65',),
        'rr': NO_PBMAC1 + ('ml-dsa-65',),
        'genm': NO_PBMAC1 + ('ml-dsa-65',),
        'rr-polling': PLAIN_MAC,
        'genm-polling': PLAIN_MAC,
        'genm-caCerts': PLAIN_MAC,
        'genm-rootCaCert': PLAIN_MAC,
        'genm-crlStatusList': PLAIN_MAC,
        'genm-certReqTemplate': 'openssl cmp -port of 3.5.9 dies of signal 11 when asked for it',
        'ckg': ('rsa', 'ecdsa'),
        'poll-error': 'its own delayed delivery begins with the status "waiting" in ip, cp, kup',
    },
    'bouncycastle': {
        'ir': ALL,
        'ir-implicit': BOTH,
        'ir-polling': BOTH,
        'ir-rsa-key': BOTH,
        'ir-profile': BOTH,
        'ir-raverified': BOTH,
        'ir-caPubs': BOTH,
        'kur-implicit': ('ecdsa',),
        'cr': ALL,
        'cr-implicit': BOTH,
        'cr-polling': BOTH,
        'kur': SIGNATURES,
        'kur-polling': ('ecdsa',),
        'p10cr': ALL,
        'p10cr-polling': BOTH,
        'poll-error': ALL,
        'rr': ALL,
        'genm': ALL,
        'genm-caCerts': BOTH,
        'genm-rootCaCert': BOTH,
        'genm-crlStatusList': BOTH,
        'genm-certReqTemplate': BOTH,
        'rejection': ALL,
        'ckg': ('pbmac1', 'pbm', 'rsa', 'ecdsa'),
        'krr': BOTH,
        'ir-encrCert': BOTH,
        'ir-encrCert-old': BOTH,
        'ir-ml-kem': NEWER,
        'ir-ml-dsa': NEWER,
    },
}
SPOKEN['bouncycastle-new'] = {
    **SPOKEN['bouncycastle'],
    'ir': ALL + ('ml-dsa-65',),
    'cr': ALL + ('ml-dsa-65',),
    'ir-ml-kem': BOTH,
    'ir-ml-dsa': BOTH,
}
# Its PBMAC1 takes PBKDF2's keyLength, which is in octets (RFC 8018 §A.2), for a number of bits on both ways.
SPOKEN['siemens'] = {
    'ir': NO_PBMAC1,
    'ir-polling': PLAIN_MAC,
    'ir-nested': PLAIN_MAC,
    'cr': NO_PBMAC1,
    'cr-polling': PLAIN_MAC,
    'kur': SIGNATURES,
    'kur-polling': ('ecdsa',),
    'p10cr': NO_PBMAC1,
    'p10cr-polling': 'CmpRaComponent 4.1.4 refuses its own message that a p10cr has to wait',
    'rr': NO_PBMAC1,
    'rr-polling': PLAIN_MAC,
    'rejection': PLAIN_MAC,
    'genm-caCerts': PLAIN_MAC,
    'genm-rootCaCert': PLAIN_MAC,
    'genm-crlStatusList': PLAIN_MAC,
    'ckg': ('pbm', 'rsa', 'ecdsa'),
    'ir-encrCert': 'the registration authority hands on signatures as proof of possession only',
    'krr': 'not in the Lightweight CMP Profile (RFC 9483)',
}
