#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Authorities by signetctl: every setting arrives, codes come by file, descriptor or prompt and are seen nowhere."""

import base64
import hashlib
import os
import pty
import select
import time

import clikit
from clikit import DONE, FAILED, NOT_FOUND, USAGE, Demo, Home, openssl, tap

CODE = 'sesame-opens-4711-the-door'


def make_root(home, name='root'):
    """A self-signed certificate as a file in PEM."""
    path = home.top / f'{name}.pem'
    openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', home.top / 'key.pem',
            '-subj', f'/CN={name}', '-days', '30', '-out', path)
    return path


def der_of(path):
    return base64.b64decode(''.join(path.read_text(encoding='ascii').split('-----')[2].split()))


def code_file(home):
    return home.write('code', f'{CODE}\n')


def test_every_option():
    with Home() as home:
        root, below, tls = make_root(home), make_root(home, 'below'), make_root(home, 'tls')
        authority = home.json('authority', 'add', '--name', 'Mine', '--url', 'https://ca.example.org/cmp', '--reference', '4711',
                              '--anchor', root, '--intermediate', below, '--mac', 'password-based', '--mac-digest', 'SHA512',
                              '--mac-iterations', '20000', '--mac-iteration-limit', '50000', '--recipient', 'CN=CA,O=Example',
                              '--profile', 'mail', '--signer-usage', '1.3.6.1.5.5.7.3.28', '--timeout', '30', '--size-limit',
                              '65536', '--time-tolerance', '300', '--no-implicit-confirm', '--relax', 'sha1', '--relax',
                              'signer-change', '--follow-redirects', '--operation-labels', '--tls-anchors', tls,
                              '--keep-connection', '--keep-code', '--secret-file', code_file(home))['authority']
        assert authority['name'] == 'Mine' and authority['reference'] == '4711' and authority['hasCode'] is True, authority
        assert authority['url'] == 'https://ca.example.org/cmp' and authority['kind'] == 'http', authority
        assert [anchor['sha256'] for anchor in authority['anchors']] == [hashlib.sha256(der_of(root)).hexdigest()], authority
        settings = dict(authority['settings'])
        assert settings.pop('intermediates') == [base64.b64encode(der_of(below)).decode()], settings
        assert settings.pop('tls-anchors') == tls.read_text(encoding='ascii'), settings
        assert sorted(settings.pop('relaxations')) == ['sha1', 'signer-change'], settings
        assert settings == {'mac': 'password-based', 'mac-digest': 'SHA512', 'mac-iterations': 20000, 'mac-iteration-limit': 50000,
                            'recipient': 'CN=CA,O=Example', 'profile': 'mail', 'signer-usage': '1.3.6.1.5.5.7.3.28',
                            'timeout': 30, 'size-limit': 65536, 'time-tolerance': 300, 'implicit-confirm': False,
                            'follow-redirects': True, 'operation-labels': True, 'keep-connection': True,
                            'one-time': False}, settings
        assert home.json('authority', 'show', 'Mine')['authority'] == authority
        shown = home.ctl('authority', 'show', 'Mine').out
        for words in ('PasswordBasedMac, the older way', 'Answers to one request may have different signers.', 'profile          mail\n',
                      'timeout          30\n', 'recipient        CN=CA,O=Example\n', 'may be used again', 'not the system’s',
                      hashlib.sha256(der_of(below)).hexdigest()):
            assert words in shown, shown
        assert '{' not in shown and '-----BEGIN' not in shown, shown


def test_settings_file():
    """The same by a key file; files that it names lie beside it, and options win."""
    with Home() as home:
        make_root(home)
        file = home.write('ca.signet', '[authority]\nname=From File\nurl=http://ca.example.org/\nreference=1\nanchors=root.pem\n'
                                       'mac=password-based\ntimeout=30\nimplicit-confirm=false\nrelaxations=sha1;ca-pubs\n')
        authority = home.json('authority', 'add', '--settings', file, '--timeout', '40', '--secret-file', code_file(home),
                              cwd='/')['authority']
        assert authority['name'] == 'From File' and len(authority['anchors']) == 1, authority
        assert authority['settings']['timeout'] == 40 and authority['settings']['implicit-confirm'] is False, authority
        assert authority['settings']['relaxations'] == ['sha1', 'ca-pubs'], authority
        for text, words in (('[other]\nname=x\n', '[authority]'), ('[authority]\nsheep=x\n', 'sheep'),
                            ('[authority]\ntimeout=soon\n', 'soon'), ('[authority]\none-time=perhaps\n', 'perhaps'),
                            ('nonsense', 'ca.bad')):
            home.fails('authority', 'add', '--settings', home.write('ca.bad', text), status=USAGE, words=words)


