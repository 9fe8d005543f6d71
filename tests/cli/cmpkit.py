# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of "signetctl cmp" share: keys and certificates, Debian's mock server, and both programs run alike."""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from clikit import PATIENCE, SIGNETCTL, openssl, tap

SECRET = 'correct-horse-battery'
EXTENSIONS = 'keyUsage=digitalSignature\nsubjectKeyIdentifier=hash\nsubjectAltName=DNS:{name}.example\n'


class Result:
    def __init__(self, process):
        self.status, self.out, self.err = process.returncode, process.stdout, process.stderr

    def __str__(self):
        return f'status {self.status}\n{self.out}{self.err}'


class Desk:
    """A folder with an authority's certificates, a person's, and the files that programs are given."""

    def __init__(self):
        self.top = Path(tempfile.mkdtemp(prefix='signet-cmp-'))

    def __enter__(self):
        openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '3650', '-subj',
                '/CN=Root/O=Example', '-keyout', self.path('root.key'), '-out', self.path('root.pem'))
        for name in ('server', 'client', 'issued'):
            self.issue(name)
        self.write('secret', SECRET + '\n')
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.top, ignore_errors=True)

    def path(self, name):
        return self.top / name

    def write(self, name, contents):
        self.path(name).write_bytes(contents if isinstance(contents, bytes) else contents.encode())
        return self.path(name)

    def read(self, name):
        return self.path(name).read_bytes() if self.path(name).exists() else None

    def issue(self, name, extensions=EXTENSIONS, issuer='root', kind=('ec', '-pkeyopt', 'ec_paramgen_curve:P-256'), days=3000):
        openssl('req', '-newkey', *kind, '-nodes', '-subj', f'/CN={name}/O=Example', '-keyout', self.path(f'{name}.key'),
                '-out', self.path(f'{name}.csr'))
        openssl('x509', '-req', '-in', self.path(f'{name}.csr'), '-CA', self.path(f'{issuer}.pem'), '-CAkey',
                self.path(f'{issuer}.key'), '-CAcreateserial', '-days', days, '-out', self.path(f'{name}.pem'), '-extfile',
                self.write(f'{name}.ext', extensions.format(name=name)))

    def revoke(self, *names):
        """root.pem's list of what was revoked, crl.pem, and root-and-crl.pem with both."""
        self.write('index', '')
        self.write('number', '01')
        config = self.write('ca.cnf', f'[ca]\ndefault_ca = a\n[a]\ndatabase = {self.path("index")}\ndefault_md = sha256\n'
                                      f'default_crl_days = 30\ncrlnumber = {self.path("number")}\n')
        signer = ('-config', config, '-keyfile', self.path('root.key'), '-cert', self.path('root.pem'))
        for name in names:
            openssl('ca', *signer, '-revoke', self.path(f'{name}.pem'))
        openssl('ca', *signer, '-gencrl', '-out', self.path('crl.pem'))
        self.write('root-and-crl.pem', self.read('root.pem') + self.read('crl.pem'))

    def run(self, *arguments, program='signetctl', stdin=None, env=None, config='', pass_fds=()):
        """Runs "PROGRAM cmp" in the folder; the configuration file of the system counts for neither."""
        command = [str(SIGNETCTL)] if program == 'signetctl' else ['/usr/bin/openssl']
        command += ['cmp', *(['-config', config] if config is not None else []), *map(str, arguments)]
        return Result(subprocess.run(command, cwd=self.top, check=False, text=True, input=stdin, env={**os.environ, **(env or {})},
                                     stdin=subprocess.DEVNULL if stdin is None else None, stdout=subprocess.PIPE,
                                     stderr=subprocess.PIPE, timeout=PATIENCE, pass_fds=pass_fds))

    def good(self, *arguments, **options):
        result = self.run(*arguments, **options)
        assert result.status == 0, f'{" ".join(map(str, arguments))}: {result}'
        assert 'CRITICAL' not in result.err and 'WARNING **' not in result.err, result.err
        return result

    def bad(self, *arguments, words='', **options):
        result = self.run(*arguments, **options)
        assert result.status == 1, f'{" ".join(map(str, arguments))}: {result}'
        assert 'CMP error: ' in result.err and words in result.err, result.err
        assert 'CRITICAL' not in result.err, result.err
        return result


def free_port():
    with socket.socket(socket.AF_INET6 if socket.has_dualstack_ipv6() else socket.AF_INET) as probe:
        probe.bind(('', 0))
        return probe.getsockname()[1]


class Mock:
    """Debian's "openssl cmp -port" in @desk."""

    def __init__(self, desk, *arguments):
        self.port = free_port()
        self.url = f'http://127.0.0.1:{self.port}/pkix/'
        self.log = desk.path(f'mock-{self.port}.log')
        with open(self.log, 'wb') as log:
            self.process = subprocess.Popen(  # pylint: disable=consider-using-with # ended by __exit__
                ['/usr/bin/openssl', 'cmp', '-config', '', '-port', str(self.port), '-srv_cert', 'server.pem', '-srv_key',
                 'server.key', '-srv_trusted', 'root.pem', '-rsp_cert', 'issued.pem', '-rsp_capubs', 'root.pem',
                 '-rsp_extracerts', 'root.pem', *map(str, arguments)], cwd=desk.top, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log)

    def __enter__(self):
        deadline = time.monotonic() + 30
        while 'ACCEPT' not in self.log.read_text():
            assert self.process.poll() is None and time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.02)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def mac_mock(desk, *arguments):
    return Mock(desk, '-srv_ref', 'reference', '-srv_secret', f'pass:{SECRET}', *arguments)


@contextlib.contextmanager
def silent_server():
    """The port of a server that takes connections and says nothing."""
    with socket.create_server(('127.0.0.1', 0)) as server:
        yield server.getsockname()[1]


def subject_of(path):
    return openssl('x509', '-in', path, '-noout', '-subject').strip()


def options_in_help():
    """(name, kind): what "-help" lists."""
    out = subprocess.run([str(SIGNETCTL), 'cmp', '-help'], check=True, text=True, stdout=subprocess.PIPE).stdout
    return re.findall(r'^ -(\S+)(?: ([A-Z|12]+))?(?:  |$)', out, re.MULTILINE)


assert tap
