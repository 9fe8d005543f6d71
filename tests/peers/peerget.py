#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gets the other implementations that no package of this system has.  usage: peerget.py fetch | classpath PEER BUILD | newer PROGRAM...

fetch fills the cache: Java archives by Maven, pinned in jars.tsv by version and SHA-256, and OpenSSL of Debian 13 by apt-get,
unpacked beside the system without installing anything. The cache is $SIGNET_PEERS_CACHE, or signet-peers in the user's cache
folder. Tests take from it what is there; they fetch only where meson was told -Dpeers=all, since a test run should not
surprise anyone with network traffic.

newer runs a program of this build with Debian 13's libcrypto, where the system's is older.

classpath compiles the Java sources of a peer below the build folder, where they are newer, and prints the class path.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
# Long enough for a slow mirror; a run of the tests must not hang on a dead one.
PATIENCE = 240
COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy'
DEBIAN_JARS = [Path('/usr/share/java') / f'{name}.jar' for name in ('bcpkix', 'bcprov', 'bcutil')]
# Codename of Debian 13, and what its openssl needs to run on its own.
NEWER = 'trixie'
NEWER_PACKAGES = ['openssl', 'libssl3t64', 'libc6', 'zlib1g', 'libzstd1']
SOURCES = {'bouncycastle': ['bouncycastle'], 'bouncycastle-new': ['bouncycastle'], 'siemens': ['siemens', 'bouncycastle']}


class Absent(Exception):
    """A peer that cannot be had here; the text says why."""


def may_fetch():
    return os.environ.get('SIGNET_PEERS') == 'all'


def refuse_where_told():
    if os.environ.get('SIGNET_PEERS') == 'none':
        raise Absent('meson was told -Dpeers=none')


def cache():
    named = os.environ.get('SIGNET_PEERS_CACHE')
    if named:
        return Path(named)
    return Path(os.environ.get('XDG_CACHE_HOME') or Path.home() / '.cache') / 'signet-peers'


@contextmanager
def locked(path):
    """Several tests may want the same thing at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(f'{path}.lock', 'w', encoding='utf-8') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def run(command, what, **options):
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=PATIENCE, check=False, **options)
    except FileNotFoundError as error:
        raise Absent(f'{command[0]} is not installed') from error
    except subprocess.TimeoutExpired as error:
        raise Absent(f'{what}: no answer within {PATIENCE} s') from error
    if done.returncode != 0:
        tail = ' '.join(done.stdout.split())[-300:]
        raise Absent(f'{what}: {tail}')
    return done.stdout


# ---- Java archives ----

def pinned(peer):
    """(coordinates, SHA-256) of each archive of this peer."""
    for line in (HERE / 'jars.tsv').read_text(encoding='utf-8').splitlines():
        if line and not line.startswith('#'):
            name, coordinates, digest = line.split('\t')
            if name == peer:
                yield coordinates, digest


def jar_path(coordinates):
    _, artifact, version = coordinates.split(':')
    return cache() / 'jars' / f'{artifact}-{version}.jar'


def is_good(path, digest):
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == digest


def fetch_jars(wanted):
    items = ''.join('<artifactItem><groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version></artifactItem>'
                    .format(*coordinates.split(':')) for coordinates in wanted)
    with tempfile.TemporaryDirectory(prefix='signet-maven-') as top:
        pom = Path(top) / 'pom.xml'
        pom.write_text('<project><modelVersion>4.0.0</modelVersion><groupId>signet</groupId><artifactId>peers</artifactId>'
                       '<version>1</version><packaging>pom</packaging><build><plugins><plugin>'
                       '<groupId>org.apache.maven.plugins</groupId><artifactId>maven-dependency-plugin</artifactId>'
                       f'<configuration><outputDirectory>{top}/jars</outputDirectory>'
                       f'<artifactItems>{items}</artifactItems></configuration></plugin></plugins></build></project>',
                       encoding='utf-8')
        run(['mvn', '-q', '-B', '-f', str(pom), f'-Dmaven.repo.local={top}/m2', COPY], 'Maven')
        (cache() / 'jars').mkdir(parents=True, exist_ok=True)
        for made in (Path(top) / 'jars').glob('*.jar'):
            shutil.copy(made, cache() / 'jars' / f'{made.name}.new')
            os.replace(cache() / 'jars' / f'{made.name}.new', cache() / 'jars' / made.name)


def jars(peer, fetching):
    """Paths of the archives of a peer, each with the SHA-256 that is written down for it."""
    if shutil.which('javac') is None:
        raise Absent('a JDK is not installed')
    if peer == 'bouncycastle':
        if not all(path.is_file() for path in DEBIAN_JARS):
            raise Absent('Bouncy Castle (libbcpkix-java) is not installed')
        return DEBIAN_JARS
    wanted = list(pinned(peer))
    with locked(cache() / 'jars'):
        lacking = [coordinates for coordinates, digest in wanted if not is_good(jar_path(coordinates), digest)]
        if lacking and not fetching:
            raise Absent(f'{jar_path(lacking[0]).name} is not in the cache; tests/peers/peerget.py fetch gets it')
        if lacking:
            fetch_jars(lacking)
        for coordinates, digest in wanted:
            if not is_good(jar_path(coordinates), digest):
                raise Absent(f'{jar_path(coordinates).name} is not what jars.tsv says')
    return [jar_path(coordinates) for coordinates, _ in wanted]


def classpath(peer, build, fetching):
    """Compiles the peer's sources where that is needed."""
    archives = jars(peer, fetching)
    sources = sorted(source for folder in SOURCES[peer] for source in (HERE / folder).glob('*.java'))
    made = Path(build) / 'tests' / 'peers' / 'java' / peer
    state = '\n'.join([*map(str, archives), *(f'{path} {path.stat().st_mtime_ns}' for path in sources)])
    with locked(made):
        stamp = made / 'stamp'
        if not stamp.is_file() or stamp.read_text(encoding='utf-8') != state:
            shutil.rmtree(made, ignore_errors=True)
            made.mkdir(parents=True)
            run(['javac', '-nowarn', '-cp', ':'.join(map(str, archives)), '-d', str(made), *map(str, sources)], 'javac')
            stamp.write_text(state, encoding='utf-8')
    return ':'.join(map(str, [made, *archives]))