def test_presets():
    """What is known of a system: listed with what it sets, and filled in; options say it better."""
    with Home() as home:
        root = make_root(home)
        presets = {preset['id']: preset for preset in home.json('authority', 'presets')['presets']}
        assert len(presets) == 16 and presets['ejbca']['settings']['mac'] == 'password-based', presets
        assert [fill['name'] for fill in presets['entrust']['fill']] == ['host', 'tenant', 'ca', 'profile', 'spec'], presets
        text = home.ctl('authority', 'presets').out
        for words in ('ejbca: EJBCA', '--fill alias=mycmp  Name of the CMP alias', '+ Messages are wrapped as for the TCP transfer'):
            assert words in text, text
        authority = home.json('authority', 'add', '--name', 'E', '--preset', 'ejbca', '--fill', 'host=ca.example.org', '--fill',
                              'alias=a b', '--anchor', root, '--relax', 'ca-pubs', '--mac-iterations', '5000')['authority']
        assert authority['url'] == 'https://ca.example.org/ejbca/publicweb/cmp/a%20b', authority
        assert authority['settings'] == {'mac': 'password-based', 'mac-iterations': 5000, 'relaxations':
                                         ['signed-answer-to-mac', 'no-digital-signature', 'ca-pubs']}, authority
        # One without a pattern takes the address that the authority told.
        authority = home.json('authority', 'add', '--name', 'I', '--preset', 'insta-old', '--url', 'http://ca.example.org/pkix',
                              '--mac', 'pbmac1', '--anchor', root)['authority']
        assert authority['settings']['framing'] == 'tcp' and authority['settings']['mac'] == 'pbmac1', authority
        for arguments, words in ((['--preset', 'acme'], 'There are: bouncycastle'),
                                 (['--preset', 'ejbca', '--fill', 'host=h'], 'needs “alias”'),
                                 (['--preset', 'ejbca', '--fill', 'realm=h'], 'has no place for “realm=h”'),
                                 (['--preset', 'ejbca', '--fill', 'host'], 'has no place for “host”'),
                                 (['--preset', 'nexus'], 'follow no known pattern'), (['--fill', 'host=h'], '--preset')):
            home.fails('authority', 'add', '--anchor', root, *arguments, status=USAGE, words=words)


def test_wrong_values():
    """What the worker refuses names the setting; nothing is added."""
    with Home() as home:
        root = make_root(home)
        for arguments in (['--anchor', root, '--url', 'ftp://x/'], ['--anchor', root, '--url', 'http://user@x/'],
                          ['--anchor', root, '--mac', 'rot13'], ['--anchor', root, '--relax', 'everything'],
                          ['--anchor-fingerprint', '12'], ['--anchor', root, '--recipient', 'nobody'],
                          ['--anchor', root, '--timeout', '0'], ['--name', 'nothing to recognise it by']):
            home.fails('authority', 'add', *arguments, status=USAGE)
        assert home.json('list', 'authorities') == {'authorities': []}


def test_fingerprint_and_accepted_root():
    with Home() as home:
        fingerprint = hashlib.sha256(b'x').hexdigest()
        told = home.json('authority', 'add', '--name', 'F', '--anchor-fingerprint', fingerprint.upper())['authority']
        assert told['anchors'] == [] and told['settings']['anchor-fingerprint'].replace(':', '').lower() == fingerprint, told
        told = home.json('authority', 'add', '--name', 'R', '--accept-root', '--reference', '1', '--secret-file',
                         code_file(home))['authority']
        assert told['settings']['relaxations'] == ['ca-pubs'], told


def test_code_by_descriptor():
    with Home() as home:
        read, write = os.pipe()
        os.write(write, CODE.encode())
        os.close(write)
        told = home.json('authority', 'add', '--name', 'D', '--accept-root', '--reference', '1', '--secret-fd', read,
                         pass_fds=(read,))['authority']
        os.close(read)
        assert told['hasCode'] is True, told
        told = home.json('authority', 'code', 'D', '--reference', '2', '--secret-file', code_file(home))
        assert told == {'authority': 'a1'}, told
        assert home.json('authority', 'show', 'D')['authority']['reference'] == '2'
        home.fails('authority', 'code', 'nobody', '--secret-file', code_file(home), status=NOT_FOUND)
        home.fails('authority', 'code', 'D', '--secret-file', '/nonexistent', status=FAILED, words='/nonexistent')


