#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What signetctl says of itself, and how it ends where the command line or the store is wrong."""

import os
import subprocess

import clikit
from clikit import BUSY, FAILED, LOCKED, NO_WORKER, NOT_FOUND, USAGE, Home, tap

EXPECTED = {
    'status', 'unlock', 'passphrase set', 'passphrase remove', 'quit', 'authority add', 'authority presets', 'authority list',
    'authority show', 'authority change', 'authority template', 'authority roots', 'authority code', 'authority remove',
    'try-demo', 'request', 'check', 'answer', 'cancel', 'list', 'show', 'export',
    'identity import', 'message export', 'message import', 'inspect', 'cmp',
}


def plain(*arguments):
    return subprocess.run([str(clikit.SIGNETCTL), *arguments], check=False, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)


def test_help():
    result = plain('--help')
    assert result.returncode == 0 and not result.stderr, result.stderr
    assert {' '.join(words) for words in clikit.commands()} == EXPECTED, clikit.commands()
    for number in range(12):
        assert f'\n  {number:2}  ' in result.stdout, f'status {number} is not documented'


def test_help_of_every_command():
    for words in clikit.commands():
        if words == ['cmp']:    # its help is openssl's: test-cli-cmp-options.py
            continue
        result = plain(*words, '--help')
        assert result.returncode == 0 and not result.stderr, f'{words}: {result.stderr}'
        for wanted in (f'signetctl {" ".join(words)} [OPTION', '--home=DIR', '--json', 'Exit status:'):
            assert wanted in result.stdout, f'{words}: no {wanted}\n{result.stdout}'


def test_version():
    result = plain('--version')
    assert result.returncode == 0 and result.stdout.startswith('signetctl '), result.stdout


def test_wrong_lines():
    """A wrong command line is told before any store is touched."""
    with Home() as home:
        home.fails(status=USAGE, words='No command')
        for line in (['nonsense'], ['authority'], ['authority', 'nonsense'], ['list'], ['list', 'cats'], ['list', 'keys', 'x'],
                     ['show'], ['show', 'x1'], ['show', 'r0'], ['show', 'r-1'], ['show', 'r1x'], ['show', '1'], ['show', ''],
                     ['show', 'cat', '1'], ['show', 'r99999999999999999999'], ['request', '--authority', 'a1'],
                     ['request', '--subject', 'CN=x'], ['request', '--nonsense'], ['check', 'c1'], ['cancel', 'k1'],
                     ['answer', 'r1'], ['answer', 'r1', '--accept', '--refuse'], ['export', 'c1'],
                     ['export', 'k1', '--output', 'x'], ['export', 'c1', '--format', 'jks', '--output', 'x'],
                     ['check', 'r1', '--timeout', 'soon'], ['authority', 'add', '--timeout', 'x'],
                     ['authority', 'add', '--settings', '/nonexistent'], ['message', 'export', 'c1'],
                     ['message', 'import', '/dev/null', '--request', 'c1'], ['unlock', 'x'], ['try-demo', 'x']):
            home.fails(*line, status=USAGE)
        assert not home.home.exists(), 'a wrong command line made a store'


def test_names_the_kind():
    with Home() as home:
        assert 'certificate' in home.fails('check', 'c1', status=USAGE)['message']
        assert '“zebra” is no ID' in home.fails('show', 'zebra', status=USAGE)['message']


def test_nothing_there():
    with Home() as home:
        for kind in ('authorities', 'certificates', 'keys', 'requests'):
            assert home.json('list', kind) == {kind: []}
            assert home.ctl('list', kind).out == ''
        for line in (['show', 'r1'], ['show', 'c7'], ['show', 'key', '3'], ['authority', 'show', 'nobody'],
                     ['authority', 'remove', 'a1'], ['check', 'r1'], ['cancel', '1'], ['answer', 'r1', '--accept'],
                     ['export', 'c1', '--output', 'x'], ['export', 'a1', '--output', 'x'], ['message', 'export', 'r1'],
                     ['request', '--authority', 'a1', '--subject', 'CN=x']):
            home.fails(*line, status=NOT_FOUND)


def test_status():
    with Home() as home:
        status = home.json('status')
        assert status == {'home': str(home.home), 'state': 'ready', 'authorities': 0, 'requests': 0, 'certificates': 0,
                          'keys': 0}, status
        assert 'ready' in home.ctl('status').out
        assert oct(os.stat(home.home).st_mode & 0o777) == '0o700'


def test_options_behind_the_command():
    with Home() as home:
        result = subprocess.run([str(clikit.SIGNETCTL), 'status', '--json', '--home', str(home.home), '--passphrase-file',
                                 str(home.passphrase_file)], env=home.env, check=False, text=True, stdout=subprocess.PIPE)
        assert result.returncode == 0 and '"ready"' in result.stdout, result.stdout


def test_files_that_cannot_be_read():
    with Home() as home:
        home.fails('inspect', '/nonexistent', status=FAILED, words='/nonexistent')
        home.fails('message', 'import', str(home.top), status=FAILED, words=str(home.top))
        home.fails('identity', 'import', '/nonexistent', status=FAILED, words='/nonexistent')
        home.fails('authority', 'add', '--anchor', '/nonexistent', status=FAILED, words='/nonexistent')
        junk = home.write('junk', b'\x00\x01junk')
        home.fails('authority', 'add', '--anchor', junk, status=USAGE, words='PEM')
        big = home.write('big', b'0' * 3_000_000)
        home.fails('inspect', big, status=FAILED, words='octets')


def test_store_cannot_be_made():
    with Home() as home:
        home.home = home.write('file', 'no folder')
        told = home.run('--json', 'list', 'keys')
        assert told.status in (NO_WORKER, FAILED), told.err
        assert told.json['error']['message'] and told.err.startswith('signetctl: '), told.err
        home.home = home.top / 'none'


def test_locked():
    """Without its passphrase, and with no keyring, a store stays locked until "unlock"."""
    with Home() as home:
        home.ctl('status')
        home.ctl('quit')
        home.wait_for_silence()
        right, home.passphrase_file = home.passphrase_file, None
        state = home.json('status')['state']
        assert state == 'locked', state
        home.fails('try-demo', status=LOCKED)
        home.fails('authority', 'add', '--name', 'x', '--accept-root', status=LOCKED)
        home.passphrase_file = home.write('wrong', 'wrong')
        assert home.run('unlock').status in (LOCKED, USAGE)
        home.passphrase_file = right
        assert home.json('unlock')['state'] == 'ready'


def test_not_in_this_state():
    with Home() as home:
        home.ctl('authority', 'add', '--name', 'By hand', '--accept-root', '--reference', '1', '--secret-file',
                 home.write('code', 'a code of twenty two\n'))
        home.fails('export', 'a1', '--output', 'x', status=BUSY)


tap.run([
    ('/cli/help/lists-every-command-and-status', test_help),
    ('/cli/help/of-every-command', test_help_of_every_command),
    ('/cli/help/version', test_version),
    ('/cli/usage/wrong-lines-touch-no-store', test_wrong_lines),
    ('/cli/usage/names-the-kind', test_names_the_kind),
    ('/cli/usage/global-options-behind-the-command', test_options_behind_the_command),
    ('/cli/usage/unreadable-files', test_files_that_cannot_be_read),
    ('/cli/status/not-found', test_nothing_there),
    ('/cli/status/store', test_status),
    ('/cli/status/no-store', test_store_cannot_be_made),
    ('/cli/status/locked', test_locked),
    ('/cli/status/busy', test_not_in_this_state),
])