# ---- OpenSSL of Debian 13 ----

def version_of(command):
    """(3, 5, 9), or nothing where it does not run."""
    try:
        told = subprocess.run([*command, 'version'], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=PATIENCE,
                              check=False).stdout
    except OSError:
        return None
    found = re.match(r'OpenSSL (\d+)\.(\d+)\.(\d+)', told)
    return tuple(map(int, found.groups())) if found else None


def unpacked(root):
    libraries = root / 'usr' / 'lib' / 'x86_64-linux-gnu'
    loader = next(iter(sorted(root.glob('usr/lib/*/ld-linux-*.so.*'))), None)
    if loader is not None:
        libraries = loader.parent
    return [str(loader), '--library-path', str(libraries), str(root / 'usr' / 'bin' / 'openssl')] if loader else None


def sources_of_newer(folder):
    """The system's own sources of packages, for the newer release."""
    released = Path('/etc/os-release').read_text(encoding='utf-8')
    codename = re.search(r'^VERSION_CODENAME=(\w+)', released, re.MULTILINE)
    if not codename:
        raise Absent('this is not a Debian system')
    found = 0
    for path in [Path('/etc/apt/sources.list'), *sorted(Path('/etc/apt/sources.list.d').glob('*'))]:
        if path.is_file() and path.suffix in ('.sources', '.list'):
            text = path.read_text(encoding='utf-8')
            if codename.group(1) in text and 'debian' in text:
                (folder / path.name).write_text(text.replace(codename.group(1), NEWER), encoding='utf-8')
                found += 1
    if not found:
        raise Absent('apt has no sources of Debian packages')


def fetch_newer(root):
    with tempfile.TemporaryDirectory(prefix='signet-apt-') as top:
        top = Path(top)
        for name in ('lists/partial', 'cache/archives/partial', 'sources', 'packages', 'root'):
            (top / name).mkdir(parents=True)
        (top / 'status').touch()
        sources_of_newer(top / 'sources')
        options = []
        for option in (f'Dir::State={top}', f'Dir::State::lists={top}/lists', f'Dir::State::status={top}/status',
                       f'Dir::Cache={top}/cache', 'Dir::Etc::sourcelist=/dev/null', f'Dir::Etc::sourceparts={top}/sources',
                       'Acquire::Languages=none', 'APT::Sandbox::User=root', 'Acquire::Retries=1'):
            options += ['-o', option]
        run(['apt-get', '-q', *options, 'update'], 'apt-get update')
        run(['apt-get', '-q', *options, 'download', *NEWER_PACKAGES], 'apt-get download', cwd=top / 'packages')
        for package in (top / 'packages').glob('*.deb'):
            run(['dpkg-deb', '-x', str(package), str(top / 'root')], 'dpkg-deb')
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(top / 'root', root, symlinks=True)


def openssl_of_newer(fetching):
    """Command of an OpenSSL of at least 3.5: the system's where it is, else Debian 13's, unpacked in the cache."""
    system = version_of(['openssl'])
    if system and system >= (3, 5, 0):
        return ['openssl']
    root = cache() / f'debian-{NEWER}'
    with locked(root):
        command = unpacked(root)
        if (command is None or version_of(command) is None) and fetching:
            fetch_newer(root)
            command = unpacked(root)
        if command is None or version_of(command) is None:
            raise Absent('OpenSSL of Debian 13 is not in the cache; tests/peers/peerget.py fetch gets it')
    return command


def with_newer(openssl, program):
    """Command that runs a @program of this build with the libcrypto of @openssl, where that is not the system's."""
    if len(openssl) == 1:
        return [program]
    loader, option, libraries = openssl[:3]
    triple = Path(libraries).name
    return [loader, option, f'{libraries}:/usr/lib/{triple}:/lib/{triple}', program]


# ---- command line ----

def fetch():
    missing = 0
    for name, get in [('bouncycastle-new', lambda: jars('bouncycastle-new', True)), ('siemens', lambda: jars('siemens', True)),
                      ('openssl-3.5', lambda: openssl_of_newer(True))]:
        try:
            get()
            print(f'{name}: there')
        except Absent as reason:
            print(f'{name}: {reason}')
            missing += 1
    return 1 if missing else 0


def run_with_newer(arguments):
    try:
        refuse_where_told()
        command = with_newer(openssl_of_newer(may_fetch()), arguments[0])
    except Absent as reason:
        print(f'Bail out! {reason}' if may_fetch() else f'1..0 # SKIP {reason}')
        return 1 if may_fetch() else 0
    os.execvp(command[0], [*command, *arguments[1:]])
    return 1


def main(arguments):
    if arguments == ['fetch']:
        return fetch()
    if len(arguments) > 1 and arguments[0] == 'newer':
        return run_with_newer(arguments[1:])
    if len(arguments) == 3 and arguments[0] == 'classpath' and arguments[1] in SOURCES:
        try:
            refuse_where_told()
            print(classpath(arguments[1], arguments[2], may_fetch()))
            return 0
        except Absent as reason:
            print(reason, file=sys.stderr)
            return 1
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
