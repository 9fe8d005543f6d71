# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of signetctl share: a store in a folder of its own, the program itself, and the demo authority."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / 'project'))
sys.path.insert(0, str(Path(__file__).resolve().parent))
import tap  # noqa: E402,F401 # pylint: disable=unused-import
import stuck  # noqa: E402

BUILD = Path(os.environ['SIGNET_BUILD_ROOT'])
SIGNETCTL = BUILD / 'src' / 'cli' / 'signetctl'
DEMO_CA = BUILD / 'src' / 'demo' / 'signet-demo-ca'
# Long enough for RSA keys under sanitizers on a busy machine, and longer than signetctl waits for an answer of its own accord,
# so that it tells first what it waited for. Nothing is measured by it.
PATIENCE = 150

DONE, FAILED, USAGE, REJECTED, WAITING, UNKNOWN, LOCKED, NOT_FOUND, BUSY, NO_WORKER, QUESTION, CANCELLED = range(12)


class Result:
    def __init__(self, process):
        self.status, self.out, self.err = process.returncode, process.stdout, process.stderr

    @property
    def json(self):
        return json.loads(self.out)


class Stuck(AssertionError):
    """A program gave no answer; its text says where it stood."""


class Home:
    """A store of its own; leaving the context ends its worker and removes it."""

    def __init__(self, passphrase='correct horse battery staple'):
        self.top = Path(tempfile.mkdtemp(prefix='signet-cli-'))
        self.home = self.top / 'home'
        self.passphrase_file = self.write('passphrase', passphrase) if passphrase else None
        keep = {name: value for name, value in os.environ.items()
                if name.startswith(('G_', 'ASAN', 'UBSAN', 'LSAN', 'SIGNET_BUILD', 'LC_', 'TZ')) or name in ('PATH', 'LANGUAGE')}
        self.env = {**keep, 'HOME': str(self.top), 'XDG_DATA_HOME': f'{self.top}/data', 'XDG_RUNTIME_DIR': f'{self.top}/run',
                    'XDG_CONFIG_HOME': f'{self.top}/config', 'XDG_CACHE_HOME': f'{self.top}/cache'}
        (self.top / 'run').mkdir(mode=0o700)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            if self.home.exists():
                self.run('quit')
            self.wait_for_silence()
        finally:
            self.end_processes()
            shutil.rmtree(self.top, ignore_errors=True)

    def write(self, name, contents):
        path = self.top / name
        path.write_bytes(contents if isinstance(contents, bytes) else contents.encode())
        path.chmod(0o600)
        return path

    def processes(self):
        """Processes that work for this store: its worker and what that started."""
        found = []
        # Not by glob (), which looks at each once more and fails where it is just gone.
        for name in filter(str.isdigit, os.listdir('/proc')):
            try:
                if str(self.home).encode() in Path('/proc', name, 'cmdline').read_bytes():
                    found.append(int(name))
            except OSError:
                pass
        return found

    def end_processes(self):
        for process in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)

    def wait_for_silence(self):
        deadline = time.monotonic() + 20
        while self.processes() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not self.processes(), 'processes are left over'

    def command(self, *arguments):
        options = ['--home', str(self.home)]
        if self.passphrase_file:
            options += ['--passphrase-file', str(self.passphrase_file)]
        return [str(SIGNETCTL), *options, *map(str, arguments)]

    def run(self, *arguments, stdin=None, pass_fds=(), cwd=None, patience=PATIENCE):
        with subprocess.Popen(self.command(*arguments), env=self.env, cwd=cwd or self.top, text=True,
                              stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, pass_fds=pass_fds) as process:
            try:
                out, err = process.communicate(stdin, timeout=patience)
            except subprocess.TimeoutExpired as expired:
                # It may have ended, and another process hold the other end of its output.
                ended = 'runs' if process.poll() is None else f'ended with status {process.returncode}'
                told = stuck.tell(self.home, [process.pid, *(other for other in self.processes() if other != process.pid)])
                self.end_processes()
                process.kill()
                raise Stuck(f'{" ".join(map(str, arguments))}: no answer in {patience} s; it {ended}\n'
                            f'it said: {expired.stdout!r} {expired.stderr!r}\n{told}') from None
            except BaseException:
                process.kill()
                raise
        return Result(subprocess.CompletedProcess(process.args, process.returncode, out, err))

    def ctl(self, *arguments, status=DONE, **options):
        """Runs signetctl, which must end with @status."""
        result = self.run(*arguments, **options)
        assert result.status == status, \
            f'{" ".join(map(str, arguments))}: status {result.status}, not {status}\n{result.out}{result.err}'
        assert 'CRITICAL' not in result.err and 'WARNING' not in result.err, result.err
        return result

    def json(self, *arguments, status=DONE, **options):
        result = self.ctl('--json', *arguments, status=status, **options)
        try:
            return result.json
        except ValueError as error:
            raise AssertionError(f'{" ".join(map(str, arguments))}: no JSON: {error}\n{result.out}') from error

    def fails(self, *arguments, status, words=''):
        """A failure is told twice: in words on standard error, and in JSON with its name and number."""
        result = self.ctl(*arguments, status=status)
        assert result.err.startswith('signetctl: ') and words in result.err, result.err
        told = self.json(*arguments, status=status)['error']
        assert told['status'] == status and told['message'], told
        return told

    def request(self, *arguments, status=DONE):
        """A request with usual values, waited for; its row."""
        return self.json('request', '--authority', 'a1', '--subject', 'CN=Maria Huber', '--san', 'email:maria@example.org',
                         '--wait', '--timeout', '90', *arguments, status=status)

    def wait_for_state(self, request, *states):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            state = self.json('show', request)['request']['state']
            if state in states:
                return state
            time.sleep(0.05)
        raise AssertionError(f'{request} is {state}, not {states}')


class Demo:
    """The demo authority, run by itself with options of its own."""

    def __init__(self, home, *options):
        self.state = home.top / 'demo'
        self.options = options
        self.process = None
        self.settings = {}

    def __enter__(self):
        self.process = subprocess.Popen([str(DEMO_CA), 'serve', '--state', str(self.state), '--port', '0', *self.options],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        while 'Mac' not in self.settings:
            line = self.process.stdout.readline()
            assert line, 'the demo authority did not start'
            name, _, value = line.strip().partition('=')
            self.settings[name] = value
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()

    def run(self, *arguments):
        return subprocess.run([str(DEMO_CA), *map(str, arguments), '--state', str(self.state), *self.options], check=True,
                              text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE).stdout

    def add_to(self, home, *arguments, url=True):
        """Lets the store know it, as its own words say."""
        address = ['--url', self.settings['Url']] if url else []
        return home.json('authority', 'add', '--name', self.settings['Name'], *address, '--anchor', self.settings['AnchorFile'],
                         '--reference', self.settings['Reference'], '--secret-file', self.settings['SecretFile'],
                         '--mac', self.settings['Mac'], '--keep-code', *arguments)['authority']


def openssl(*arguments, stdin=None):
    result = subprocess.run(['/usr/bin/openssl', *map(str, arguments)], check=False, text=True, input=stdin,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert result.returncode == 0, f'openssl {" ".join(map(str, arguments))}\n{result.stdout}'
    return result.stdout


def commands():
    """Every command that --help lists."""
    out = subprocess.run([str(SIGNETCTL), '--help'], check=True, text=True, stdout=subprocess.PIPE).stdout
    listed = out.split('Commands:\n')[1].split('\n\n')[0]
    return [re.match(r'  ((?:\S+ )?\S+)(?:  |$)', line).group(1).split() for line in listed.splitlines()]
