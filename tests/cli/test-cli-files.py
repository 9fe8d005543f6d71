#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole exchange by files: each step is a process of its own, and the worker ends between any two."""

import clikit
from clikit import FAILED, USAGE, WAITING, Demo, Home, openssl, tap


def step(home, *arguments, status=clikit.DONE):
    """One command, after which the worker ends as well: the next finds only what is on the disk."""
    result = home.json(*arguments, status=status)
    home.ctl('quit')
    home.wait_for_silence()
    return result


def carry(home, demo, number):
    """To the authority and back, as a person would on a memory stick; returns the reply's row."""
    told = step(home, 'message', 'export', 'r1', '--output', home.top / f'out{number}.pki')
    assert told['size'] > 0 and home.json('show', 'r1')['request']['state'] == 'awaiting-reply', told
    demo.run('answer', home.top / f'out{number}.pki', '--output', home.top / f'in{number}.pki')
    return step(home, 'message', 'import', home.top / f'in{number}.pki')


def bodies(home):
    return [message['body'] for message in home.json('show', 'r1')['messages']]


def start(home, demo, *arguments):
    demo.add_to(home, url=False)
    request = step(home, 'request', '--authority', 'a1', '--subject', 'CN=Maria Huber', '--san', 'email:maria@example.org',
                   '--offline', *arguments)['request']
    assert request['state'] == 'outbox' and request['offline'] is True and request['pendingBody'] == 'ir', request


def test_with_confirmation():
    with Home() as home, Demo(home, '--no-implicit-confirm') as demo:
        start(home, demo)
        first = carry(home, demo, 1)
        assert first['request']['state'] == 'outbox' and first['request']['pendingBody'] == 'certConf', first
        assert first['outcome'], first
        second = carry(home, demo, 2)
        assert second['request']['state'] == 'done' and second['request']['certificate'], second
        assert bodies(home) == ['ir', 'ip', 'certConf', 'pkiconf'], bodies(home)
        home.ctl('export', second['request']['certificate'], '--output', home.top / 'c.pem')
        home.ctl('export', 'a1', '--output', home.top / 'a.pem')
        assert ': OK' in openssl('verify', '-CAfile', home.top / 'a.pem', '-untrusted', home.top / 'c.pem', home.top / 'c.pem')


def test_with_polling():
    with Home() as home, Demo(home, '--no-implicit-confirm', '--poll-count', '1', '--check-after', '0') as demo:
        start(home, demo)
        rounds = 1
        while (told := carry(home, demo, rounds))['request']['state'] == 'outbox':
            rounds += 1
            assert rounds < 8, told
        assert told['request']['state'] == 'done', told
        seen = bodies(home)
        assert seen[0] == 'ir' and 'pollReq' in seen and seen[-2:] == ['certConf', 'pkiconf'], seen


def test_reply_as_text():
    """The reply as base64 in PEM lines, by standard input."""
    with Home() as home, Demo(home, '--implicit-confirm') as demo:
        start(home, demo)
        step(home, 'message', 'export', 'r1', '--output', home.top / 'out.pki')
        demo.run('answer', home.top / 'out.pki', '--output', home.top / 'in.pki')
        text = openssl('base64', '-in', home.top / 'in.pki')
        told = home.json('message', 'import', '-', stdin=f'-----BEGIN PKIMESSAGE-----\n{text}-----END PKIMESSAGE-----\n')
        assert told['request']['state'] == 'done', told


def test_exported_again():
    """The same octets each time, so that a lost file is no lost request."""
    with Home() as home, Demo(home) as demo:
        start(home, demo)
        step(home, 'message', 'export', 'r1', '--output', home.top / 'one.pki')
        step(home, 'message', 'export', 'r1', '--output', home.top / 'two.pki')
        assert (home.top / 'one.pki').read_bytes() == (home.top / 'two.pki').read_bytes()
        home.fails('message', 'export', 'r1', '--output', home.top / 'one.pki', status=FAILED, words='--force')
        name = home.json('message', 'export', 'r1', cwd=home.top)['file']
        assert name.endswith('.pki') and (home.top / name).exists(), name


def test_wrong_replies():
    """What does not belong here changes nothing; a duplicate does no harm."""
    with Home() as home, Demo(home, '--implicit-confirm') as demo:
        start(home, demo)
        step(home, 'message', 'export', 'r1', '--output', home.top / 'out.pki')
        demo.run('answer', home.top / 'out.pki', '--output', home.top / 'in.pki')
        good = (home.top / 'in.pki').read_bytes()
        damaged = good.replace(b'Maria Huber', b'Maria Hubel')
        assert damaged != good
        for name, octets in (('short', good[:-1]), ('long', good + b'\0'), ('empty', b''), ('text', b'Dear Maria,')):
            home.fails('message', 'import', home.write(name, octets), status=USAGE)
        home.run('message', 'import', home.write('damaged', damaged))
        state = home.json('show', 'r1')['request']['state']
        assert state == 'awaiting-reply', state
        # Its own message is no reply to it.
        assert home.run('message', 'import', home.top / 'out.pki').status != clikit.DONE
        assert home.json('show', 'r1')['request']['state'] == 'awaiting-reply'
        assert home.json('message', 'import', home.top / 'in.pki')['request']['state'] == 'done'
        again = home.run('--json', 'message', 'import', home.top / 'in.pki')
        assert again.json, again.out
        assert home.json('show', 'r1')['request']['state'] == 'done'
        own = [item for item in home.json('list', 'certificates')['certificates'] if item['role'] == 'own']
        assert len(own) == 1, own


def test_reply_finds_its_request():
    with Home() as home, Demo(home, '--implicit-confirm') as demo:
        start(home, demo)
        home.json('request', '--authority', 'a1', '--subject', 'CN=Other', '--offline')
        home.ctl('message', 'export', 'r1', '--output', home.top / 'out.pki')
        demo.run('answer', home.top / 'out.pki', '--output', home.top / 'in.pki')
        # Told to be of another request, it is refused.
        assert home.run('message', 'import', home.top / 'in.pki', '--request', 'r2').status != clikit.DONE
        told = home.json('message', 'import', home.top / 'in.pki')
        assert told['request']['id'] == 'r1' and told['request']['state'] == 'done', told
        assert home.json('show', 'r2')['request']['state'] == 'outbox'
        home.json('request', '--authority', 'a1', '--subject', 'CN=Third', '--offline', '--wait', status=WAITING)


tap.run([
    ('/cli/files/with-confirmation/R455,R457', test_with_confirmation),
    ('/cli/files/with-polling/R457', test_with_polling),
    ('/cli/files/reply-as-text', test_reply_as_text),
    ('/cli/files/exported-again/R456', test_exported_again),
    ('/cli/files/wrong-replies-change-nothing/R455,R458', test_wrong_replies),
    ('/cli/files/reply-finds-its-request/R458', test_reply_finds_its_request),
])
