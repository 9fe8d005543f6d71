#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manuals and completion know every command and option that the programs have, and are well formed.

usage: test-project-manual.py SOURCE BUILD
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import tap

SOURCE, BUILD = Path(sys.argv[1]), Path(sys.argv[2])
sys.path.insert(0, str(SOURCE / 'build-aux'))
import helptext  # noqa: E402 # pylint: disable=wrong-import-position,import-error

PROGRAMS = {'signetctl': BUILD / 'src/cli/signetctl', 'signet-demo-ca': BUILD / 'src/demo/signet-demo-ca',
            'signet-worker': BUILD / 'src/worker/signet-worker', 'signet': BUILD / 'ui/signet'}
PAGES = ('signet', 'signet-demo-ca', 'signet-worker', 'signetctl', 'signetctl-cmp')


def tool(name):
    path = shutil.which(name)
    if not path:
        raise tap.Skip(f'{name} is not installed')
    return path


def page(name):
    return BUILD / 'data' / 'man' / f'{name}.1'


def shown(name):
    """The page as a reader sees it, in one line, without what is over-struck."""
    text = subprocess.run(['man', '-E', 'UTF-8', '-P', 'cat', '-l', str(page(name))], check=True, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, env={'PATH': '/usr/bin:/bin', 'MANWIDTH': '400', 'LC_ALL': 'C.UTF-8'}).stdout
    return re.sub(r'.\x08', '', text.decode())


def names(options):
    return [name for option in options for name in option.names]


def test_well_formed():
    """Where man pages are checked: mandoc's own lint finds nothing, and groff warns of nothing."""
    mandoc = tool('mandoc')
    tool('man')
    for name in PAGES:
        lint = subprocess.run([mandoc, '-T', 'lint', '-W', 'warning', str(page(name))], check=False, stdout=subprocess.PIPE,
                              text=True)
        # References to pages that are not installed here are no fault of the page.
        found = [line for line in lint.stdout.splitlines() if 'referenced manual not found' not in line]
        assert not found, '\n'.join(found)
        warnings = subprocess.run(['man', '--warnings=w', '-E', 'UTF-8', '-l', str(page(name))], check=True, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE, text=True).stderr
        assert not warnings, warnings


def test_well_formed_finds():
    """The check itself: a macro that does not exist is found."""
    broken = '.Dd November 24, 2026\n.Dt X 1\n.Os\n.Sh NAME\n.Nm x\n.Nd y\n.Nonsense\n'
    lint = subprocess.run([tool('mandoc'), '-T', 'lint', '-W', 'warning'], input=broken, check=False, stdout=subprocess.PIPE, text=True)
    assert 'Nonsense' in lint.stdout, lint.stdout


def test_pages_know_all():
    tool('man')
    _, commands = helptext.read_signetctl(PROGRAMS['signetctl'])
    text = shown('signetctl')
    assert len(commands) > 20, commands
    for command in commands:
        name = ' '.join(command.words)
        section = re.search(rf'^   {name}\n(.*?)(?=^   \S|^\S)', text, re.MULTILINE | re.DOTALL)
        assert section, f'signetctl {name} is not in its page'
        for option in names(command.options):
            assert option in section.group(1) or option in text.split('COMMANDS')[0] or option in ('-h', '--help'), f'{name} {option}'
    for program, name in (('signetctl', 'signetctl-cmp'), ('signet-demo-ca',) * 2, ('signet-worker',) * 2, ('signet',) * 2):
        command = helptext.read_cmp(PROGRAMS[program]) if name == 'signetctl-cmp' else helptext.read_command(PROGRAMS[program], [])
        assert command.options, name
        text = shown(name)
        for option in names(command.options):
            # groff 1.22 sets them in by five columns, 1.23 by seven.
            assert re.search(rf'^ {{5,7}}(\S+, )?{re.escape(option)}\b', text, re.MULTILINE), f'{name}: {option}'