def fingerprint(path):
    return hashlib.sha256(der_of(path)).hexdigest()


def add_usual(home, *more):
    return home.json('authority', 'add', '--name', 'Mine', '--url', 'https://ca.example.org/cmp', '--reference', '4711', '--secret-file',
                     code_file(home), *more)['authority']


def test_change():
    """Only what is named changes; an option that may be given again adds, and with no- takes away."""
    with Home() as home:
        root, new, below = make_root(home), make_root(home, 'new'), make_root(home, 'below')
        before = add_usual(home, '--anchor', root, '--intermediate', below, '--profile', 'mail', '--timeout', '30', '--relax', 'sha1',
                           '--no-implicit-confirm', '--follow-redirects', '--keep-code', '--tls-anchors', root)
        after = home.json('authority', 'change', 'Mine', '--url', 'https://pki.example.org/', '--anchor', new, '--no-anchor',
                          fingerprint(root).upper(), '--no-intermediate', fingerprint(below), '--profile=', '--timeout=',
                          '--relax', 'signer-change', '--accept-root', '--no-relax', 'sha1', '--implicit-confirm',
                          '--no-follow-redirects', '--no-keep-code', '--no-tls-anchors', '--operation-labels',
                          '--size-limit', '65536')['authority']
        assert after['url'] == 'https://pki.example.org/' and after['hasCode'] is True and after['reference'] == '4711', after
        assert [anchor['sha256'] for anchor in after['anchors']] == [fingerprint(new)], after
        assert after['settings'] == {'relaxations': ['signer-change', 'ca-pubs'], 'operation-labels': True, 'size-limit': 65536}, after
        assert (after['id'], after['created'], after['name']) == (before['id'], before['created'], 'Mine'), after
        assert home.json('authority', 'show', 'a1')['authority'] == after
        after = home.json('authority', 'change', 'a1', '--name', 'Yours', '--no-accept-root', '--url=')['authority']
        assert after['name'] == 'Yours' and after['url'] is None and after['kind'] == 'file', after
        assert after['settings']['relaxations'] == ['signer-change'], after
        assert 'Yours' in home.ctl('authority', 'change', 'a1', '--no-operation-labels').out


def test_change_by_preset_and_file():
    with Home() as home:
        add_usual(home, '--anchor', make_root(home), '--relax', 'sha1')
        after = home.json('authority', 'change', 'a1', '--preset', 'ejbca', '--mac-iterations', '5000')['authority']
        assert after['url'] == 'https://ca.example.org/cmp', after
        assert after['settings'] == {'mac': 'password-based', 'mac-iterations': 5000, 'relaxations':
                                     ['sha1', 'signed-answer-to-mac', 'no-digital-signature']}, after
        after = home.json('authority', 'change', 'a1', '--preset', 'ejbca', '--fill', 'host=h', '--fill', 'alias=a', '--settings',
                          home.write('f', '[authority]\nprofile=p\nwhole-chain=true\n'))['authority']
        assert after['url'] == 'https://h/ejbca/publicweb/cmp/a' and after['settings']['profile'] == 'p', after
        assert after['settings']['whole-chain'] is True, after


def test_wrong_change():
    """A change that is wrong in part changes nothing."""
    with Home() as home:
        root = make_root(home)
        before = add_usual(home, '--anchor', root)
        for arguments, words in ((['--url', 'http://x/', '--mac', 'rot13'], 'rot13'), (['--url', 'ftp://x/'], ''),
                                 (['--timeout', '0'], 'timeout'), (['--timeout', 'x'], 'timeout'), (['--relax', 'everything'], ''),
                                 (['--name', 'x', '--no-relax', 'sha1'], 'sha1'), (['--no-anchor', '0' * 64], 'anchors'),
                                 (['--no-anchor', 'xy'], ''), (['--no-anchor', fingerprint(root)], 'how the authority is recognised'),
                                 (['--reference='], 'reference'), (['--fill', 'host=h'], '--preset'), ([], 'what to change')):
            home.fails('authority', 'change', 'Mine', *arguments, status=USAGE, words=words)
        for arguments, words in ((['--anchor', '/nonexistent'], '/nonexistent'), (['--secret-file', '/nonexistent'], '/nonexistent')):
            home.fails('authority', 'change', 'Mine', *arguments, status=FAILED, words=words)
        home.fails('authority', 'change', 'Mine', '--sign-with', 'c7', status=NOT_FOUND)
        home.fails('authority', 'change', 'nobody', '--name', 'x', status=NOT_FOUND)
        home.fails('authority', 'change', status=USAGE)
        assert home.json('authority', 'show', 'Mine')['authority'] == before


