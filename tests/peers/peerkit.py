# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests against other implementations share: the peers, started and asked, and our command line as their client."""

import hashlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import peerget

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / 'project'))
import tap  # noqa: E402,F401 # pylint: disable=unused-import

BUILD = Path(os.environ['SIGNET_BUILD_ROOT'])
REFERENCE = '4711'
SECRET = 'a secret of some length'
PATIENCE = 60
# How each kind of key is made; what Debian 12's OpenSSL does not know, a newer one makes.
KEYS = {
    'ecdsa': ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'],
    'rsa': ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'],
    'ed25519': ['-algorithm', 'ED25519'],
    'ml-dsa-65': ['-algorithm', 'ML-DSA-65'],
    'ml-kem-768': ['-algorithm', 'ML-KEM-768'],
}
CMC_RA = '1.3.6.1.5.5.7.3.28'
CM_KGA = '1.3.6.1.5.5.7.3.32'
MACS = ('pbm', 'pbmac1')
# What needs OpenSSL 3.5 on our side as well: then our program runs with Debian 13's.
NEWER = ('ml-dsa-65', 'ml-kem-768')


def shell(*command, cwd=None, env=None):
    done = subprocess.run([str(word) for word in command], cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=PATIENCE, check=False)
    assert done.returncode == 0, f'{" ".join(map(str, command))}: {done.stdout.decode(errors="replace")}'
    return done.stdout


class Folder:
    """A folder for keys, certificates and what is exchanged; leaving the context removes it."""

    def __init__(self):
        self.top = Path(tempfile.mkdtemp(prefix='signet-peers-'))
        self.number = 0
        (self.top / 'secret').write_text(SECRET, encoding='utf-8')

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.top, ignore_errors=True)

    def path(self, name):
        """A path that was not used yet."""
        self.number += 1
        return self.top / f'{self.number}-{name}'

    def key(self, kind, openssl=('openssl',)):
        path = self.path(f'{kind}.key')
        shell(*openssl, 'genpkey', *KEYS[kind], '-out', path)
        return path


def key_id(path, openssl=('openssl',)):
    """SHA-256 of the public key of a private key or certificate in PEM."""
    what = ['x509', '-pubkey', '-noout'] if 'BEGIN CERTIFICATE' in path.read_text(encoding='utf-8') else ['pkey', '-pubout']
    return hashlib.sha256(shell(*openssl, *what, '-in', path)).hexdigest()


def der_of(path, kind='x509'):
    return shell('openssl', kind, '-in', path, '-outform', 'DER')


class JavaPeer:
    """A peer in Java: one process for the whole suite, told by the last part of the path how to behave."""

    def __init__(self, name, main_class, folder):
        self.name, self.folder = name, folder
        self.classpath = peerget.classpath(name, BUILD, peerget.may_fetch())
        self.process = subprocess.Popen(  # pylint: disable=consider-using-with
            ['java', '-XX:+UseSerialGC', '-cp', self.classpath, main_class, str(folder.top), REFERENCE,
             str(folder.top / 'secret')],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=open(folder.top / 'peer.log', 'wb'), text=True)
        self.url = self.process.stdout.readline().strip()
        assert self.url, (folder.top / 'peer.log').read_text(encoding='utf-8', errors='replace')
        self.anchor = folder.top / 'ca.pem'
        self.certificates = {}

    def stop(self):
        self.process.stdin.close()
        self.process.wait(PATIENCE)
        self.process.stdout.close()

    def version(self):
        jars = [Path(path).resolve().name.removesuffix('.jar') for path in self.classpath.split(':')]
        titles = {'CmpRaComponent-': 'Siemens CmpRaComponent ', 'bcpkix-': 'Bouncy Castle '}
        return next(title + jar.removeprefix(prefix).removeprefix('jdk18on-')
                    for prefix, title in titles.items() for jar in jars if jar.startswith(prefix))

    def count(self, what):
        """How many certificates were "issued", "confirmed", "rejected", "revoked"."""
        with urllib.request.urlopen(self.url, timeout=PATIENCE) as answer:
            words = answer.read().decode().split()
        return int(words[words.index(what) + 1])

    @contextmanager
    def serve(self, words='plain', protection='signature', **_):
        yield self.url + (f'{words}+{protection}' if protection in MACS else words)

    def for_update(self, _key, _certificate):
        return {}

    def tells_confirmations(self, _words):
        return True

    def forms_of_keys(self):
        """Options without which a private key that it made would not be taken."""
        return ()

    def certificate(self, client, kind):
        """A key of this kind and its certificate, enrolled once."""
        if kind not in self.certificates:
            key, certificate = client.folder.key(kind, client.openssl), client.folder.path('own.pem')
            client.run('ir', self.url + 'implicit+pbm', *client.mac('pbm'), '-implicit_confirm', '-newkey', key, '-subject',
                       '/CN=Maria Huber', '-certout', certificate, newer=kind in NEWER)
            self.certificates[kind] = (key, certificate)
        return self.certificates[kind]