def complete(program, line):
    """What bash offers for @line."""
    words = ' '.join(f"'{word}'" for word in line)
    script = (f'compopt () {{ :; }}; . {BUILD}/data/completions/{program}.bash; COMP_WORDS=({words}); COMP_CWORD={len(line) - 1}; '
              f'_{program.replace("-", "_")}; printf "%s\\n" "${{COMPREPLY[@]}}"')
    return subprocess.run(['bash', '-c', script], check=True, stdout=subprocess.PIPE, text=True).stdout.split()


def known(program):
    """(words, options) for each command."""
    if program == 'signetctl':
        commands = helptext.read_signetctl(PROGRAMS[program])[1]
        cmp = helptext.read_cmp(PROGRAMS[program]).options
        return [(each.words, cmp if each.words == ['cmp'] else each.options) for each in commands]
    command = helptext.read_command(PROGRAMS[program], [])
    if program == 'signet-demo-ca':
        return [([word for word in name.split() if not word.isupper()], command.options)
                for name, _ in helptext.read_demo(PROGRAMS[program])[1]]
    return [([], command.options)]


def test_bash():
    for program in PROGRAMS:
        for words, options in known(program):
            for at in range(len(words)):
                assert words[at] in complete(program, [program, *words[:at], '']), f'{program}: {words}'
            offered = [word.rstrip('=') for word in complete(program, [program, *words, '-'])]
            for option in names(options):
                assert option in offered or option in ('-h', '--help'), f'{program} {words}: {option} of {offered}'
    assert complete('signetctl', ['signetctl', 'cmp', '-cmd', 'k']) == ['kur', 'krr']
    assert complete('signetctl', ['signetctl', '--home', 'x', 'authority', 'a']) == ['add']
    assert complete('signetctl', ['signetctl', 'list', 'c']) == ['certificates']


def test_fish():
    fish = tool('fish')
    for program in PROGRAMS:
        path = BUILD / 'data' / 'completions' / f'{program}.fish'
        lines = [''.join((' '.join([program, *words, name]), '\n')) for words, options in known(program)
                 for name in names(options) if name not in ('-h', '--help')]
        script = f'source {path}\nwhile read -l line\n  echo (complete -C "$line" | string replace -r "\\t.*" "")\nend\ntrue\n'
        answers = subprocess.run([fish, '--no-config', '-c', script], input=''.join(lines), check=True, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True)
        assert not answers.stderr, answers.stderr
        for line, answer in zip(lines, answers.stdout.splitlines()):
            wanted = line.split()[-1]
            assert wanted in answer.replace('=', ' ').split() or len(wanted) == 2, f'{line}{answer}'


def test_zsh():
    """Its syntax, and that each command's part names each option: to run it takes a terminal."""
    path = BUILD / 'data' / 'completions' / '_signet'
    subprocess.run([tool('zsh'), '-n', str(path)], check=True)
    text = path.read_text(encoding='utf-8')
    for program in PROGRAMS:
        function = text.split(f'\n_{program.replace("-", "_")} ()\n')[1].split('\n}\n')[0]
        for words, options in known(program):
            part = function
            if words:
                pattern = '\\ '.join(words) + ('' if len(words) == 2 else '*')
                assert f'    {pattern})\n' in function, f'{program} {words}'
                part = function.split(f'    {pattern})\n')[1].split('return ;;')[0]
            for name in names(options):
                assert re.search(rf"'{re.escape(name)}[=+]?\[", part) or name in ('-h', '--help'), f'{program} {words}: {name}'


tap.run([
    ('/project/manual/well-formed', test_well_formed),
    ('/project/manual/well-formed-finds-a-planted-fault', test_well_formed_finds),
    ('/project/manual/pages-know-every-command-and-option', test_pages_know_all),
    ('/project/completion/bash-knows-every-command-and-option', test_bash),
    ('/project/completion/fish-knows-every-command-and-option', test_fish),
    ('/project/completion/zsh-knows-every-command-and-option', test_zsh),
])
