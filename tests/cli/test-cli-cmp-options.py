#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of "signetctl cmp": names, values, configuration file, secrets."""

import os
import re
import subprocess
import time
from pathlib import Path

import cmpkit
from cmpkit import SIGNETCTL, Desk, tap

# What "openssl cmp" of 3.5 lists, and two options that came later.
LISTED = Path(__file__).resolve().parent.parent / 'data' / 'cli' / 'openssl-cmp-3.5.txt'
LATER = {'nonmatched_error_nonces': '', 'ta_in_ip_extracerts': ''}
# Those of a client that are not taken, and a word of the reason that is given. What a server is told is not for a client.
NOT_TAKEN = {'engine': 'given engines up', 'provparam': 'configuration file', 'use_mock_srv': 'signet-demo-ca',
             'nonmatched_error_nonces': 'proves nothing', 'ta_in_ip_extracerts': 'whom to trust'}
# The mock server's, which stand in the list between these two, the latter included.
SERVERS = ('port', 'accept_raverified')
ASK = ('-cmd', 'ir', '-reqout_only', 'request.der', '-newkey', 'issued.key', '-subject', '/CN=a')


def options_of_newer():
    """name: kind of value, "" for a flag."""
    lines = [line.split() for line in LISTED.read_text(encoding='ascii').splitlines() if not line.startswith('#')]
    return {words[0]: ''.join(words[1:]) for words in lines}


def test_takes_all_of_newer():
    """Each option of OpenSSL 3.5 is taken, with a value where it takes one there, or refused by name for a reason that is told."""
    listed = options_of_newer()
    names = list(listed)
    servers = set(names[names.index(SERVERS[0]):names.index(SERVERS[1]) + 1])
    assert len(names) == 157 and len(servers) == 32, (len(names), len(servers))
    refused = set()
    with Desk() as desk:
        for name, kind in {**listed, **LATER}.items():
            if name in ('help', 'config', 'section'):
                continue
            value = {'': [], 'val': ['PEM'] if name.endswith('form') else ['x']}.get(kind, ['6'])
            told = desk.run(f'-{name}', *value, *(() if name == 'cmd' else ('-cmd', 'nonsense')))
            assert told.status == 1, (name, told)
            if f'-{name} is not taken: ' in told.err:
                refused.add(name)
                reason = 'signet-demo-ca' if name in servers else NOT_TAKEN[name]
                assert reason in told.err, told
            elif name == 'provider':
                assert 'cannot be loaded' in told.err, told
            elif name == 'rand':
                assert '-rand: x' in told.err, told
            else:
                assert '-cmd: “' in told.err, (name, told)
    assert refused == servers | set(NOT_TAKEN), refused ^ (servers | set(NOT_TAKEN))


def test_knows_all():
    listed = subprocess.run(['/usr/bin/openssl', 'cmp', '-config', '', '-help'], check=True, text=True, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT).stdout
    theirs = set(re.findall(r'^ -(\S+) ', listed, re.MULTILINE)) | set(options_of_newer()) | set(LATER)
    ours = {name for name, _ in cmpkit.options_in_help()}
    assert len(theirs) > 150, theirs
    assert not theirs - ours, f'not known: {theirs - ours}'


def test_takes_values_alike():
    """Each option of Debian's takes a value here where it takes one there."""
    listed = subprocess.run(['/usr/bin/openssl', 'cmp', '-config', '', '-help'], check=True, text=True, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT).stdout
    theirs = dict(re.findall(r'^ -(\S+)(?: (val|int|nonneg|\+int|intmax|outfile))? ', listed, re.MULTILINE))
    ours = dict(cmpkit.options_in_help())
    wrong = [name for name, value in theirs.items() if bool(value) != bool(ours[name])]
    assert not wrong, wrong


def test_wrong_lines():
    with Desk() as desk:
        for line, words in ((['-nonsense'], 'no option -nonsense'), (['-cmd'], '-cmd needs a value'), (['-batch=1'], 'no value'),
                            (['x'], '“x”'), (['-days', 'many'], 'no number'), (['-days', '-1'], 'less than 0'),
                            (['-repeat', '0'], 'not positive'), (['-cmd', 'nonsense'], 'nonsense'), (['-batch'], '-cmd'),
                            (['-port', '80'], 'signet-demo-ca'), (['-use_mock_srv'], 'signet-demo-ca'),
                            (['-engine', 'x'], '-provider'), (['-certform', 'XML'], 'PEM|DER'),
                            (['-popo', '3', *ASK, '-secret', 'x', '-ref', 'r'], '-popo'),
                            (['-cmd', 'krr', '-reqout_only', 'a', '-secret', 'x', '-ref', 'r'], '-recoverykey'),
                            (['-no_check_time', '-signer_usage', '1.3.6.1.5.5.7.3.28', *ASK, '-secret', 'x', '-ref', 'r'], 'leaves checks')):
            desk.bad(*line, words=words)


