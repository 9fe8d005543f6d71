#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dependencies point one way: proved from what sources include and from what each folder's objects leave undefined.

usage: test-project-deps.py SOURCE BUILD
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import tap

# Folder: the folders of this project it may use, and the libraries, named as in LIBRARIES.
ALLOWED = {
    'pki': ((), ('crypto',)),
    'cmp': (('pki',), ('crypto',)),
    'transfer': ((), ('soup',)),
    'store': (('pki',), ('crypto', 'sqlite', 'secret')),
    'worker': (('pki', 'cmp', 'transfer', 'store'), ('crypto', 'sqlite')),
    'client': (('store',), ('sqlite',)),
    'demo': (('pki', 'cmp', 'transfer'), ('crypto', 'soup', 'sqlite')),
    'cli': (('client', 'store', 'transfer', 'cmp', 'pki'), ('crypto',)),
    'ui': (('client', 'store'), ('gtk',)),
}
# Library: how its headers begin, and its functions.
LIBRARIES = {
    'crypto': (r'openssl/', None),
    'soup': (r'libsoup/', r'soup_'),
    'sqlite': (r'sqlite3', r'sqlite3_'),
    'secret': (r'libsecret/', r'secret_'),
    'gtk': (r'(gtk/|gdk/|gsk/|adwaita|libportal|graphene)', r'(gtk|gdk|gsk|adw|xdp)_'),
}
# What the protocol must not touch: it has no clock, no files, no sockets, no threads.
CMP_FORBIDDEN = re.compile(r'^(time|gettimeofday|clock_gettime|g_get_real_time|g_get_monotonic_time|g_date_time_new_now_.*|'
                           r'fopen|open|openat|read|write|socket|connect|g_file_.*|g_socket_.*|g_thread_.*|pthread_.*|'
                           r'g_main_.*|g_task_.*|BIO_new_file|BIO_new_connect|getenv|g_getenv)$')
INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]', re.MULTILINE)


def folder_path(source, folder):
    return source / 'ui' if folder == 'ui' else source / 'src' / folder


def check_includes(source):
    """Every #include of every source, against ALLOWED."""
    findings = []
    for folder, (folders, libraries) in ALLOWED.items():
        for path in sorted(folder_path(source, folder).glob('**/*.[ch]')):
            for name in INCLUDE.findall(path.read_text(encoding='utf-8')):
                first = name.split('/')[0]
                if '/' in name and first in ALLOWED and first not in (folder, *folders):
                    findings.append(f'{path.relative_to(source)} includes "{name}": {folder} may not use {first}')
                for library, (header, _) in LIBRARIES.items():
                    if re.match(header, name) and library not in libraries:
                        findings.append(f'{path.relative_to(source)} includes <{name}>: {folder} may not use {library}')
    return findings


def symbols(archive):
    """(defined, undefined, variables): what the objects of a static library define for others, what they need, and their
    data that can change."""
    defined, undefined, variables = set(), set(), set()
    listing = subprocess.run(['nm', '--format=sysv', str(archive)], check=True, stdout=subprocess.PIPE, text=True,
                             stderr=subprocess.DEVNULL).stdout
    for line in listing.splitlines():
        columns = [column.strip() for column in line.split('|')]
        if len(columns) != 7 or columns[0] == 'Name':
            continue
        name, kind, section = columns[0], columns[2], columns[6]
        if kind == 'U':
            undefined.add(name)
        elif kind.isupper():
            defined.add(name)
        # Constants that hold addresses are made read-only by the loader.
        if kind in 'dDbB' and not section.startswith('.data.rel.ro'):
            variables.add(name)
    return defined, undefined - defined, variables


def crypto_functions():
    """What libcrypto exports: its functions have no prefix of their own."""
    found = subprocess.run(['ldconfig', '-p'], check=False, stdout=subprocess.PIPE, text=True,
                           env={'PATH': '/usr/sbin:/sbin:/usr/bin:/bin'}).stdout
    library = re.search(r'libcrypto\.so\.3\b.*=> (\S+)', found)
    if not library:
        raise tap.Skip('libcrypto.so.3 was not found')
    listing = subprocess.run(['nm', '-D', '--defined-only', '--format=posix', library.group(1)], check=True,
                             stdout=subprocess.PIPE, text=True).stdout
    return {line.split('@')[0].split()[0] for line in listing.splitlines() if line}


