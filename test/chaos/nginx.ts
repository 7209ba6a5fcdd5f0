// A real nginx in front of a server: a child of its own, with its own config, in a folder of its own, on a free port of 127.0.0.1.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, isListening } from '../support/loopback.js';
import { after } from './until.js';

export interface Nginx {
  readonly port: number;
  close(): Promise<void>;
}

/** The path of nginx; undefined: there is none. `install` gets it where that is possible: on Debian, as root. */
export function findNginx(install: boolean): string | undefined {
  const find = (): string | undefined => {
    for (const path of ['/usr/sbin/nginx', '/usr/bin/nginx', '/usr/local/bin/nginx', '/opt/homebrew/bin/nginx'])
      try {
        execFileSync(path, ['-v'], { stdio: 'pipe' });
        return path;
      } catch {
        // not there
      }
    return undefined;
  };
  const found = find();
  if (found || !install || process.getuid?.() !== 0) return found;
  try {
    execFileSync('apt-get', ['install', '-y', '--no-install-recommends', 'nginx-light'], {
      stdio: 'pipe',
      timeout: 180_000,
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }, // installed, and not started
    });
  } catch {
    return undefined;
  }
  return find();
}

/** `location` is the inside of its only location, after `proxy_pass`. */
export async function startNginx(path: string, target: number, location: string): Promise<Nginx> {
  const port = await freePort();
  const server = `
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://127.0.0.1:${target};
      ${location}
    }
  }`;
  return runNginx(path, port, server);
}

/** `http` is the inside of its `http`, where it listens on `port`. */
export async function runNginx(path: string, port: number, http: string): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), 'roomtone-nginx-'));
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  for (const name of temporary) mkdirSync(join(folder, name));
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off;
master_process off;
pid ${folder}/pid;
error_log ${folder}/error.log;
events { worker_connections 2048; }
http {
  access_log off;
${temporary.map((name) => `  ${name}_temp_path ${folder}/${name};`).join('\n')}
${http}
}
`,
  );
  const child: ChildProcess = spawn(
    path,
    ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')],
    {
      stdio: 'ignore',
    },
  );
  let over = false;
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  }).then(() => void (over = true));
  const onExit = (): void => void child.kill('SIGKILL');
  process.once('exit', onExit);
  const close = async (): Promise<void> => {
    process.off('exit', onExit);
    child.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  for (let tries = 0; !(await isListening(port)); tries++) {
    if (over || tries > 200) {
      await close();
      throw new Error('nginx did not start');
    }
    await after(20);
  }
  return { port, close };
}
