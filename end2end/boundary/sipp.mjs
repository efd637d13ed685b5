// SIPp: the carrier and the plain phones, each a scenario in scenarios/*.xml.

import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freeUdpPort } from './port.mjs';
import { until } from './until.mjs';

const scenarios = resolve(dirname(fileURLToPath(import.meta.url)), '../scenarios');
let runs = 0;

export class Sipp {
  // Starts one call of a scenario. `service` fills [service], `keys` fill [name]; `user` and `password` sign in.
  static async start(directory, scenario, { port, local, service, user, password, keys = {}, transport = 'udp', calls = 1, rate, within = 60, extra = [] }) {
    const sipp = new Sipp();
    runs += 1;
    sipp.name = `${scenario}-${runs}`;
    sipp.directory = join(directory, sipp.name);
    await mkdir(sipp.directory, { recursive: true });
    sipp.port = local ?? (await freeUdpPort());
    sipp.media = await freeUdpPort(4);
    const arguments_ = [
      `127.0.0.1:${port}`,
      '-sf', join(scenarios, `${scenario}.xml`),
      '-i', '127.0.0.1', '-p', String(sipp.port),
      '-mi', '127.0.0.1', '-mp', String(sipp.media),
      '-m', String(calls), '-nostdin', '-nd',
      '-timeout', `${within}s`, '-timeout_error',
      '-t', transport === 'tcp' ? 't1' : 'u1',
      '-trace_msg', '-message_file', join(sipp.directory, 'messages'),
      '-trace_err', '-error_file', join(sipp.directory, 'errors'),
      '-trace_logs', '-log_file', join(sipp.directory, 'log'),
    ];
    if (service) arguments_.push('-s', service);
    if (user) arguments_.push('-au', user, '-ap', password);
    if (rate) arguments_.push('-r', String(rate));
    for (const [name, value] of Object.entries({ user, ...keys })) {
      if (value !== undefined) arguments_.push('-key', name, String(value));
    }
    arguments_.push(...extra);
    sipp.output = '';
    sipp.child = spawn('sipp', arguments_, { cwd: sipp.directory, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [sipp.child.stdout, sipp.child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        sipp.output += text;
      });
    }
    sipp.ended = new Promise((done) => {
      sipp.child.once('exit', (code, signal) => {
        sipp.exit = code ?? signal;
        done(sipp.exit);
      });
    });
    return sipp;
  }

  // One call from beginning to end.
  static async run(directory, scenario, options) {
    const sipp = await Sipp.start(directory, scenario, options);
    await sipp.done();
    return sipp;
  }

  // Waits until it ends; anything but success is an error with what was sent and received.
  async done() {
    const code = await this.ended;
    if (code !== 0) throw new Error(`${this.name} ended with ${code}\n${await this.account()}`);
  }

  // Waits until the scenario has logged a line that matches.
  logged(pattern, { within = 20_000 } = {}) {
    return until(
      `${this.name} to log ${pattern}`,
      async () => {
        const match = pattern.exec(await this.read('log'));
        if (!match && this.exit !== undefined) throw new Error(`it ended with ${this.exit}`);
        return match;
      },
      { within, tell: () => this.account() },
    );
  }

  messages() {
    return this.read('messages');
  }

  async read(name) {
    const path = join(this.directory, name);
    return existsSync(path) ? readFile(path, 'utf8') : '';
  }

  async account() {
    const [errors, messages] = [await this.read('errors'), await this.messages()];
    return [this.output.trim().split('\n').slice(-5).join('\n'), errors.trim(), messages.trim().split('\n').slice(-120).join('\n')].join('\n---\n');
  }

  async stop() {
    if (this.exit === undefined) {
      this.child.kill('SIGKILL');
      await this.ended;
    }
  }
}

// Writes a value file that SIPp reads with -inf.
export async function values(directory, name, rows) {
  const path = join(directory, name);
  await writeFile(path, `SEQUENTIAL\n${rows.map((row) => row.join(';')).join('\n')}\n`);
  return path;
}