class SiemensPeer(JavaPeer):
    """Siemens' registration authority: delayed delivery is its own word for letting wait, and it takes what
    answers p10cr only under the number 0."""

    def __init__(self, name, folder):
        super().__init__(name, 'Registration', folder)

    @contextmanager
    def serve(self, words='plain', protection='signature', **wants):
        with super().serve(words.replace('poll-ip', 'delayed') + '+p10-zero', protection, **wants) as url:
            yield url

    def forms_of_keys(self):
        """It calls SignedData data, and agrees on keys by SHA-1."""
        return ('-relax', 'key-package-form,sha1')

    def tells_confirmations(self, words):
        """After a delay it takes the confirmation and does not tell the certification authority."""
        return 'poll' not in words


class OpensslPeer:
    """The server in "openssl cmp -port". It gives out what it is started with, so it is started for each exchange."""

    def __init__(self, name, openssl, folder):
        self.name, self.openssl, self.folder = name, openssl, folder
        self.root_key = folder.key('ecdsa')
        self.anchor = folder.top / 'root.pem'
        shell('openssl', 'req', '-x509', '-key', self.root_key, '-subj', '/CN=Test Root', '-days', '30', '-out', self.anchor,
              '-addext', 'keyUsage=critical,keyCertSign,cRLSign,digitalSignature')
        self.server_key, self.server = folder.key('ecdsa'), folder.top / 'server.pem'
        self.issue(self.server_key, 'CMP server', self.server, f'extendedKeyUsage={CMC_RA},{CM_KGA}\n')
        self.certificates = {}

    def stop(self):
        pass

    def root_update(self):
        """Options for a root of the future: newWithNew, newWithOld and oldWithNew."""
        key = self.folder.key('ecdsa')
        new, link, back = (self.folder.path(f'{name}.pem') for name in ('newwithnew', 'newwithold', 'oldwithnew'))
        shell('openssl', 'req', '-x509', '-key', key, '-subj', '/CN=Test Root', '-days', '30', '-out', new)
        ca = self.folder.path('extensions')
        ca.write_text('basicConstraints=critical,CA:TRUE\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n',
                      encoding='utf-8')
        for subject_key, issuer, issuer_key, path in ((key, self.anchor, self.root_key, link), (self.root_key, new, key, back)):
            request = self.folder.path('request.pem')
            shell('openssl', 'req', '-new', '-key', subject_key, '-subj', '/CN=Test Root', '-out', request)
            shell('openssl', 'x509', '-req', '-in', request, '-CA', issuer, '-CAkey', issuer_key, '-extfile', ca, '-days', '20',
                  '-out', path)
        return ('-rsp_newwithnew', new, '-rsp_newwithold', link, '-rsp_oldwithnew', back)

    def revocation_list(self):
        configuration, crl = self.folder.path('ca.cnf'), self.folder.path('crl.pem')
        index = self.folder.path('index')
        index.touch()
        configuration.write_text(f'[ca]\ndefault_ca=a\n[a]\ndatabase={index}\ndefault_md=sha256\ndefault_crl_days=3\n',
                                 encoding='utf-8')
        shell('openssl', 'ca', '-gencrl', '-config', configuration, '-cert', self.anchor, '-keyfile', self.root_key, '-out', crl)
        return ('-rsp_crl', crl)

    def version(self):
        return ' '.join(shell(*self.openssl, 'version').decode().split()[:2])

    def issue(self, key, name, path, more=''):
        request, extensions = self.folder.path('request.pem'), self.folder.path('extensions')
        extensions.write_text(f'keyUsage=critical,digitalSignature,keyEncipherment,keyAgreement\nsubjectKeyIdentifier=hash\n'
                              f'authorityKeyIdentifier=keyid\n{more}', encoding='utf-8')
        public = self.folder.path('public.pem')
        shell(*self.openssl, 'pkey', '-in', key, '-pubout', '-out', public)
        dummy = self.folder.key('ecdsa')
        shell('openssl', 'req', '-new', '-key', dummy, '-subj', f'/CN={name}', '-out', request)
        shell(*self.openssl, 'x509', '-req', '-in', request, '-force_pubkey', public, '-CA', self.anchor, '-CAkey', self.root_key,
              '-extfile', extensions, '-days', '20', '-out', path)

    def certificate(self, client, kind):
        if kind not in self.certificates:
            key, certificate = client.folder.key(kind, self.openssl), client.folder.path('own.pem')
            self.issue(key, 'Maria Huber', certificate)
            self.certificates[kind] = (key, certificate)
        return self.certificates[kind]

    def tells_confirmations(self, _words):
        return False

    def forms_of_keys(self):
        """It calls SignedData data, has no list around the one key, and agrees on keys by SHA-1."""
        return ('-relax', 'key-package-form,sha1')

    def for_update(self, key, certificate):
        """Before 3.2 the server only knows the certificate that it gives out, so that one is updated by itself."""
        if peerget.version_of(self.openssl) >= (3, 2, 0):
            return {}
        return {'new': key, 'given': certificate}

    def tells_certificates_apart(self):
        """Newer ones let everything be revoked."""
        return peerget.version_of(self.openssl) < (3, 2, 0)

    @contextmanager
    def serve(self, words='plain', protection='pbm', options=(), new_key=None, given=None):
        """@given: the certificate to give out or to have revoked; else one is made for @new_key."""
        if given is None:
            given = self.folder.path('new.pem')
            self.issue(new_key or self.server_key, 'Maria Huber', given)
        command = [*self.openssl, 'cmp', '-port', '0', '-srv_cert', self.server, '-srv_key', self.server_key, '-srv_trusted',
                   self.anchor, '-rsp_cert', given, *options]
        if protection in MACS:
            command += ['-srv_ref', REFERENCE, '-srv_secret', f'file:{self.folder.top}/secret']
        if 'implicit' in words:
            command += ['-grant_implicitconf']
        if 'poll-ip' in words:
            command += ['-poll_count', '2', '-check_after', '1']
        if 'reject' in words:
            command += ['-pkistatus', '2', '-failurebits', '512', '-statusstring', 'Not on the list.']
        port = free_port()
        command[command.index('0')] = str(port)
        log = self.folder.path('server.log')
        with open(log, 'wb') as output:
            process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL,
                                       stdout=output, stderr=output, cwd=self.folder.top)
            try:
                wait_for_port(port, process, log)
                yield f'http://127.0.0.1:{port}/pkix/'
            except AssertionError as error:
                raise AssertionError(f'{error}\n{log.read_text(encoding="utf-8", errors="replace")}') from error
            finally:
                process.kill()
                process.wait()


