// The built program, started on free ports with the demo data in a directory of its own.

import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Api } from './api.mjs';
import { until } from './until.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

// The program under test: PATCHCORD_PROGRAM, else the unoptimised build.
export const program = process.env.PATCHCORD_PROGRAM ?? join(root, 'target/debug/patchcord');

export const password = 'fern-hill-42';

export class Server {
  // Starts it and waits until it says where it listens.
  static async start({ env = {}, data } = {}) {
    if (!existsSync(program)) {
      throw new Error(`there is no ${program}; build it with tools/build.sh tests`);
    }
    const server = new Server();
    server.data = data ?? (await mkdtemp(join(tmpdir(), 'patchcord-story-')));
    server.said = '';
    server.child = spawn(program, ['serve'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        PATCHCORD_DATA: server.data,
        PATCHCORD_HTTP: '127.0.0.1:0',
        PATCHCORD_SIP: '127.0.0.1:0',
        PATCHCORD_DEMO: '1',
        PATCHCORD_DEMO_PASSWORD: password,
        PATCHCORD_LOG: process.env.PATCHCORD_LOG ?? 'info',
        ...env,
      },
    });
    for (const stream of [server.child.stdout, server.child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        server.said += text;
      });
    }
    server.ended = new Promise((done) => {
      server.child.once('exit', (code, signal) => {
        server.exit = code ?? signal;
        done(server.exit);
      });
    });
    const line = await until(
      'the line that says where it listens',
      () => {
        if (server.exit !== undefined) throw new Error(`the program ended with ${server.exit}`);
        return /^.*\blistening (.*http=.*)$/m.exec(server.said)?.[1];
      },
      { within: 60_000, tell: () => server.tail() },
    ).catch(async (error) => {
      await server.stop();
      throw error;
    });
    const listening = Object.fromEntries(line.trim().split(/\s+/).map((pair) => pair.split('=')));
    server.http = `http://${listening.http}`;
    server.sipUdp = port(listening.sip_udp);
    server.sipTcp = port(listening.sip_tcp);
    server.sipTls = port(listening.sip_tls);
    server.api = new Api(server.http);
    return server;
  }

  get running() {
    return this.exit === undefined;
  }

  tail(lines = 40) {
    return `--- the program said last:\n${this.said.trimEnd().split('\n').slice(-lines).join('\n')}`;
  }

  // Every mail in the outbox, as text.
  async outbox() {
    const directory = join(this.data, 'outbox');
    if (!existsSync(directory)) return [];
    const names = (await readdir(directory)).sort();
    return Promise.all(names.map((name) => readFile(join(directory, name), 'utf8')));
  }

  // Ends it as an operator would and returns how it ended.
  async stop({ keep = false } = {}) {
    if (this.child && this.running) {
      this.child.kill('SIGTERM');
      const late = setTimeout(() => this.child.kill('SIGKILL'), 20_000);
      await this.ended;
      clearTimeout(late);
    }
    if (!keep) await rm(this.data, { recursive: true, force: true });
    return this.exit;
  }
}

function port(address) {
  return address === undefined ? undefined : Number(address.slice(address.lastIndexOf(':') + 1));
}
