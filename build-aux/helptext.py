# SPDX-License-Identifier: GPL-3.0-or-later
"""What the programs say of themselves by --help, as data: what manuals and completions are made of."""

import functools
import os
import re
import subprocess
from dataclasses import dataclass, field

GLOBAL = ('--home', '--passphrase-file', '--json', '--help')


@dataclass
class Option:
    """@names: as they are typed, "-o" and "--output"; @value: what it takes, or ''; @text: the words behind it."""
    names: list
    value: str
    text: str
    heading: str = ''


@dataclass
class Command:
    """@words: "authority add" in two; [] for the program itself; @usage: what follows the options."""
    words: list
    summary: str = ''
    usage: str = ''
    text: str = ''
    options: list = field(default_factory=list)


@functools.cache
def ask(program, *words):
    env = {**os.environ, 'LC_ALL': 'C.UTF-8', 'LANGUAGE': 'C', 'GTK_A11Y': 'none', 'G_MESSAGES_DEBUG': ''}
    env.pop('DISPLAY', None)
    env.pop('WAYLAND_DISPLAY', None)
    return subprocess.run([str(program), *words], check=True, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout.decode()


def read_options(lines):
    """Lines "  -o, --output=FILE   words" of GLib's help."""
    options = []
    for line in lines:
        found = re.match(r'  ((?:-\w, )?--[\w-]+)(?:=(\S+))?\s\s+(\S.*)$', line)
        if found:
            options.append(Option(found.group(1).split(', '), found.group(2) or '', found.group(3)))
    return options


def read_command(program, words):
    """One command's help by GLib: usage, what it does, options."""
    lines = ask(program, *words, '--help').splitlines()
    usage = re.sub(r'^.*\[OPTION…\] ?', '', lines[1])
    end = lines.index('Help Options:')
    return Command(words, usage=usage, text=' '.join(line for line in lines[3:end] if line), options=read_options(lines))


def read_signetctl(program):
    """The program and all its commands but "cmp"."""
    text = ask(program, '--help')
    top = Command([], text=text.split('\n\n')[1], options=read_options(text.split('Options, ')[1].splitlines()))
    commands = []
    for line in text.split('Commands:\n')[1].split('\n\n')[0].splitlines():
        found = re.match(r'  ((?:\S+ )?\S+)\s\s+(\S.*)$', line)
        words = found.group(1).split()
        command = Command(words) if words == ['cmp'] else read_command(program, words)
        command.summary = found.group(2)
        commands.append(command)
    return top, commands


def read_cmp(program):
    """The options of "signetctl cmp", each with the heading that it stands under."""
    options, heading = [], ''
    lines = ask(program, 'cmp', '-help').splitlines()
    for number, line in enumerate(lines):
        found = re.match(r' (-\w[\w-]*)(?: ([A-Z|0-9]+))?(?:\s+(\S.*))?$', line)
        if found:
            text = found.group(3) or lines[number + 1].strip()
            options.append(Option([found.group(1)], found.group(2) or '', text, heading))
        elif re.match(r'\S.*:$', line) and not line.startswith(('Usage', 'Exit')):
            heading = line[:-1]
    return Command(['cmp'], options=options)


def read_demo(program):
    """The demo authority, with its commands' names and words in @text's place."""
    lines = ask(program, '--help').splitlines()
    begin = lines.index('Commands:')
    commands = [re.match(r'  (\S.*?)\s\s+(\S.*)$', line).groups() for line in lines[begin + 1:lines.index('', begin)]]
    return Command([], text=lines[3], options=read_options(lines)), commands