def free_port():
    with socket.socket() as listener:
        listener.bind(('127.0.0.1', 0))
        return listener.getsockname()[1]


def wait_for_port(port, process, log):
    """Looked up, not tried: the server takes one connection at a time and would wait for what this one has to say."""
    needle = f':{port:04X} '
    for _ in range(int(PATIENCE / 0.01)):
        for table in ('/proc/net/tcp', '/proc/net/tcp6'):
            for line in Path(table).read_text(encoding='ascii').splitlines():
                words = line.split()
                if needle.strip() in words[1] and words[1].endswith(needle.strip()) and words[3] == '0A':
                    return
        assert process.poll() is None, log.read_text(encoding='utf-8', errors='replace')
        time.sleep(0.01)
    raise AssertionError('openssl cmp does not listen')


class Client:
    """signetctl cmp, or what SIGNET_TEST_CMP names in its stead, such as "openssl cmp" to look whether a peer works at all."""

    def __init__(self, peer, folder, openssl):
        self.peer, self.folder, self.openssl = peer, folder, openssl
        named = os.environ.get('SIGNET_TEST_CMP')
        program = str(BUILD / 'src' / 'cli' / 'signetctl')
        self.command = named.split() if named else [program, 'cmp']
        self.newer = named.split() if named else [*peerget.with_newer(openssl, program), 'cmp']
        keep = {name: value for name, value in os.environ.items()
                if name.startswith(('G_', 'ASAN', 'UBSAN', 'LSAN', 'LC_', 'TZ', 'SIGNET_BUILD')) or name in ('PATH', 'LANGUAGE')}
        self.env = {**keep, 'HOME': str(folder.top), 'XDG_RUNTIME_DIR': str(folder.top)}

    def mac(self, protection):
        options = ['-ref', REFERENCE, '-secret', f'file:{self.folder.top}/secret']
        return options + ['-mac', 'pbmac1', '-iterations', '2000'] if protection == 'pbmac1' else options

    def credentials(self, protection):
        if protection in MACS:
            return self.mac(protection)
        key, certificate = self.peer.certificate(self, protection)
        return ['-key', key, '-cert', certificate]

    def run(self, command, url, *options, status=0, newer=False):
        """Runs one exchange; what it printed."""
        words = [*(self.newer if newer else self.command), '-cmd', command, '-server', url, '-trusted', self.peer.anchor, '-batch', *options]
        done = subprocess.run([str(word) for word in words], env=self.env, cwd=self.folder.top, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE, check=False)
        told = f'{" ".join(map(str, words))}: status {done.returncode}\n{done.stdout}'
        assert (done.returncode == 0) == (status == 0), told
        assert 'CRITICAL' not in done.stdout, told
        return done.stdout
