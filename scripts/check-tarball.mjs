// What npm would publish, unpacked beside nothing but its peers, and used in plain Node and by plain TypeScript.

import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { bin, capture, npm, root } from './setup.mjs';

const scratch = mkdtempSync(join(tmpdir(), 'roomtone-tarball-'));
const modules = join(scratch, 'node_modules');
const unpacked = join(modules, 'roomtone');
const faults = [];
const check = (ok, fault) => void (ok || faults.push(fault));
const read = (path) => readFileSync(join(unpacked, path), 'utf8');

try {
  await unpack();
  const manifest = JSON.parse(read('package.json'));
  const entries = Object.keys(manifest.exports).filter((entry) => entry !== './package.json');
  const files = readdirSync(unpacked, { recursive: true, encoding: 'utf8' }).map((path) => path.replaceAll('\\', '/'));
  const scripts = files.filter((path) => path.endsWith('.js'));

  checkFiles(files, scripts);
  checkClientMarks(scripts);
  checkReach(manifest);
  await checkCommand(manifest);
  // without React, and without the optional ws
  await checkImports(entries.filter((entry) => entry !== '.'));
  linkPeers();
  await checkImports(entries);
  await checkTypes(entries, {});
  // the program of somebody who has no page
  await checkTypes(['./server'], { lib: ['ES2022'] });
} catch (error) {
  faults.push(error.stack);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
if (faults.length > 0) console.error(faults.map((fault) => `- ${fault}`).join('\n'));
process.exitCode = faults.length > 0 ? 1 : 0;

async function must(what, command, args, options) {
  const { code, output } = await capture(command, args, { cwd: scratch, ...options });
  if (code !== 0) throw new Error(`${what} failed:\n${output.trim()}`);
  return output;
}

async function unpack() {
  mkdirSync(unpacked, { recursive: true });
  await must('npm pack', ...npm('pack', '--ignore-scripts', '--pack-destination', scratch), { cwd: root });
  const [tarball] = readdirSync(scratch).filter((name) => name.endsWith('.tgz'));
  await must('tar', 'tar', ['-xzf', tarball, '-C', unpacked, '--strip-components=1']);
}

/** React and ws, and whose types ours speak of. */
function linkPeers() {
  for (const name of ['react', 'ws', '@standard-schema/spec', '@types/react', '@types/node', 'csstype', 'undici-types'])
    link(name);
}

function link(name) {
  mkdirSync(dirname(join(modules, name)), { recursive: true });
  symlinkSync(join(root, 'node_modules', name), join(modules, name), 'junction');
}

function checkFiles(files, scripts) {
  for (const wanted of ['package.json', 'LICENSE', 'README.md'])
    check(files.includes(wanted), `${wanted} is not in the tarball`);
  for (const path of files)
    check(
      !/(^|\/)(test|stories|node_modules)\/|\.test\.|\.tsbuildinfo$/.test(path),
      `${path} has no business in the tarball`,
    );
  const sources = new Set(
    readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).map((path) => path.replaceAll('\\', '/')),
  );
  for (const path of scripts) {
    const module = path.slice('dist/'.length, -'.js'.length);
    // one file of ours, one module: anything else is a copy, or a dependency that was bundled
    check(sources.has(`${module}.ts`) || sources.has(`${module}.tsx`), `${path} comes from no file of src`);
    check(files.includes(`dist/${module}.d.ts`), `${path} has no types beside it`);
  }
}

function checkClientMarks(scripts) {
  for (const path of scripts) {
    const marked = /^(\s|\/\/.*\n|\/\*[^]*?\*\/)*['"]use client['"]/.test(read(path));
    const isHook = /^dist\/react\/.*use-[^/]*$/.test(path) || importsOf(path).includes('react');
    const wanted = path === 'dist/index.js' || isHook;
    check(marked === wanted, `'use client' ${wanted ? 'is missing from' : 'does not belong in'} ${path}`);
  }
}

function importsOf(path) {
  return [
    ...read(path).matchAll(
      /(?:^|[;}\n])\s*(?:import|export)\b[^'"`;()]*?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/g,
    ),
  ].map(([, from, later]) => from ?? later);
}

/** Every package that a module reaches, with the module that names it. */
function packagesBehind(entry) {
  const packages = new Map();
  const seen = new Set([entry]);
  for (const path of seen)
    for (const from of importsOf(path))
      if (from.startsWith('.')) seen.add(posix.join(posix.dirname(path), from));
      else packages.set(from, path);
  return packages;
}

function checkReach(manifest) {
  const allowed = {
    '.': /^react(\/|$)/,
    './core': /^$/,
    './server': /^((ws|redis|prom-client|standardwebhooks)$|node:)/,
    './worker': /^$/,
    './testing': /^$/,
  };
  for (const [entry, { default: file }] of Object.entries(manifest.exports)) {
    if (!file) continue;
    for (const [name, path] of packagesBehind(posix.normalize(file)))
      check(allowed[entry]?.test(name), `${entry} reaches ${name}, by ${path}`);
  }
}

async function checkCommand(manifest) {
  for (const path of Object.values(manifest.bin ?? {})) {
    check(read(path).startsWith('#!/usr/bin/env node\n'), `${path} does not begin with #!/usr/bin/env node`);
    check(process.platform === 'win32' || statSync(join(unpacked, path)).mode & 0o111, `${path} is not executable`);
    const help = await must(`${path} --help`, process.execPath, [join(unpacked, path), '--help'], { limitMs: 20_000 });
    check(/roomtone/.test(help) && /--port/.test(help), `${path} --help says too little:\n${help}`);
  }
}

function nameOf(entry) {
  return posix.join('roomtone', entry);
}

async function checkImports(entries) {
  const file = join(scratch, 'check-imports.mjs');
  copyFileSync(join(root, 'scripts/check-imports.mjs'), file);
  const args = ['--no-warnings', file, ...entries.map(nameOf)];
  await must('importing the entries', process.execPath, args, { limitMs: 30_000 });
}

/** The declarations themselves, under the strictest reading: no skipLibCheck, modules as Node resolves them. */
async function checkTypes(entries, more) {
  writeFileSync(join(scratch, 'package.json'), '{ "type": "module" }');
  writeFileSync(
    join(scratch, 'use.ts'),
    entries.map((entry, i) => `import * as m${i} from '${nameOf(entry)}';\nvoid m${i};\n`).join(''),
  );
  const options = {
    strict: true,
    noEmit: true,
    target: 'ES2022',
    module: 'NodeNext',
    types: ['node'],
    exactOptionalPropertyTypes: true,
    ...more,
  };
  writeFileSync(join(scratch, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['use.ts'] }));
  await must('TypeScript of a user', ...bin('typescript', 'tsc', '-p', join(scratch, 'tsconfig.json')));
}
