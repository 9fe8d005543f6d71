#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tools that judge a run find what they are there to find.  usage: test-project-tools.py SOURCE"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import tap
import testlog

SOURCE = Path(sys.argv[1])


def make_log(folder, *programs):
    logs = Path(folder, 'meson-logs')
    logs.mkdir(parents=True)
    (logs / 'testlog.json').write_text('\n'.join(
        json.dumps({'name': name, 'result': result, 'returncode': 0, 'stdout': stdout}) for name, result, stdout in programs),
        encoding='utf-8')
    return folder


def run(script, *arguments):
    return subprocess.run(['/usr/bin/python3', str(SOURCE / script), *arguments], check=False, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def test_reads_tap():
    with tempfile.TemporaryDirectory() as top:
        cases = testlog.read_log(make_log(top, ('a', 'OK', '1..3\nok 1 /x/good\n    ok 1 nested\nok 2 /x/none # SKIP no bus\n'
                                                           'not ok 3 /x/bad - Bail\n'), ('b', 'TIMEOUT', 'ok 1 /y\n')))
    assert [(case.path, case.outcome) for case in cases] == [
        ('/x/good', 'passed'), ('/x/none', 'skipped'), ('/x/bad - Bail', 'failed'), ('/y', 'passed'),
        ('b: timeout, status 0', 'failed')], cases
    assert cases[1].reason == 'no bus'


def test_sum():
    with tempfile.TemporaryDirectory() as top:
        good = make_log(f'{top}/good', ('a', 'OK', 'ok 1 /x\nok 2 /y # SKIP no display\n'))
        bad = make_log(f'{top}/bad', ('a', 'FAIL', 'ok 1 /x\nnot ok 2 /y\n'), ('c', 'FAIL', ''))
        result = run('tests/project/tally.py', '--log', f'p={good}')
        assert result.returncode == 0 and result.stdout.endswith('no display\n1 passed, 0 failed, 1 skipped\n'), result.stdout
        result = run('tests/project/tally.py', '--log', f'p={bad}')
        assert result.returncode == 1 and result.stdout.endswith('\n1 passed, 2 failed, 0 skipped\n'), result.stdout
        result = run('tests/project/tally.py', '--log', f'p={top}/absent')
        assert result.returncode == 1 and result.stdout.endswith('\n0 passed, 1 failed, 0 skipped\n'), result.stdout


def test_requirements_by_path_only():
    with tempfile.TemporaryDirectory() as top:
        build = make_log(top, ('a', 'OK', '# R003 in a comment\nok 1 /x/one/R001,R002\nok 2 /x/R004/two\n'
                                          'ok 3 /x/three/R005 # SKIP none\nnot ok 4 /x/four/R006\n'))
        out = run('tests/requirements/report.py', build).stdout
    rows = {}
    for line in out.splitlines():
        if re.match('  R[0-9]', line):
            number = line.split()[0]
            rows[number] = []
        elif line.startswith('      '):
            rows[number].append(line.strip())
    assert len(rows) == 482, len(rows)
    assert rows['R001'] == rows['R002'] == ['/x/one/R001,R002'], rows['R001']
    for number in ('R003', 'R004', 'R005', 'R006'):
        assert rows[number] == ['none'], rows[number]
    assert '2 of 482 rows are shown' in out, out[-200:]


def test_requirements_unknown_row():
    with tempfile.TemporaryDirectory() as top:
        result = run('tests/requirements/report.py', '--quiet', make_log(top, ('a', 'OK', 'ok 1 /x/one/R001,R999\n')))
    assert result.returncode == 1 and 'no such requirement: R999' in result.stdout, result.stdout


def run_with(not_ours, groups, tap_lines):
    """The report with other tables: what it says and how it ends."""
    with tempfile.TemporaryDirectory() as top:
        shutil.copytree(SOURCE / 'tests/requirements', Path(top, 'requirements'))
        shutil.copytree(SOURCE / 'tests/project', Path(top, 'project'))
        Path(top, 'requirements/not-ours.tsv').write_text(not_ours, encoding='utf-8')
        Path(top, 'requirements/kept.txt').write_text('', encoding='utf-8')
        file = Path(top, 'requirements/groups.tsv')
        file.write_text(groups(file.read_text(encoding='utf-8')), encoding='utf-8')
        result = run(f'{top}/requirements/report.py', make_log(f'{top}/build', ('a', 'OK', tap_lines)))
    return result.returncode, result.stdout


def test_requirements_not_ours():
    reason = 'An authority alone does this.'
    status, out = run_with(f'R002\t{reason}\n', str, 'ok 1 /x/R001\n')
    assert status == 0 and f"      not an end entity's: {reason}" in out, out[-300:]
    assert "1 do not apply to an end entity, 39 are another issue's, 441 are not settled." in out, out[-300:]
    status, out = run_with(f'R001\t{reason}\n', str, 'ok 1 /x/R001\n')
    assert status == 1 and 'R001: is shown by a test, and not-ours.tsv says that it is not ours' in out, out[-300:]
    status, out = run_with(f'R999\t{reason}\nR003\t\nR004\nR005\t{reason}\nR005\t{reason}\n', str, 'ok 1 /x/R001\n')
    assert status == 1, out[-300:]
    for wanted in ('no such requirement: R999', 'R003: no reason is given', 'R004: no reason is given', 'R005: stands there twice'):
        assert wanted in out, out[-500:]


def test_requirements_another_issue():
    status, out = run_with('', lambda text: text.replace('\nA\tbuilt', '\nA\tanother'), 'ok 1 /x/R001\n')
    assert status == 1 and "may be another issue's, not A" in out, out[-300:]


def test_style():
    sys.path.insert(0, str(SOURCE / 'build-aux'))
    import style  # pylint: disable=import-outside-toplevel
    long = '/* x */\n#include <glib.h>\nvoid\nf (void)\n{\n' + '  g ("{");\n' * 80 + '}\nint\nh (void)\n{\n}\n'
    deep = 'void\nf (void)\n{\n' + '{' * 6 + '}' * 6 + '\n}\n'
    with tempfile.TemporaryDirectory() as top:
        Path(top, 'src').mkdir()
        Path(top, 'src', 'long.c').write_text(long, encoding='utf-8')
        Path(top, 'src', 'deep.c').write_text(deep, encoding='utf-8')
        findings = style.check(Path(top))
    for wanted in ('long.c: no SPDX', 'long.c: "config.h" is not the first', 'long.c:5: a function of 82 lines',
                   'deep.c:3: a function nested 6 deep'):
        assert wanted in findings, findings
    assert 'long.c:87' not in findings, findings


def test_packages_are_one_list():
    """Every package is named once, and the run's are among the check's."""
    names = [line.split()[0] for line in (SOURCE / 'build-aux/packages.txt').read_text(encoding='utf-8').splitlines()
             if line and not line.startswith('#')]
    assert len(names) == len(set(names)), names


tap.run([
    ('/project/tools/log/reads-tap', test_reads_tap),
    ('/project/tools/sum/counts-cases-and-fails', test_sum),
    ('/project/tools/requirements/count-only-in-paths-that-passed', test_requirements_by_path_only),
    ('/project/tools/requirements/unknown-row-fails', test_requirements_unknown_row),
    ('/project/tools/requirements/reads-what-is-not-ours', test_requirements_not_ours),
    ('/project/tools/requirements/another-issue-in-three-groups-only', test_requirements_another_issue),
    ('/project/tools/style/finds-what-breaks-it', test_style),
    ('/project/tools/packages/named-once', test_packages_are_one_list),
])
