#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: read-dumps.py FOLDER > facts.tsv

Reads what Bouncy Castle's ASN1Dump printed of each message below FOLDER (*.txt beside *.PKI) and writes what a header, a body and the
extraCerts hold, a line for each: file, field as Signet prints it, value, separated by tabs. An OBJECT IDENTIFIER stays dotted.
"""
import pathlib
import re
import sys

HEADER = {0: 'messageTime', 1: 'protectionAlg', 2: 'senderKID', 3: 'recipKID', 4: 'transactionID', 5: 'senderNonce', 6: 'recipNonce'}
KINDS = 'ir ip cr cp p10cr popdecc popdecr kur kup krr krp rr rp ccr ccp ckuann cann rann crlann pkiconf nested genm genp error certConf pollReq pollRep'


def parse(lines):
    """(label, children) of each line, by how far it stands in; octets are children without a label."""
    root = ('', [])
    stack = [(-1, root)]
    for line in lines:
        depth = (len(line) - len(line.lstrip(' '))) // 4
        node = (line.strip(), [])
        while stack[-1][0] >= depth:
            stack.pop()
        stack[-1][1][1].append(node)
        stack.append((depth, node))
    return root[1][0]


def octets(node):
    return ''.join(re.match('[0-9a-f]*', label).group() for label, _ in node[1])


def inside(label):
    return re.search(r'\((.*)\)', label).group(1)


def names(node):
    """The values of a Name, in their order."""
    return [inside(attribute[1][1][0]) for part in node[1] for attribute in part[1]]


def tag(node):
    return int(re.search(r'\[CONTEXT (\d+)\]', node[0]).group(1))


def time(label):
    digits = re.search(r'Time\((\d+)', label).group(1)
    digits = digits if len(digits) == 14 else '20' + digits
    return '{}-{}-{} {}:{}:{} UTC'.format(digits[:4], *(digits[i:i + 2] for i in range(4, 14, 2)))


def header(node):
    pvno, sender, recipient, *rest = node[1]
    yield 'header/pvno', inside(pvno[0])
    for field, name in (('sender', sender), ('recipient', recipient)):
        for value in names(name[1][0]):
            yield 'header/' + field, value
    for field in rest:
        inner = field[1][0]
        if tag(field) == 8:
            for item in inner[1]:
                yield 'header/generalInfo', inside(item[1][0][0])
        elif tag(field) == 0:
            yield 'header/messageTime', time(inner[0])
        elif tag(field) == 1:
            yield 'header/protectionAlg', inside(inner[1][0][0])
        elif tag(field) in HEADER:
            yield 'header/' + HEADER[tag(field)], octets(inner)


def body(node):
    kind = KINDS.split()[tag(node)]
    content = node[1][0]
    yield 'body', kind
    if kind in ('ir', 'cr', 'kur'):
        for message in content[1]:
            yield 'certReqId', inside(message[1][0][1][0][0])
    elif kind in ('ip', 'cp', 'kup'):
        for response in [child for child in content[1] if 'CONTEXT' not in child[0]][0][1]:
            yield 'certReqId', inside(response[1][0][0])
            yield 'status', inside(response[1][1][1][0][0])
    elif kind == 'rp':
        for status in content[1][0][1]:
            yield 'status', inside(status[1][0][0])
    elif kind == 'certConf':
        for status in content[1]:
            yield 'certHash', octets(status[1][0])
            yield 'certReqId', inside(status[1][1][0])
            if len(status[1]) > 2:
                yield 'status', inside(status[1][2][1][0][0])
    elif kind in ('pollReq', 'pollRep'):
        for poll in content[1]:
            yield 'certReqId', inside(poll[1][0][0])
            if kind == 'pollRep':
                yield 'checkAfter', inside(poll[1][1][0])


def certificate(node):
    fields = node[1][0][1][1:]
    yield 'extraCerts/serialNumber', inside(fields[0][0])
    for field, name in (('issuer', fields[2]), ('certificate', fields[4])):
        for value in names(name):
            yield 'extraCerts/' + field, value
    yield 'extraCerts/notBefore', time(fields[3][1][0][0])
    yield 'extraCerts/notAfter', time(fields[3][1][1][0])


def facts(root):
    yield from header(root[1][0])
    yield from body(root[1][1])
    for part in root[1][2:]:
        if tag(part) == 0:
            yield 'protection', octets(part[1][0])
        else:
            for one in part[1][0][1]:
                yield from certificate(one)


def main():
    print('# file', 'field', 'value', sep='\t')
    folder = pathlib.Path(sys.argv[1])
    for path in sorted(folder.rglob('*.txt')):
        root = parse(path.read_text(errors='replace').splitlines())
        for field, value in facts(root):
            print(path.relative_to(folder.parent).with_suffix('.PKI'), field, value, sep='\t')


main()
