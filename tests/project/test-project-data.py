#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a desktop reads of the program is valid: desktop file, metainfo, settings schema, Flatpak manifest, translations.

usage: test-project-data.py SOURCE BUILD
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import tap

SOURCE, BUILD = Path(sys.argv[1]), Path(sys.argv[2])
APP_ID = 'io.github.signet.Signet'
MARKED = re.compile(r'(?<![A-Za-z0-9_])(?:_|N_|C_|NC_|ngettext|g_dngettext)\s*\(\s*"|translatable="yes"|translatable="true"')


def run(*command):
    if not shutil.which(command[0]):
        raise tap.Skip(f'{command[0]} is not installed')
    return subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def find(suffix):
    """The finished file: made in the build folder, or lying in the source as it is."""
    for folder in (BUILD / 'data', SOURCE / 'data'):
        found = sorted(folder.glob(f'**/{APP_ID}*{suffix}'))
        if found:
            return found[0]
    raise AssertionError(f'there is no {APP_ID}{suffix} in data/')


def test_desktop():
    result = run('desktop-file-validate', str(find('.desktop')))
    assert result.returncode == 0 and not result.stdout, result.stdout


def test_metainfo():
    result = run('appstreamcli', 'validate', '--no-net', '--no-color', str(find('.metainfo.xml')))
    # Newer versions miss a home page, which there is none of; it takes no other way to be told so that older ones know.
    complaints = [line for line in result.stdout.splitlines() if line[:2] in ('E:', 'W:') and 'url-homepage-missing' not in line]
    assert not complaints and (result.returncode == 0 or 'url-homepage-missing' in result.stdout), result.stdout


def test_schema():
    schema = find('.gschema.xml')
    with tempfile.TemporaryDirectory() as top:
        shutil.copy(schema, top)
        result = run('glib-compile-schemas', '--strict', '--dry-run', top)
    assert result.returncode == 0 and not result.stdout, result.stdout


def test_flatpak():
    result = run('flatpak-builder', '--show-manifest', str(SOURCE / 'flatpak' / f'{APP_ID}.json'))
    assert result.returncode == 0, result.stdout
    manifest = json.loads(result.stdout)
    assert manifest['id'] == APP_ID, manifest['id']
    assert manifest['modules'][-1]['name'] == 'signet'
    # The person's files come through the portals, and the whole session bus is nobody's business here.
    for argument in manifest['finish-args']:
        assert not argument.startswith(('--filesystem', '--socket=session-bus', '--talk-name=*')), argument
    options = subprocess.run(['/usr/bin/meson', 'introspect', '--buildoptions', str(BUILD)], check=True,
                             stdout=subprocess.PIPE, text=True).stdout
    known = {option['name'] for option in json.loads(options)}
    for option in manifest['modules'][-1]['config-opts']:
        assert option.removeprefix('-D').split('=')[0] in known, option


def test_programs_are_installed():
    listed = subprocess.run(['/usr/bin/meson', 'introspect', '--targets', str(BUILD)], check=True, stdout=subprocess.PIPE,
                            text=True).stdout
    installed = {Path(name).name for target in json.loads(listed) if target['installed']
                 for name in target.get('install_filename', [])}
    assert {'signet', 'signetctl', 'signet-worker', 'signet-demo-ca'} <= installed, installed


def marked_sources():
    found = set()
    for folder in ('src', 'ui', 'data'):
        for path in (SOURCE / folder).rglob('*'):
            name = str(path.relative_to(SOURCE))
            if path.suffix in ('.c', '.h', '.ui') and MARKED.search(path.read_text(encoding='utf-8')):
                found.add(name)
            elif path.name.startswith(APP_ID) and '.desktop' in path.name or '.metainfo.xml' in path.name:
                found.add(name)
    return found


def test_potfiles():
    path = next((path for path in (SOURCE / 'po' / 'POTFILES', SOURCE / 'po' / 'POTFILES.in') if path.exists()), None)
    assert path, 'there is no po/POTFILES'
    listed = [line for line in path.read_text(encoding='utf-8').splitlines() if line and not line.startswith('#')]
    assert len(listed) == len(set(listed)), 'a file is listed twice'
    missing = marked_sources() - set(listed)
    assert not missing, 'not in po/POTFILES:\n' + '\n'.join(sorted(missing))
    absent = [name for name in listed if not (SOURCE / name).exists()]
    assert not absent, f'in po/POTFILES, but not in the tree: {absent}'


def test_catalogue_is_made():
    """xgettext reads every source: nothing marked is lost to a construct that it does not understand."""
    listed = [line for line in (SOURCE / 'po' / 'POTFILES').read_text(encoding='utf-8').splitlines()
              if line and not line.startswith('#')]
    with tempfile.TemporaryDirectory() as top:
        result = run('xgettext', '--from-code=UTF-8', '--keyword=_', '--keyword=N_', '--keyword=C_:1c,2', '--keyword=NC_:1c,2',
                     f'--directory={SOURCE}', f'--output={top}/signet.pot', '--add-comments=Translators',
                     *[name for name in listed if name.endswith(('.c', '.h'))])
        assert result.returncode == 0 and 'warning' not in result.stdout, result.stdout
        assert 'msgid' in Path(top, 'signet.pot').read_text(encoding='utf-8')


tap.run([
    ('/project/data/desktop-file-is-valid', test_desktop),
    ('/project/data/metainfo-is-valid', test_metainfo),
    ('/project/data/settings-schema-is-strict', test_schema),
    ('/project/data/flatpak-manifest-is-valid', test_flatpak),
    ('/project/data/programs-are-installed', test_programs_are_installed),
    ('/project/data/every-marked-source-is-in-potfiles', test_potfiles),
    ('/project/data/catalogue-is-made', test_catalogue_is_made),
])