def check_symbols(archives):
    """@archives: folder to static library."""
    parts = {folder: symbols(archive) for folder, archive in archives.items()}
    owners = {name: folder for folder, (defined, _, _) in parts.items() for name in defined}
    crypto = crypto_functions()
    findings = []
    for folder, (_, undefined, variables) in parts.items():
        folders, libraries = ALLOWED[folder]
        for name in sorted(undefined):
            owner = owners.get(name)
            if owner and owner not in (folder, *folders):
                findings.append(f'{folder} calls {name} of {owner}, which it may not use')
            if not owner and name in crypto and 'crypto' not in libraries:
                findings.append(f'{folder} calls {name} of libcrypto, which it may not use')
            for library, (_, prefix) in LIBRARIES.items():
                if prefix and re.match(prefix, name) and not owner and library not in libraries:
                    findings.append(f'{folder} calls {name} of {library}, which it may not use')
            if folder == 'cmp' and CMP_FORBIDDEN.match(name):
                findings.append(f'cmp calls {name}: the protocol has no clock, files, sockets or threads')
        if folder == 'cmp':
            findings += [f'cmp keeps a variable: {name}' for name in sorted(variables) if not quiet_variable(name)]
    return findings


def quiet_variable(name):
    """Data that GObject, sanitizers and libcrypto's templates make and that is written at most once, and the one seam by
    which a test replays random octets."""
    return re.match(r'(test_random|__a[st]an|__ubsan|__odr|\.L|_?g_define_type_id|static_g_define_type|\w+_parent_class$|\w+_private_offset$|'
                    r'signals|properties|obj_props|q$|q\.\d+|quark\.\d+|\w+\.\d+$|\w+_(seq_tt|item_tt|ch_tt|it|aux)$)', name)


def find_archives(build):
    archives = {path.parent.name: path for path in (build / 'src').glob('*/libsignet-*.a')}
    archives.update({'ui': path for path in (build / 'ui').glob('libsignet-ui.a')})
    return {folder: path for folder, path in archives.items() if folder in ALLOWED}


def expect_none(findings):
    assert not findings, '\n' + '\n'.join(findings)


def test_includes(source):
    def test():
        expect_none(check_includes(source))
    return test


def test_symbols(build):
    def test():
        archives = find_archives(build)
        assert {'pki', 'cmp', 'transfer', 'store', 'client'} <= set(archives), f'libraries are missing: {sorted(archives)}'
        expect_none(check_symbols(archives))
    return test


def test_folders_are_all_listed(source):
    def test():
        folders = {path.name for path in (source / 'src').iterdir() if path.is_dir()} | {'ui'}
        assert folders == set(ALLOWED), f'{folders ^ set(ALLOWED)}'
    return test


def test_finds_planted_include():
    with tempfile.TemporaryDirectory() as top:
        source = Path(top)
        (source / 'src' / 'pki').mkdir(parents=True)
        (source / 'src' / 'cmp').mkdir()
        (source / 'src' / 'pki' / 'pki-bad.c').write_text('#include "config.h"\n#include "cmp/cmp-error.h"\n', encoding='utf-8')
        (source / 'src' / 'cmp' / 'cmp-good.c').write_text('#include "pki/pki-error.h"\n#include <gtk/gtk.h>\n', encoding='utf-8')
        findings = check_includes(source)
        assert len(findings) == 2, findings
        assert 'pki may not use cmp' in findings[0] and 'cmp may not use gtk' in findings[1], findings


def test_finds_planted_call():
    sources = {
        'pki': 'void cmp_step (void); int EVP_MD_size (void); void pki_sign (void) { cmp_step (); EVP_MD_size (); }',
        'cmp': 'long time (long *); void pki_sign (void); int counter = 3; void cmp_step (void) { pki_sign (); time (0); }',
        'transfer': 'void X509_free (void *); void sqlite3_open (void); void t (void) { X509_free (0); sqlite3_open (); }',
    }
    with tempfile.TemporaryDirectory() as top:
        archives = {}
        for folder, code in sources.items():
            path = Path(top, f'{folder}.c')
            path.write_text(code, encoding='utf-8')
            subprocess.run(['gcc', '-w', '-c', str(path), '-o', f'{top}/{folder}.o'], check=True)
            archives[folder] = Path(top, f'{folder}.a')
            subprocess.run(['ar', 'rcT', str(archives[folder]), f'{top}/{folder}.o'], check=True, stderr=subprocess.DEVNULL)
        findings = '\n'.join(check_symbols(archives))
    for wanted in ('pki calls cmp_step of cmp', 'cmp calls time:', 'cmp keeps a variable: counter',
                   'transfer calls X509_free of libcrypto', 'transfer calls sqlite3_open of sqlite'):
        assert wanted in findings, findings
    assert 'EVP_MD_size' not in findings and 'cmp calls pki_sign' not in findings, findings


def main():
    source, build = Path(sys.argv[1]), Path(sys.argv[2])
    tap.run([
        ('/project/deps/includes-point-one-way', test_includes(source)),
        ('/project/deps/symbols-point-one-way', test_symbols(build)),
        ('/project/deps/every-folder-has-its-rule', test_folders_are_all_listed(source)),
        ('/project/deps/finds-a-planted-include', test_finds_planted_include),
        ('/project/deps/finds-a-planted-call', test_finds_planted_call),
    ])


if __name__ == '__main__':
    main()
