#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What signetctl cmp has beyond openssl cmp, against Bouncy Castle's classes: several certificates in one message, keys for
encapsulation and agreement in place of one that signs, and a transaction that waits in a file.  usage: ... PEER"""

import subprocess
import sys
import time

import peerget
import peerkit
from peerkit import tap

WAITING = 4     # exit status
SUBJECT = ('-subject', '/CN=Maria Huber')
USAGE = '[{usage}]\nkeyUsage = critical,{usage}\n'


class Case:
    def __init__(self, client):
        self.client, self.peer, self.folder = client, client.peer, client.folder

    def path(self, name):
        return self.folder.path(name)

    def run(self, command, words, *options, status=0):
        return self.client.run(command, self.peer.url + words, *options, status=status)

    def status(self, command, words, *options):
        """Exit status and what was printed."""
        words = [*self.client.command, '-cmd', command, '-server', self.peer.url + words, '-trusted', self.peer.anchor, '-batch', *options]
        done = subprocess.run([str(word) for word in words], env=self.client.env, cwd=self.folder.top, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=peerkit.PATIENCE, check=False)
        return done.returncode, done.stdout

    def certify(self, kind, usage):
        """A key that does not sign, and its certificate, whose key usage says what it is for."""
        key, certificate, config = self.folder.key(kind), self.path('agreed.pem'), self.path('usage.cnf')
        config.write_text(USAGE.format(usage=usage), encoding='utf-8')
        self.run('ir', 'implicit', *self.client.mac('pbm'), '-implicit_confirm', '-config', config, '-section', usage, '-reqexts', usage,
                 '-newkey', key, *SUBJECT, '-certout', certificate, *(('-popo', '2') if usage == 'keyEncipherment' else ()))
        told = peerkit.shell('openssl', 'x509', '-in', certificate, '-noout', '-ext', 'keyUsage').decode()
        assert told.split('\n')[1].replace(' ', '').lower() == usage.lower(), told
        return key, certificate


def several(case):
    """Each of the keys gets its certificate, out of one request."""
    keys = [case.folder.key(kind) for kind in ('ecdsa', 'rsa', 'ed25519')]
    files = [case.path(f'{number}.pem') for number in range(3)]
    before = case.peer.count('issued')
    before_confirmed = case.peer.count('confirmed')
    sent = [case.path(f'sent-{number}.der') for number in range(3)]
    case.run('ir', 'plain', *case.client.mac('pbm'), '-newkey', keys[0], *SUBJECT, '-certout', files[0], '-also_newkey',
             f'{keys[1]},{keys[2]}', '-also_certout', f'{files[1]},{files[2]}', '-reqout', ','.join(map(str, sent)))
    assert case.peer.count('issued') == before + 3
    assert [peerkit.key_id(path) for path in files] == [peerkit.key_id(key) for key in keys]
    assert case.peer.count('confirmed') == before_confirmed + 3
    # All three were confirmed in one message.
    assert [path.exists() for path in sent] == [True, True, False]


def several_but_one(case):
    """What was granted is saved, and the status says that not all was."""
    keys = [case.folder.key('ecdsa') for _ in range(2)]
    files = [case.path('first.pem'), case.path('second.pem')]
    told = case.run('ir', 'reject-last', *case.client.mac('pbm'), '-newkey', keys[0], *SUBJECT, '-certout', files[0], '-also_newkey', keys[1],
                    '-also_certout', files[1], status=1)
    assert 'number 2 was not granted' in told, told
    assert peerkit.key_id(files[0]) == peerkit.key_id(keys[0]) and not files[1].exists()


def encapsulation(case):
    """RFC 9810 App. E Fig. 3: the authority encapsulates to the own key, which signs nothing."""
    key, certificate = case.certify('rsa', 'keyEncipherment')
    new, out = case.folder.key('ecdsa'), case.path('by-kem.pem')
    case.run('cr', 'plain+kem-rsa', '-cert', certificate, '-key', key, '-newkey', new, *SUBJECT, '-certout', out)
    assert peerkit.key_id(out) == peerkit.key_id(new)


def agreement(case):
    """DHBasedMac, with the authority's key from -srvcert."""
    key, certificate = case.certify('ecdsa', 'keyAgreement')
    new, out = case.folder.key('ecdsa'), case.path('by-dh.pem')
    line = ('-cert', certificate, '-key', key, '-newkey', new, *SUBJECT, '-certout', out)
    told = case.run('cr', 'plain', *line, status=1)
    assert '-srvcert' in told, told
    case.run('cr', 'plain', *line, '-srvcert', case.folder.top / 'dh.pem')
    assert peerkit.key_id(out) == peerkit.key_id(new)


def sealed_state(case):
    """A shared secret waits sealed: without its password nothing is kept, with another one nothing goes on."""
    key, certificate = case.certify('rsa', 'keyEncipherment')
    new, out, state = case.folder.key('ecdsa'), case.path('later.pem'), case.path('state')
    line = ('-cert', certificate, '-key', key, '-newkey', new, *SUBJECT, '-certout', out, '-state', state)
    told = case.run('cr', 'poll-ip+kem-rsa', *line, status=1)
    assert '-statepass' in told, told
    state.unlink(missing_ok=True)
    passwords = [case.path(f'password-{number}') for number in range(2)]
    for number, path in enumerate(passwords):
        path.write_text(f'password number {number}\n', encoding='utf-8')
    sealed = ('-statepass', f'file:{passwords[0]}')
    status, told = case.status('cr', 'poll-ip+kem-rsa', *line, *sealed)
    assert status == WAITING and state.exists() and not out.exists(), told
    assert state.stat().st_mode & 0o777 == 0o600
    kept = state.read_bytes()
    for options in ((), ('-statepass', f'file:{passwords[1]}')):
        status, told = case.status('cr', 'poll-ip+kem-rsa', *line, *options)
        assert status == 1 and state.read_bytes() == kept, told
    # The peer takes its time; asked too early it says so again.
    deadline = time.monotonic() + 2 * peerkit.PATIENCE
    status = WAITING
    while status == WAITING and time.monotonic() < deadline:
        status, told = case.status('cr', 'poll-ip+kem-rsa', *line, *sealed)
    assert status == 0 and not state.exists(), told
    assert peerkit.key_id(out) == peerkit.key_id(new)


CASES = {
    'several-in-one-message': several,
    'several-and-one-refused': several_but_one,
    'own-key-for-encapsulation': encapsulation,
    'own-key-for-agreement': agreement,
    'state-is-sealed': sealed_state,
}


def main(name):
    with peerkit.Folder() as folder:
        try:
            peer = peerkit.JavaPeer(name, 'Responder', folder)
        except peerget.Absent as reason:
            if peerget.may_fetch():
                print(f'Bail out! {reason}')
                sys.exit(1)
            print(f'1..0 # SKIP {reason}')
            sys.exit(0)
        try:
            client = peerkit.Client(peer, folder, ('openssl',))
            tap.run([(f'/peers/command/{name}/{case}', lambda test=test: test(Case(client))) for case, test in CASES.items()])
        finally:
            peer.stop()


if __name__ == '__main__':
    main(sys.argv[1])
