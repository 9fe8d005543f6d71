#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fills the manual pages with what the programs say of their options.

usage: make-man.py VERSION SIGNETCTL DEMO_CA WORKER SIGNET OUTPUT_FOLDER TEMPLATE...

In a template, which is in mdoc, a line "@options PROGRAM@" stands for a program's options, "@commands signetctl@" for its commands with
theirs, "@cmp@" for those of "signetctl cmp", "@demo-commands@" for the demo authority's commands.
"""

import re
import sys
from pathlib import Path

import helptext

SPECIAL = {'“': r'\(lq', '”': r'\(rq', '’': r'\(cq', '…': r'\&...', '–': r'\(en', '§': r'\(sc', '−': r'\-'}


def words(text):
    """Text that mdoc takes as it is: no macro, no escape, hyphens as typed."""
    text = text.replace('\\', r'\e')
    for character, escape in SPECIAL.items():
        text = text.replace(character, escape)
    text = re.sub(r'(?<!\w)-(?=[\w-])', r'\-', text)
    return r'\&' + text if text.startswith(('.', "'")) else text


def end_sentence(text):
    """Ended, and each sentence on a line of its own, as mdoc wants it."""
    return words(re.sub(r'(?<=[\w)"”])([.:]) (?=[A-Z“$])', r'\1\n', text if text.endswith(('.', ':')) else f'{text}.'))


def flag(name, value, joint):
    """mdoc's Fl writes the first hyphen itself."""
    rest = name[1:].replace('-', r'\-', 1) if name.startswith('--') else name[1:]
    if not value:
        return f'Fl {rest}'
    values = ' | '.join(f'Ar {part}' for part in value.split('|'))
    return f'Fl {rest} {values}' if not joint else f'Fl {rest}\\&= Ns {values}'


def option_list(options, joint=True):
    yield '.Bl -tag -width Ds'
    for option in options:
        parts = [flag(name, option.value if name == option.names[-1] else '', joint) for name in option.names]
        yield '.It ' + ' , '.join(parts)
        yield end_sentence(option.text)
    yield '.El'


def own_options(command):
    return [option for option in command.options if option.names[-1] not in helptext.GLOBAL]


def commands(signetctl):
    for command in helptext.read_signetctl(signetctl)[1]:
        name = ' '.join(command.words)
        if name == 'cmp':
            yield from ('.Ss cmp', 'Speaks CMP once, without a store, by options as those of', '.Xr openssl-cmp 1 ;', 'see',
                        '.Xr signetctl-cmp 1 .')
            continue
        yield f'.Ss {name}'
        yield f'.Nm signetctl Cm {name} Op Ar option ...' + (f' Ar {words(command.usage)}' if command.usage else '')
        yield '.Pp'
        yield end_sentence(command.text or command.summary)
        options = own_options(command)
        if options:
            yield from option_list(options)


def cmp_options(signetctl):
    heading = None
    for option in helptext.read_cmp(signetctl).options:
        if option.heading != heading:
            if heading is not None:
                yield '.El'
            heading = option.heading
            if heading:
                yield f'.Ss {words(heading)}'
            yield '.Bl -tag -width Ds'
        yield '.It ' + flag(option.names[0], option.value, False)
        yield end_sentence(option.text)
    yield '.El'


def demo_commands(demo):
    yield '.Bl -tag -width Ds'
    for name, text in helptext.read_demo(demo)[1]:
        plain = [word for word in name.split() if not word.isupper()]
        arguments = [word for word in name.split() if word.isupper()]
        yield f'.It Cm {" ".join(plain)}' + ''.join(f' Ar {word}' for word in arguments)
        yield end_sentence(text)
    yield '.El'


def fill(line, programs):
    """What stands in for one line of the template."""
    if found := re.match(r'@options (\S+)@$', line):
        name = found.group(1)
        if name == 'signetctl':
            command = helptext.read_signetctl(programs[name])[0]
        else:
            command = helptext.read_command(programs[name], [])
        return option_list(command.options)
    return {'@commands signetctl@': lambda: commands(programs['signetctl']), '@cmp@': lambda: cmp_options(programs['signetctl']),
            '@demo-commands@': lambda: demo_commands(programs['signet-demo-ca'])}[line]()


def make(template, version, programs):
    for line in template.read_text(encoding='utf-8').splitlines():
        if line.startswith('@'):
            yield from fill(line, programs)
        else:
            yield line.replace('@VERSION@', version)


def main():
    programs = dict(zip(('signetctl', 'signet-demo-ca', 'signet-worker', 'signet'), sys.argv[2:6]))
    for template in map(Path, sys.argv[7:]):
        page = '\n'.join(make(template, sys.argv[1], programs)) + '\n'
        Path(sys.argv[6], template.name.removesuffix('.in')).write_text(page, encoding='utf-8')


if __name__ == '__main__':
    main()
