# SPDX-License-Identifier: GPL-3.0-or-later
"""What is told of a store and its processes when one of them gave no answer: where each thread stands, and what the rows say.

No value of a variable, no octets of a file and no sealed column is among it: only names, states and times.
"""

import os
import shutil
import socket
import sqlite3
import subprocess
from pathlib import Path

GDB_PATIENCE = 60
LINES_MAX = 400                 # of one process
FRAMES_MAX = 25                 # of one thread
LINE_MAX = 200
ROWS = ('SELECT id, state, pending_body, sent, received, confirmed, updated, next_check, retry_at, certificate_id, error_code,'
        ' error_text, authority_text FROM requests ORDER BY id DESC LIMIT 20')
MESSAGES = 'SELECT id, request_id, sent, body_type, time, note FROM messages ORDER BY id DESC LIMIT 40'


def read(path):
    try:
        return ' '.join(path.read_text(errors='replace').split())
    except OSError as error:
        return f'({error.strerror})'


def link(path):
    try:
        return os.readlink(path)
    except OSError as error:
        return f'({error.strerror})'


def threads(top):
    for task in sorted(top.glob('task/[0-9]*'), key=lambda path: int(path.name)):
        state = [line for line in (task / 'status').read_text().splitlines() if line.startswith('State:')]
        yield f'  thread {task.name} {read(task / "comm")}: {" ".join(state)}; waits in {read(task / "wchan")}'
        try:
            yield from (f'    {line}' for line in (task / 'stack').read_text().splitlines()[:8])
        except OSError:
            pass


def stacks(process):
    gdb = shutil.which('gdb')
    if not gdb:
        return ['  there is no gdb for its stacks']
    command = [gdb, '--batch', '--nx', '--quiet', '-iex', 'set auto-load off', '-iex', 'set debuginfod enabled off',
               '-iex', 'set print frame-arguments none', '-p', str(process), '-ex', f'thread apply all backtrace {FRAMES_MAX}']
    try:
        told = subprocess.run(command, check=False, text=True, errors='replace', stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=GDB_PATIENCE).stdout
    except subprocess.TimeoutExpired:
        return [f'  gdb gave no stacks within {GDB_PATIENCE} s']

    return [f'  {line}' for line in told.splitlines() if line.startswith(('Thread ', '#', 'ptrace', 'Could not'))]


def tell_process(process):
    top = Path(f'/proc/{process}')
    yield f'process {process}: {read(top / "comm")}'
    try:
        yield from threads(top)
        yield from (f'  {path.name} -> {link(path)}' for path in sorted((top / 'fd').iterdir(), key=lambda path: int(path.name)))
    except OSError as error:
        yield f'  it has gone: {error}'
        return
    yield from stacks(process)


def tell_socket(home):
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(5)
        try:
            client.connect(str(home / 'worker.sock'))
        except OSError as error:
            return f'worker.sock: {error}'
    return 'worker.sock: somebody listens'


def tell_rows(home):
    path = home / 'signet.db'
    if not path.exists():
        yield 'there is no database'
        return
    try:
        database = sqlite3.connect(f'file:{path}?mode=ro', uri=True, timeout=5)
        database.row_factory = sqlite3.Row
        try:
            for what, statement in (('request', ROWS), ('message', MESSAGES)):
                for row in database.execute(statement):
                    yield f'{what} {", ".join(f"{name}={row[name]}" for name in row.keys() if row[name] is not None)}'
        finally:
            database.close()
    except sqlite3.Error as error:
        yield f'the database cannot be read: {error}'


def tell(home, processes):
    """Everything that helps to see why nothing came: @home is the store's folder."""
    lines = [tell_socket(home), *sorted(f'file {path.name}' for path in home.glob('*')), *tell_rows(home)]
    for process in processes:
        lines += list(tell_process(process))[:LINES_MAX]

    return '\n'.join(line[:LINE_MAX] for line in lines)
