#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Completion for shells, made of what the programs say of their options.

usage: make-completion.py OUTPUT_FOLDER SIGNETCTL DEMO_CA WORKER SIGNET

bash and fish have a file for each program; that of zsh, "_signet", serves all of them.
"""

import sys
from pathlib import Path

import helptext

LICENCE = '# SPDX-License-Identifier: GPL-3.0-or-later\n'
# Values of an option that can be listed.
CHOICES = {
    '-cmd': ('ir', 'cr', 'kur', 'p10cr', 'rr', 'genm', 'krr', 'ccr'),
    '-infotype': ('caCerts', 'rootCaCert', 'certReqTemplate', 'crlStatusList', 'caProtEncCert', 'signKeyPairTypes', 'encKeyPairTypes',
                  'preferredSymmAlg', 'caKeyUpdateInfo', 'currentCRL'),
    '-popo': ('-1', '0', '1', '2'),
    '-certform': ('PEM', 'DER'),
    '-crlform': ('PEM', 'DER'),
    '-keyform': ('PEM', 'DER', 'P12'),
    '-mac': ('hmacWithSHA256', 'hmacWithSHA512', 'hmac-sha1', 'pbmac1', 'hmac', 'kmac'),
    '--mac': ('pbmac1', 'password-based'),
    '--framing': ('none', 'tcp', 'tcp-base64'),
}
# What stands behind a command, other than an option.
ARGUMENTS = {
    'list': ('authorities', 'certificates', 'keys', 'requests'),
}


def is_file(option):
    return any(part in ('FILE', 'FILES', 'DIR') for part in option.value.split('|'))


def programs_of(paths):
    """Program: its commands, each with all options that may stand behind it; [''] for one without commands."""
    signetctl, demo, worker, window = paths
    top, commands = helptext.read_signetctl(signetctl)
    shared = [option for option in top.options if option.names[-1] not in ('--version', '--help')]
    for command in commands:
        if command.words == ['cmp']:
            command.options = helptext.read_cmp(signetctl).options
        else:
            known = {option.names[-1] for option in command.options}
            command.options += [option for option in shared if option.names[-1] not in known]
    demo_command, demo_words = helptext.read_demo(demo)
    demo_commands = []
    for name, text in demo_words:
        words = [word for word in name.split() if not word.isupper()]
        demo_commands.append(helptext.Command(words, text, options=demo_command.options))
    return {
        'signetctl': (top, commands),
        'signet-demo-ca': (demo_command, demo_commands),
        'signet-worker': (helptext.read_command(worker, []), []),
        'signet': (helptext.read_command(window, []), []),
    }


# ---- bash ----

def bash_words(options):
    return ' '.join(name + ('=' if option.value and name.startswith('--') else '') for option in options for name in option.names)


def bash_case(name, options):
    lines = [f'    "{name}")', f'      options=\'{bash_words(options)}\'']
    files = '|'.join(each for option in options if is_file(option) for each in option.names)
    values = '|'.join(each for option in options if option.value and not is_file(option) for each in option.names)
    lines.append(f"      files='{files}'")
    lines.append(f"      values='{values}' ;;")
    return lines


def bash(program, top, commands):
    name = '_' + program.replace('-', '_')
    groups = sorted({command.words[0] for command in commands if len(command.words) == 2})
    first = sorted({command.words[0] for command in commands})
    choices = '\n'.join(f'    {option}) COMPREPLY=( $(compgen -W \'{" ".join(words)}\' -- "$cur") ); return ;;'
                        for option, words in sorted(CHOICES.items()))
    second = '\n'.join(f'    {group}) words=\'{" ".join(c.words[1] for c in commands if c.words[0] == group)}\' ;;' for group in groups)
    cases = [line for command in commands for line in bash_case(' '.join(command.words), command.options)]
    arguments = '\n'.join(f'    {command}) words=\'{" ".join(words)}\' ;;' for command, words in ARGUMENTS.items())
    return f'''# Completion of {program} for bash.                                        -*- shell-script -*-
{LICENCE}
{name} ()
{{
  local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}} command= words= options= files= values= i word
  local global='{bash_words(top.options)}'

  # "=" is a word of its own to bash.
  if [[ $cur == = ]]; then cur=; elif [[ $prev == = ]]; then prev=${{COMP_WORDS[COMP_CWORD-2]}}; fi
  COMPREPLY=()
  for (( i = 1; i < COMP_CWORD; i++ )); do
    word=${{COMP_WORDS[i]}}
    case $word in
      --home|--passphrase-file) [[ $command ]] || (( i++ )) ;;
      -*|=) ;;
      *)
        case "$command" in
          '') command=$word ;;
          {'|'.join(groups) or '-'}) command="$command $word" ;;
        esac ;;
    esac
  done
  case "$command" in
    '') words='{' '.join(first)}' options=$global files='--home|--passphrase-file' ;;
{second}
{chr(10).join(cases)}
  esac
  case "$command" in
{arguments}
    *) ;;
  esac
  case $prev in
{choices}
  esac
  if [[ $prev == -* && "|$files|" == *"|$prev|"* ]]; then
    compopt -o default 2>/dev/null
  elif [[ $prev == -* && "|$values|" == *"|$prev|"* ]]; then
    return
  elif [[ $cur == -* ]]; then
    COMPREPLY=( $(compgen -W "$options" -- "$cur") )
    [[ ${{COMPREPLY[0]}} == *= ]] && compopt -o nospace 2>/dev/null
  elif [[ $words ]]; then
    COMPREPLY=( $(compgen -W "$words" -- "$cur") )
  else
    compopt -o default 2>/dev/null
  fi
}}
complete -F {name} {program}
'''


# ---- fish ----

def quoted(text):
    return "'" + text.replace('\\', '\\\\').replace("'", "\\'") + "'"


def fish_option(program, condition, option):
    parts = [f'complete -c {program}']
    if condition:
        parts.append(f'-n {quoted(condition)}')
    for name in option.names:
        parts.append(f'-l {name[2:]}' if name.startswith('--') else f'-s {name[1:]}' if len(name) == 2 else f'-o {name[1:]}')
    if option.names[-1] in CHOICES:
        parts.append(f'-x -a {quoted(" ".join(CHOICES[option.names[-1]]))}')
    elif option.value:
        parts.append('-r -F' if is_file(option) else '-x')
    parts.append(f'-d {quoted(option.text)}')
    return ' '.join(parts)


def fish(program, top, commands):
    lines = [f'# Completion of {program} for fish.', LICENCE.rstrip()]
    lines += [fish_option(program, '__fish_use_subcommand' if commands else '', option) for option in top.options]
    for command in commands:
        seen = '; and '.join(f'__fish_seen_subcommand_from {word}' for word in command.words)
        if len(command.words) == 1:
            lines.append(f'complete -c {program} -n __fish_use_subcommand -f -a {command.words[0]} -d {quoted(command.summary)}')
        else:
            group = f'__fish_seen_subcommand_from {command.words[0]}; and not __fish_seen_subcommand_from {command.words[1]}'
            lines.append(f'complete -c {program} -n __fish_use_subcommand -f -a {command.words[0]}')
            lines.append(f'complete -c {program} -n {quoted(group)} -f -a {command.words[1]} -d {quoted(command.summary)}')
        if words := ARGUMENTS.get(' '.join(command.words)):
            lines.append(f'complete -c {program} -n {quoted(seen)} -f -a {quoted(" ".join(words))}')
        lines += [fish_option(program, seen, option) for option in command.options]
    return '\n'.join(dict.fromkeys(lines)) + '\n'


# ---- zsh ----

def zsh_text(text):
    for character in '\\:[]':
        text = text.replace(character, '\\' + character)
    return text.replace("'", "'\\''")


def zsh_option(option):
    action = ''
    if option.names[-1] in CHOICES:
        action = f':{option.value.lower()}:({" ".join(CHOICES[option.names[-1]])})'
    elif option.value:
        action = f':{zsh_text(option.value.lower())}:' + ('_files' if is_file(option) else '')
    for name in option.names:
        sign = '=' if option.value and name.startswith('--') else '+' if option.value and len(name) == 2 else ''
        yield f"    '{name}{sign}[{zsh_text(option.text)}]{action}'"


def zsh_function(program, top, commands):
    name = '_' + program.replace('-', '_')
    first = {}
    for command in commands:
        first.setdefault(command.words[0], command.summary if len(command.words) == 1 else '')
    described = '\n'.join(f"    '{word}:{zsh_text(text)}'" for word, text in first.items())
    lines = [f'{name} ()', '{', '  local command=${(j: :)${(@)${words[2,CURRENT-1]}:#-*}[1,2]}', '  local -a specs commands', '']
    lines += ['  case "$command" in']
    for group in sorted({command.words[0] for command in commands if len(command.words) == 2}):
        lines += [f'    {group})', '      commands=(']
        lines += [f"    '{command.words[1]}:{zsh_text(command.summary)}'" for command in commands if command.words[0] == group]
        lines += ['      )', f'      _describe {group} commands', '      return ;;']
    for command in commands:
        pattern = '\\ '.join(command.words) + ('' if len(command.words) == 2 else '*')
        lines += [f'    {pattern})', '      specs=(']
        lines += [line for option in command.options for line in zsh_option(option)]
        lines += ['      )']
        words = ARGUMENTS.get(' '.join(command.words))
        action = f'({" ".join(words)})' if words else '_files'
        lines += [f"      _arguments '*:argument:{action}' $specs", '      return ;;']
    lines += ['  esac', '  specs=(']
    lines += [line for option in top.options for line in zsh_option(option)]
    lines += ['  )']
    if commands:
        lines += ['  commands=(', described, '  )', "  _arguments '*:command:->command' $specs",
                  '  [[ $state == command ]] && _describe command commands']
    else:
        lines += ["  _arguments '*:file:_files' $specs"]
    return '\n'.join([*lines, '}'])


def zsh(programs):
    functions = '\n\n'.join(zsh_function(program, *parts) for program, parts in programs.items())
    cases = '\n'.join(f'  {program}) _{program.replace("-", "_")} "$@" ;;' for program in programs)
    return f'#compdef {" ".join(programs)}\n{LICENCE}\n{functions}\n\ncase $service in\n{cases}\nesac\n'


def main():
    folder = Path(sys.argv[1])
    programs = programs_of(sys.argv[2:])
    for program, parts in programs.items():
        (folder / f'{program}.bash').write_text(bash(program, *parts), encoding='utf-8')
        (folder / f'{program}.fish').write_text(fish(program, *parts), encoding='utf-8')
    (folder / '_signet').write_text(zsh(programs), encoding='utf-8')


if __name__ == '__main__':
    main()
