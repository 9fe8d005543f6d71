#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets are planted and used, then looked for: raw, in hexadecimal, in base64 and as UTF-16.

Searched are all files that Signet wrote, everything that its programs printed or logged, their command lines and environments,
and a core dump of the worker. The search itself is shown to find what is there.
"""

import base64
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from crashkit import DONE, PATIENCE, WORKER, DemoAuthority, Home, listens, tap
from clikit import openssl

PADDING = {0: 0, 1: 2, 2: 3}    # characters at the start of base64 that depend on what stands before


def forms(secret):
    """Every way the octets may be written that is looked for, by name; reversed is how libcrypto keeps numbers."""
    plain = {'raw': secret, 'reversed': secret[::-1], 'hex': secret.hex().encode(), 'HEX': secret.hex().upper().encode(),
             'h:e:x': secret.hex(':').encode(), 'H:E:X': secret.hex(':').upper().encode()}
    for offset, skip in PADDING.items():
        text = base64.b64encode(bytes(offset) + secret)
        plain[f'base64+{offset}'] = text[skip:(offset + len(secret)) * 8 // 6]
    wide = {f'{name} in UTF-16{order}': octets.decode('latin-1').encode(f'utf-16-{order}')
            for name, octets in plain.items() if octets.isascii() for order in ('le', 'be')}
    return {**plain, **wide}


class Search:
    def __init__(self, planted):
        self.needles = {f'{what}, {form}': octets for what, secret in planted.items() for form, octets in forms(secret).items()}

    def found(self, octets):
        """The needles that are in it, whether or not it is broken into lines."""
        joined = octets.replace(b'\r', b'').replace(b'\n', b'')
        return sorted(name for name, needle in self.needles.items() if needle in octets or needle in joined)


def memory_of(pid, folder):
    """A core dump made from outside, as by somebody who asks for one of a running program."""
    if shutil.which('gcore') is None:
        raise tap.Skip('gcore is not there')
    made = subprocess.run(['gcore', '-o', str(folder / 'core'), str(pid)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    path = folder / f'core.{pid}'
    if not path.exists():
        raise tap.Skip(f'no core dump can be made here: {made.stdout.decode(errors="replace")[-200:]}')
    try:
        # Most of it are pages that were never used.
        return path.read_bytes().replace(bytes(4096), b'')
    finally:
        path.unlink()


def process_words(pid):
    return b'\n'.join(Path(f'/proc/{pid}/{name}').read_bytes() for name in ('cmdline', 'environ'))


def private_number(path, *arguments):
    """The private number of the EC key in a file, from openssl's words."""
    text = openssl('pkey', '-in', path, '-noout', '-text', *arguments)
    number = re.search(r'priv:\n((?:\s+[0-9a-f:]+\n)+)', text).group(1)
    return bytes.fromhex(re.sub(r'[\s:]', '', number)).lstrip(b'\0')