def test_moved():
    """The next request goes to where the authority is now, though nobody is left at its old place."""
    with Home() as home:
        new = Demo(home)
        new.state = home.top / 'new'
        with new:
            with Demo(home) as old:
                old.add_to(home)
                assert home.request()['request']['state'] == 'done'
            root = home.json('authority', 'show', 'a1')['authority']['anchors'][0]['sha256']
            home.ctl('authority', 'change', 'a1', '--url', new.settings['Url'], '--anchor', new.settings['AnchorFile'],
                     '--no-anchor', root, '--secret-file', new.settings['SecretFile'])
            assert home.request()['request']['state'] == 'done'
            assert home.json('authority', 'show', 'a1')['authority']['anchors'][0]['sha256'] != root


def test_changed_code():
    """By file or descriptor, in place of the one so far; a short one for an address in clear is warned of."""
    with Home() as home:
        add_usual(home, '--anchor', make_root(home))
        read, write = os.pipe()
        os.write(write, b'123456')
        os.close(write)
        result = home.ctl('authority', 'change', 'Mine', '--reference', '4712', '--secret-fd', read, pass_fds=(read,))
        os.close(read)
        assert 'Warning' not in result.err, result.err
        assert home.json('authority', 'show', 'Mine')['authority']['reference'] == '4712'
        short = home.write('short', '123456\n')
        assert 'Warning' in home.ctl('authority', 'change', 'a1', '--url', 'http://ca.example.org/', '--secret-file', short).err
        assert 'Warning' in home.ctl('authority', 'change', 'a1', '--secret-file', short).err
        assert 'Warning' not in home.ctl('authority', 'change', 'a1', '--secret-file', code_file(home)).err


def test_change_of_the_demo():
    """Its address and code are the worker's; the rest can be changed, and requests still reach it."""
    with Home() as home:
        home.ctl('try-demo')
        for arguments in (['--url', 'http://x/'], ['--mac', 'pbmac1'], ['--accept-root', '--no-anchor', '0' * 64],
                          ['--secret-file', code_file(home)], ['--url=']):
            home.fails('authority', 'change', 'a1', *arguments, status=USAGE, words='demo')
        after = home.json('authority', 'change', 'a1', '--name', 'Toy', '--timeout', '50')['authority']
        assert after['name'] == 'Toy' and after['kind'] == 'demo' and after['settings']['timeout'] == 50, after
        assert home.request('--authority', 'Toy')['request']['state'] == 'done'


def talk(home, arguments, lines):
    """Runs signetctl on a terminal of its own and types @lines, each after a prompt: (status, what the terminal showed)."""
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(home.top)
        os.execve(str(clikit.SIGNETCTL), home.command(*arguments), home.env)
    shown, deadline = b'', time.monotonic() + 60
    try:
        while time.monotonic() < deadline:
            if not select.select([terminal], [], [], 0.1)[0]:
                continue
            try:
                shown += os.read(terminal, 4096)
            except OSError:
                break
            if lines and shown.endswith(b': '):
                # The echo is off by the time that the prompt is there.
                os.write(terminal, lines.pop(0))
    finally:
        os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), shown.decode()


def test_code_by_prompt():
    with Home() as home:
        status, shown = talk(home, ['authority', 'add', '--name', 'P', '--accept-root', '--reference', '1'],
                             [f'{CODE}\n'.encode()])
        assert status == DONE and 'Code for this reference: ' in shown, shown
        assert CODE not in shown, 'the code was echoed'
        assert home.json('authority', 'show', 'P')['authority']['hasCode'] is True
        status, shown = talk(home, ['authority', 'code', 'P'], [b'half a co\x03'])
        assert status == FAILED and 'Interrupted' in shown, shown


