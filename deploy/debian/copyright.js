import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import process from 'node:process';

/**
 * Writes the copyright file of the Debian package, in its machine-readable format 1.0: this program's license,
 * and that of each npm package in the assembled folder, bundled or not. Throws where a package names no license.
 */

const [app = ''] = process.argv.slice(2);
const LIB = 'usr/lib/ephemeral-port-exporter';
const APACHE = `On Debian systems, the full text of the Apache License, Version 2.0 can be
found in the file /usr/share/common-licenses/Apache-2.0.`;
/** What Debian calls a license, where npm's name is another. */
const DEBIAN_NAMES = { MIT: 'Expat' };
const BSD_2_CLAUSE = `Redistribution and use in source and binary forms, with or without modification,
are permitted provided that the following conditions are met:

1. Redistributions of source code must retain the above copyright notice, this
list of conditions and the following disclaimer.

2. Redistributions in binary form must reproduce the above copyright notice, this
list of conditions and the following disclaimer in the documentation and/or other
materials provided with the distribution.

THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND ANY
EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE IMPLIED
WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE DISCLAIMED.
IN NO EVENT SHALL THE COPYRIGHT HOLDER OR CONTRIBUTORS BE LIABLE FOR ANY DIRECT,
INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES (INCLUDING, BUT
NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES; LOSS OF USE, DATA, OR
PROFITS; OR BUSINESS INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY,
WHETHER IN CONTRACT, STRICT LIABILITY, OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE)
ARISING IN ANY WAY OUT OF THE USE OF THIS SOFTWARE, EVEN IF ADVISED OF THE
POSSIBILITY OF SUCH DAMAGE.`;

/** The folders of all packages under `modules`; a package may have others of its own below it. */
function foldersOf(modules) {
  if (!existsSync(modules)) return [];
  const names = readdirSync(modules).sort();
  const folders = names.flatMap((name) => {
    const path = join(modules, name);
    return name.startsWith('@')
      ? readdirSync(path)
          .sort()
          .map((each) => join(path, each))
      : path;
  });
  return folders.flatMap((folder) => [folder, ...foldersOf(join(folder, 'node_modules'))]);
}

/** The packages of the bundle, as the build noted them. */
function bundled() {
  const all = JSON.parse(readFileSync(join(app, 'dist/third-party.json'), 'utf8'));
  return all.map((one) => ({ ...one, folder: 'dist', author: personOf(one.author) }));
}

function packageOf(path) {
  const folder = relative(app, path);
  const { name, version, license, author } = JSON.parse(
    readFileSync(join(path, 'package.json'), 'utf8'),
  );
  return { folder, name, version, license, author: personOf(author), text: licenseText(path) };
}

function personOf(author) {
  if (typeof author === 'string') return author;
  return [author?.name, author?.email && `<${author.email}>`].filter(Boolean).join(' ');
}

/** The text of a package's license file; empty where it has none. */
function licenseText(path) {
  const file = readdirSync(path).find((name) => /^(licen[cs]e|copying)/i.test(name));
  return file === undefined ? '' : readFileSync(join(path, file), 'utf8').trim();
}

/**
 * A package without a license file gets the text of a package of the same author and license, or of any package with
 * the same license.
 */
function withText(one, all) {
  if (one.text !== '') return one;
  const sibling = all.find(({ author, license, text }) => {
    return text !== '' && author === one.author && license === one.license;
  });
  const model = sibling ?? all.find(({ license, text }) => license === one.license && text !== '');
  if (model === undefined || one.author === '') throw new Error(`${one.name} has no license text`);
  return { ...one, text: `Copyright ${one.author}\n\n${withoutHolders(model.text)}` };
}

/** Lines that name a holder of the copyright. The Apache license has other lines that begin with `copyright`. */
const HOLDER =
  /^\s*(?:copyright\b(?!.*(?:\b(?:notice|owner|holder|license)s?\b|\[yyyy\]))|(?:\(c\)|©)\s*\d{4}).*$/gim;

function withoutHolders(text) {
  return text
    .replace(HOLDER, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

function holdersOf({ text, author }) {
  const found = [...new Set((text.match(HOLDER) ?? []).map((line) => line.trim()))];
  return found.length > 0 ? found : [author];
}

/** Text as the continuation lines of a field: each begins with a space, and an empty one is a dot. */
function folded(text) {
  return text
    .split(/\r?\n/)
    .map((line) => ` ${line.trim() === '' ? '.' : line.trimEnd()}`)
    .join('\n');
}

/** Debian's name of a package's license. */
function licenseName({ name, license }) {
  if (typeof license !== 'string') throw new Error(`${name} names no license`);
  return DEBIAN_NAMES[license] ?? license;
}

function licenseBody({ license, text }) {
  return license === 'Apache-2.0' ? APACHE : withoutHolders(text);
}

/** One package that lies in a folder of its own. */
function paragraph(one) {
  const { folder, name, version } = one;
  return `Files: ${LIB}/${folder}/*
Comment: ${name} ${version}, from npm
Copyright:
${folded(holdersOf(one).join('\n'))}
License: ${licenseName(one)}
${folded(licenseBody(one))}`;
}

/** All packages of the bundle: they share files. A license whose texts differ has a name with a number for each. */
function bundleParagraphs(all) {
  const names = new Map();
  for (const one of all) {
    const body = licenseBody(one);
    const sameName = [...names.values()].filter((name) => name.startsWith(licenseName(one))).length;
    const suffix = sameName === 0 ? '' : `-${sameName + 1}`;
    if (!names.has(body)) names.set(body, `${licenseName(one)}${suffix}`);
  }
  const lines = all.map((one) => {
    const { name, version } = one;
    return `${name} ${version} (${names.get(licenseBody(one))}): ${holdersOf(one).join('; ')}`;
  });
  const texts = [...names].map(([body, name]) => `License: ${name}\n${folded(body)}`);
  const first = `Files: ${LIB}/dist/*
Comment: this program with npm packages in the same files
Copyright:
 the authors of ephemeral-port-exporter
${folded(lines.join('\n'))}
License: ${[...new Set(['Apache-2.0', ...names.values()])].sort().join(' and ')}`;
  return [first, ...texts];
}

/** The inline functions of libbpf's headers, which are compiled into the BPF programs. */
const BPF_PARAGRAPH = `Files: ${LIB}/dist/bpf/*
Comment: this program's BPF programs, with functions of libbpf's headers
Copyright:
 the authors of ephemeral-port-exporter
 the authors of libbpf
License: GPL-2 or Apache-2.0, and BSD-2-Clause
 Of this program: the GNU General Public License, version 2, which can be found in
 the file /usr/share/common-licenses/GPL-2, or the Apache License, Version 2.0. Of
 libbpf, which can be had under the LGPL-2.1 as well:
 .
${folded(BSD_2_CLAUSE)}`;

if (!existsSync(join(app, 'node_modules'))) throw new Error(`${app} was not assembled`);
const outside = foldersOf(join(app, 'node_modules')).map(packageOf);
const inside = bundled();
const complete = (one) => withText(one, [...outside, ...inside]);
const paragraphs = [
  ...outside.map((one) => paragraph(complete(one))),
  ...bundleParagraphs(inside.map(complete)),
  // The last that matches a file counts.
  ...(existsSync(join(app, 'dist/bpf')) ? [BPF_PARAGRAPH] : []),
];
process.stdout.write(`Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: ephemeral-port-exporter

Files: *
Copyright: the authors of ephemeral-port-exporter
License: Apache-2.0
${folded(APACHE)}

${paragraphs.join('\n\n')}
`);