class Exchange:
    """A worker that was given every kind of secret, and used them."""

    def __init__(self):
        self.authority = DemoAuthority()
        self.passphrase = f'passphrase-{secrets.token_hex(8)}'
        self.password = f'password-{secrets.token_hex(8)}'
        self.home = Home(self.passphrase)
        self.loud = {**self.home.env, 'G_MESSAGES_DEBUG': 'all'}
        self.said = []
        self.words = b''
        self.worker = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.worker is not None:
            self.worker.terminate()
            self.worker.wait(timeout=PATIENCE)
        with self.home:
            pass
        self.authority.close()

    def ctl(self, *arguments):
        done = subprocess.run(self.home.command(*arguments), env=self.loud, cwd=self.home.top, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=PATIENCE, check=False)
        assert done.returncode == DONE, done.stdout
        self.said.append(done.stdout)

    def start(self):
        self.log = self.home.top / 'worker.log'
        with open(self.log, 'wb') as log:
            self.worker = subprocess.Popen([str(WORKER), '--home', str(self.home.home), '--passphrase-file',
                                            str(self.home.passphrase_file)], env=self.loud, cwd='/', stdout=log, stderr=log)
        deadline = time.monotonic() + PATIENCE
        while not listens(self.home):
            assert time.monotonic() < deadline and self.worker.poll() is None, self.log.read_text()
            time.sleep(0.02)

    def use(self):
        """An identity taken in, a certificate by code, its export: and what each of them kept secret."""
        top = self.home.top
        arguments = list(self.authority.arguments)
        self.code = Path(arguments[arguments.index('--secret-file') + 1]).read_bytes().strip()
        password = self.home.write('password', self.password)
        openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc', '-subj', '/CN=Imported', '-days',
                '2', '-keyout', top / 'other.key', '-out', top / 'other.pem')
        openssl('pkcs12', '-export', '-in', top / 'other.pem', '-inkey', top / 'other.key', '-passout', f'file:{password}', '-out',
                top / 'other.p12')
        self.ctl('identity', 'import', top / 'other.p12', '--password-file', password)
        self.ctl('authority', 'add', '--name', 'Planted', *arguments)
        waiting = subprocess.Popen(self.home.command('request', '--authority', 'a1', '--subject', 'CN=Maria', '--key', 'ec:P-256',
                                                     '--wait', '--timeout', '60'), env=self.loud, cwd=top,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        time.sleep(0.3)
        self.words = process_words(waiting.pid)
        self.said.append(waiting.communicate(timeout=PATIENCE)[0])
        assert waiting.returncode == DONE, self.said[-1]
        self.words += process_words(self.worker.pid)
        for command in (('show', 'r1'), ('show', 'a1'), ('list', 'keys'), ('--json', 'show', 'r1'), ('--json', 'list', 'authorities')):
            self.ctl(*command)
        own = self.home.json('show', 'r1')['request']['certificate']
        self.ctl('export', own, '--format', 'pkcs12', '--password-file', password, '--output', top / 'own.p12')
        self.ctl('export', own, '--format', 'pem', '--output', top / 'own.pem')
        # Known only from here on: what the worker made and never showed.
        openssl('pkcs12', '-in', top / 'own.p12', '-nocerts', '-noenc', '-passin', f'file:{password}', '-out', top / 'own.key')

    def planted(self):
        top = self.home.top
        return {'the code': self.code, 'the passphrase': self.passphrase.encode(), 'the password': self.password.encode(),
                'the imported key': private_number(top / 'other.key'), 'the key that was made': private_number(top / 'own.key')}

    def files(self):
        """What Signet wrote; what the person keeps elsewhere is not its doing."""
        mine = {'passphrase', 'password', 'other.key', 'own.key', 'own.p12', 'other.p12', 'other.pem'}
        return [path for path in self.home.top.rglob('*') if path.is_file() and path.name not in mine]


def test_search_finds():
    secret = b'to be found: ' + secrets.token_bytes(8) + b'!'
    text = f'text-{secrets.token_hex(8)}'.encode()
    search = Search({'binary': secret, 'text': text})
    for planted in (secret, text):
        for form, octets in forms(planted).items():
            for before in (b'', b'x', b'xy'):
                assert search.found(before + octets + b'zz'), form
        for before in range(3):
            whole = base64.encodebytes(bytes(before + 57) + planted + bytes(80))
            assert search.found(whole), whole
    assert not search.found(secrets.token_bytes(1 << 20))
    holder = subprocess.Popen([sys.executable, '-c', 'import sys; kept = sys.stdin.read(); print(1, flush=True); sys.stdin = None; '
                               'import time; time.sleep(600)', text.decode()], env={**os.environ, 'PLANTED': text.decode()},
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        holder.stdin.write(secret.hex().encode())
        holder.stdin.close()
        holder.stdout.readline()
        words = process_words(holder.pid)
        assert search.found(words.split(b'PLANTED')[0]) and search.found(words.split(b'PLANTED')[1])
        with tempfile.TemporaryDirectory() as folder:
            assert [name for name in search.found(memory_of(holder.pid, Path(folder))) if name.startswith('binary')]
    finally:
        holder.kill()
        holder.wait()


def test_nowhere():
    with Exchange() as exchange:
        exchange.start()
        exchange.use()
        search = Search(exchange.planted())
        for path in exchange.files():
            assert not search.found(path.read_bytes()), f'{path.name}: {search.found(path.read_bytes())}'
        assert len(exchange.log.read_bytes()) > 0, 'the worker logged nothing, so its log proves nothing'
        for said in exchange.said:
            assert not search.found(said), search.found(said)
        assert not search.found(exchange.words), search.found(exchange.words)
        limits = Path(f'/proc/{exchange.worker.pid}/limits').read_text()
        assert re.search(r'Max core file size +0 +0', limits), limits


def test_not_in_a_core_dump():
    if b'__asan_init' in WORKER.read_bytes():
        raise tap.Skip('the sanitizer keeps memory that was freed, so its dump proves nothing; the plain build is searched')
    with Exchange() as exchange:
        exchange.start()
        exchange.use()
        search = Search(exchange.planted())
        found = search.found(memory_of(exchange.worker.pid, exchange.home.top))
        assert not found, found


tap.run([
    ('/worker/secrets/search-finds-what-is-there', test_search_finds),
    ('/worker/secrets/nowhere-in-clear/R469,R477', test_nowhere),
    ('/worker/secrets/not-in-a-core-dump', test_not_in_a_core_dump),
])