def test_code_is_seen_nowhere():
    """Neither in what is printed nor in any file of the store, in clear, hexadecimal, base64 or UTF-16."""
    with Home() as home:
        result = home.ctl('authority', 'add', '--name', 'S', '--accept-root', '--reference', '1', '--secret-file', code_file(home))
        (home.top / 'code').unlink()
        printed = result.out + result.err + home.ctl('show', 'a1').out + home.ctl('--json', 'show', 'a1').out
        home.ctl('quit')
        home.wait_for_silence()
        forms = [CODE.encode(), CODE.encode().hex().encode(), base64.b64encode(CODE.encode()), CODE.encode('utf-16-le')]
        files = {path: path.read_bytes() for path in home.home.rglob('*') if path.is_file()}
        assert files, 'the store has no file'
        for form in forms:
            assert form not in printed.encode(), form
            for path, contents in files.items():
                assert form not in contents, f'{form} in {path}'
        # The search finds what is there.
        planted = home.write('planted', CODE.encode('utf-16-le') + b'!')
        assert any(form in planted.read_bytes() for form in forms)


def test_short_code_over_plain_http():
    with Home() as home:
        root = make_root(home)
        short = home.write('short', '123456\n')
        for url, code, warned in (('http://ca.example.org/', short, True), ('https://ca.example.org/', short, False),
                                  ('http://127.0.0.1:1/', short, False), ('http://ca.example.org/', code_file(home), False)):
            result = home.ctl('authority', 'add', '--url', url, '--anchor', root, '--reference', '1', '--secret-file', code)
            assert ('the code is short' in result.err) == warned, f'{url}: {result.err}'


def test_shared_code():
    """The code of another authority is taken, and said to be that; one entry more for the same service is not."""
    with Home() as home:
        root, code = make_root(home), code_file(home)

        def add(name, url, file):
            return home.ctl('authority', 'add', '--name', name, '--url', url, '--anchor', root, '--reference', '1',
                            '--secret-file', file)

        assert 'same code' not in add('First', 'https://one.example.org/', code).err
        result = add('Second', 'https://two.example.org/', code)
        assert 'Warning: “First” (a1) has the same code' in result.err and CODE not in result.err + result.out, result.err
        assert 'same code' not in add('Third', 'https://three.example.org/', home.write('own', 'a code of its own\n')).err
        assert '(a2)' in add('First again', 'https://one.example.org/', code).err
        result = home.ctl('authority', 'code', 'Third', '--secret-file', code)
        assert all(f'({row})' in result.err for row in ('a1', 'a2', 'a4')), result.err
        assert 'same code' not in home.ctl('authority', 'code', 'Third', '--secret-file', home.write('own', 'another one\n')).err
        assert '(a1)' in home.ctl('authority', 'change', 'Third', '--secret-file', code).err
        assert 'same code' not in home.ctl('authority', 'change', 'Third', '--timeout', '30').err


def test_names():
    with Home() as home:
        for _ in range(2):
            home.ctl('authority', 'add', '--name', 'Twin', '--accept-root', '--reference', '1', '--secret-file', code_file(home))
        home.fails('authority', 'show', 'Twin', status=USAGE, words='2 authorities')
        assert home.json('authority', 'show', 'a2')['authority']['id'] == 'a2'
        assert home.json('authority', 'remove', 'a1') == {'removed': 'a1'}
        assert home.json('authority', 'show', 'Twin')['authority']['id'] == 'a2'
        home.fails('authority', 'show', 'a1', status=NOT_FOUND)


tap.run([
    ('/cli/authority/every-option-arrives', test_every_option),
    ('/cli/authority/settings-file', test_settings_file),
    ('/cli/authority/presets/R479', test_presets),
    ('/cli/authority/wrong-values-name-the-setting', test_wrong_values),
    ('/cli/authority/recognised-by-fingerprint-or-asked', test_fingerprint_and_accepted_root),
    ('/cli/authority/change/only-what-is-named', test_change),
    ('/cli/authority/change/by-preset-and-file', test_change_by_preset_and_file),
    ('/cli/authority/change/wrong-in-part-changes-nothing', test_wrong_change),
    ('/cli/authority/change/next-request-goes-to-the-new-address', test_moved),
    ('/cli/authority/change/code-replaced', test_changed_code),
    ('/cli/authority/change/demo', test_change_of_the_demo),
    ('/cli/authority/names-and-ids', test_names),
    ('/cli/authority/warns-of-a-short-code-in-clear/R422', test_short_code_over_plain_http),
    ('/cli/authority/warns-of-a-code-that-another-has/R088', test_shared_code),
    ('/cli/secret/by-descriptor', test_code_by_descriptor),
    ('/cli/secret/by-prompt-without-echo', test_code_by_prompt),
    ('/cli/secret/seen-nowhere', test_code_is_seen_nowhere),
])
