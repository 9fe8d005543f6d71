#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The presets of data/authorities: their schema, their sources, and their words for the translators.

usage: test-project-presets.py SOURCE BUILD [--write]   --write: makes data/authorities/words.h anew
"""

import configparser
import json
import re
import subprocess
import sys
from pathlib import Path

import tap

SOURCE, BUILD = Path(sys.argv[1]), Path(sys.argv[2])
FOLDER = SOURCE / 'data' / 'authorities'
# Every system that the survey of November 2026 has.
SYSTEMS = {'openssl', 'bouncycastle-java', 'bouncycastle-csharp', 'siemens-ra', 'siemens-mock-ca', 'cryptlib', 'ejbca', 'insta',
           'insta-old', 'entrust', 'nexus', 'digicert', 'zos', 'rsa-bsafe', 'trustpoint', 'rsa-cm'}
# Group: keys that must be there.
GROUPS = {'preset': {'name', 'description', 'source'}, 'address': {'template', 'source'}, 'placeholder': {'title', 'example'},
          'note': {'text', 'source'}}
TRANSLATED = {'preset': ('description',), 'placeholder': ('title',), 'note': ('text',)}


def read(path):
    parser = configparser.RawConfigParser(strict=True, delimiters=('=',), comment_prefixes=('#',), interpolation=None)
    parser.optionxform = str
    parser.read_string(path.read_text(encoding='utf-8'))
    return parser


def presets():
    return {path.stem: read(path) for path in sorted(FOLDER.glob('*.preset'))}


def words():
    found = []
    for preset in presets().values():
        for group in preset.sections():
            for key in TRANSLATED.get(group.split()[0], ()):
                if preset[group][key] not in found:
                    found.append(preset[group][key])
    return ('/* SPDX-License-Identifier: GPL-3.0-or-later */\n'
            '/* The words of the presets, for translators only: made by tests/project/test-project-presets.py --write. */\n'
            + ''.join(f'N_("{text}")\n' for text in found))


def test_every_system():
    assert set(presets()) == SYSTEMS, set(presets()) ^ SYSTEMS
    listed = set(re.findall(r"^  '([a-z0-9-]+)',$", (FOLDER / 'meson.build').read_text(encoding='utf-8'), re.MULTILINE))
    assert listed == SYSTEMS, listed ^ SYSTEMS


def test_groups():
    for name, preset in presets().items():
        assert preset.sections()[0] == 'preset', name
        for group in preset.sections():
            kind = group.split()[0]
            if kind in ('settings', 'sources'):
                continue
            assert kind in GROUPS, f'{name}: there is no group {group}'
            assert set(preset[group]) == GROUPS[kind], f'{name} [{group}]: {set(preset[group]) ^ GROUPS[kind]}'
            assert all(value.strip() for value in preset[group].values()), f'{name} [{group}]'
        notes = [group for group in preset.sections() if group.startswith('note ')]
        assert notes == [f'note {number}' for number in range(1, len(notes) + 1)], f'{name}: {notes}'


def test_placeholders():
    for name, preset in presets().items():
        template = preset['address']['template'] if 'address' in preset else ''
        asked = re.findall(r'\{([a-z]+)\}', template)
        told = [group.split()[1] for group in preset.sections() if group.startswith('placeholder ')]
        assert asked == told, f'{name}: {asked}, {told}'
        assert not template or template.startswith(('http://', 'https://')), template


def test_sources():
    """No fact without the place that it is from, and no place without a fact."""
    for name, preset in presets().items():
        settings = set(preset['settings']) if 'settings' in preset else set()
        sources = set(preset['sources']) if 'sources' in preset else set()
        assert settings == sources, f'{name}: {settings ^ sources}'
        for key in sources:
            assert preset['sources'][key].strip(), f'{name}: {key}'


def test_settings_are_told_in_words():
    """Whatever a preset sets has a sentence in what explains it."""
    source = (SOURCE / 'src' / 'client' / 'client-words-settings.c').read_text(encoding='utf-8')
    known = set(re.findall(r'"([a-z][a-z0-9-]+)"', source))
    for name, preset in presets().items():
        for key, value in preset['settings'].items() if 'settings' in preset else ():
            if (key, value) in (('implicit-confirm', 'true'),):
                continue
            assert key in known, f'{name}: {key}'
            for relaxation in value.strip(';').split(';') if key == 'relaxations' else ():
                assert relaxation in known, f'{name}: {relaxation}'


def test_words():
    written = (FOLDER / 'words.h').read_text(encoding='utf-8')
    assert written == words(), 'words.h is not of these presets: run this test with --write'


def test_installed():
    listed = subprocess.run(['/usr/bin/meson', 'introspect', '--installed', str(BUILD)], check=True, stdout=subprocess.PIPE,
                            text=True).stdout
    installed = {Path(path).name for path in json.loads(listed).values() if '/signet/authorities/' in path}
    assert installed == {f'{name}.preset' for name in SYSTEMS}, installed


if '--write' in sys.argv:
    (FOLDER / 'words.h').write_text(words(), encoding='utf-8')
tap.run([
    ('/project/presets/one-for-every-system', test_every_system),
    ('/project/presets/groups-and-keys', test_groups),
    ('/project/presets/placeholders-are-described', test_placeholders),
    ('/project/presets/every-fact-has-a-source', test_sources),
    ('/project/presets/settings-are-told-in-words', test_settings_are_told_in_words),
    ('/project/presets/words-for-translators', test_words),
    ('/project/presets/installed', test_installed),
])