def test_help():
    result = subprocess.run([str(SIGNETCTL), 'cmp', '-help'], check=False, text=True, stdout=subprocess.PIPE)
    assert result.returncode == 0 and 'Generic message options:' in result.stdout, result.stdout
    # Nothing of what was read before stands in front of it.
    assert result.stdout.startswith('Usage: '), result.stdout[:300]
    assert subprocess.run([str(SIGNETCTL), 'cmp'], check=False, stdout=subprocess.DEVNULL).returncode == 1


def test_config():
    with Desk() as desk:
        desk.write('a.cnf', 'serial = 7\n[default]\nref = of-default\n[cmp]\ncmd = ir\nnewkey = issued.key\nsubject = /CN=cmp\n'
                            'reqout_only = r.der\nsecret = pass:abc\nbatch = 1\n[more]\nsubject = /CN=more\nnewkey =\n'
                            '[key]\nnewkey = client.key\n')
        desk.good('-batch', config='a.cnf')
        assert b'\x0c\x03cmp' in desk.read('r.der') and b'of-default' in desk.read('r.der')
        desk.good('-section', 'cmp,more,key', config='a.cnf')
        assert b'\x0c\x04more' in desk.read('r.der')
        desk.good('-section', 'cmp more key', '-subject', '/CN=line', config='a.cnf')
        assert b'\x0c\x04line' in desk.read('r.der')
        desk.bad('-section', 'cmp,more', config='a.cnf', words='-newkey')
        desk.bad('-section', 'missing', config='a.cnf', words='[missing]')
        desk.bad(config='missing.cnf', words='missing.cnf')
        desk.good('-batch', config=None, env={'OPENSSL_CONF': 'a.cnf'})


def test_secret_sources():
    """Every source gives the same secret: the salt is in the message, so the MAC of each checks against it."""
    with Desk() as desk, cmpkit.mac_mock(desk) as mock:
        line = ('-cmd', 'ir', '-server', mock.url, '-ref', 'reference', '-newkey', 'issued.key', '-subject', '/CN=issued/O=Example',
                '-certout', 'new.pem', '-trusted', 'root.pem')
        reading, writing = os.pipe()
        os.write(writing, cmpkit.SECRET.encode() + b'\nmore\n')
        os.close(writing)
        for source, more in ((f'pass:{cmpkit.SECRET}', {}), (cmpkit.SECRET, {}), ('env:CODE', {'env': {'CODE': cmpkit.SECRET}}),
                             ('file:secret', {}), ('stdin', {'stdin': cmpkit.SECRET + '\n'}), (f'fd:{reading}', {'pass_fds': (reading,)})):
            desk.path('new.pem').unlink(missing_ok=True)
            result = desk.good(*line, '-secret', source, **more)
            assert desk.read('new.pem'), source
            assert cmpkit.SECRET not in result.out + result.err, result
            assert ('other users could see' in result.out) == (cmpkit.SECRET in source), result
        desk.bad(*line, '-secret', 'env:MISSING', words='MISSING')
        desk.bad(*line, '-secret', 'file:missing', words='missing')


def test_secret_leaves_the_arguments():
    """While the program waits for its answer, nobody reads the secret among its arguments."""
    with Desk() as desk, cmpkit.silent_server() as port:
        for line in (('-secret', 'pass:abc-secret'), ('--secret=pass:abc-secret',), ('-secret', 'abc-secret'),
                     ('-keypass', 'pass:abc-secret', '-secret', 'file:secret')):
            with subprocess.Popen([str(SIGNETCTL), 'cmp', '-config', '', '-cmd', 'ir', '-server', f'127.0.0.1:{port}', '-ref', 'r',
                                   '-newkey', 'issued.key', '-subject', '/CN=a', '-certout', 'new.pem', '-reqout', 'sent.der', *line],
                                  cwd=desk.top, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
                deadline = time.monotonic() + 60
                while desk.read('sent.der') is None:
                    assert process.poll() is None and time.monotonic() < deadline
                    time.sleep(0.01)
                seen = Path(f'/proc/{process.pid}/cmdline').read_bytes()
                process.kill()
            desk.path('sent.der').unlink()
            assert b'-reqout' in seen and b'abc-secret' not in seen, seen


tap.run([
    ('/cli/cmp/options/knows-all-of-openssl', test_knows_all),
    ('/cli/cmp/options/takes-values-alike', test_takes_values_alike),
    ('/cli/cmp/options/each-of-openssl-3.5', test_takes_all_of_newer),
    ('/cli/cmp/options/wrong-lines', test_wrong_lines),
    ('/cli/cmp/options/help', test_help),
    ('/cli/cmp/options/config-file', test_config),
    ('/cli/cmp/options/sources-of-a-secret', test_secret_sources),
    ('/cli/cmp/options/secret-leaves-the-arguments', test_secret_leaves_the_arguments),
])
