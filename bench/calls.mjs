// What a call costs the exchange, and how many it takes in a second; see calls.md.
//
//   node bench/calls.mjs [seconds of each rate]

import { spawn } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Server, password } from '../end2end/boundary/server.mjs';
import { Fernhill, realm } from '../end2end/boundary/demo.mjs';
import { step } from '../end2end/boundary/desk.mjs';
import { freeUdpPort } from '../end2end/boundary/port.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const seconds = Number(process.argv[2] ?? 10);
const number = '+441614960129';
// The system counts processor time in hundredths of a second.
const TICK_MS = 10;

async function processor(pid) {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

async function memory(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024);
}

async function sipp(directory, scenario, port, options) {
  const local = await freeUdpPort();
  const media = await freeUdpPort(4);
  const child = spawn(
    'sipp',
    [
      `127.0.0.1:${port}`,
      ...['-sf', scenario, '-i', '127.0.0.1', '-p', String(options.local ?? local), '-mi', '127.0.0.1', '-mp', String(media)],
      ...['-nostdin', '-nd', '-t', 'u1', ...options.more],
    ],
    { cwd: directory, stdio: 'ignore' },
  );
  const ended = new Promise((done) => child.once('exit', done));
  return { child, ended };
}

// What SIPp counted: the last line of its statistics, by the names of their columns.
async function statistics(directory) {
  const file = (await readdir(directory)).find((name) => name === 'statistics');
  const [names, ...lines] = (await readFile(join(directory, file), 'utf8')).trim().split('\n').map((line) => line.split(';'));
  const last = lines.at(-1);
  return Object.fromEntries(names.map((name, at) => [name, last[at]]));
}

// Set-up times in milliseconds, sorted.
async function times(directory) {
  const file = (await readdir(directory)).find((name) => /_rtt\.csv$/.test(name));
  if (!file) return [];
  const lines = (await readFile(join(directory, file), 'utf8')).trim().split('\n').slice(1);
  return lines.map((line) => Number(line.split(';')[1])).filter(Number.isFinite).sort((a, b) => a - b);
}

const part = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;

// One rate of one scenario; tells a row of the table.
async function measure(server, work, what, scenario, rate) {
  const directory = await mkdtemp(join(work, 'sipp-'));
  const calls = rate * seconds;
  const before = await processor(server.child.pid);
  const caller = await sipp(directory, scenario, server.sipUdp, {
    more: [
      ...['-s', number, '-r', String(rate), '-m', String(calls), '-l', '20000', '-timeout', `${seconds + 40}s`],
      ...['-trace_stat', '-stf', 'statistics', '-fd', '1', '-trace_rtt', '-rtt_freq', '1'],
    ],
  });
  await caller.ended;
  const spent = (await processor(server.child.pid)) - before;
  const counted = await statistics(directory);
  const sorted = await times(directory);
  const done = Number(counted['SuccessfulCall(C)']);
  const row = [
    what,
    rate,
    done,
    counted['FailedCall(C)'],
    counted['Retransmissions(C)'],
    (spent / Math.max(done, 1)).toFixed(3),
    part(sorted, 0.5).toFixed(1),
    part(sorted, 0.99).toFixed(1),
    await memory(server.child.pid),
  ];
  console.log(`| ${row.join(' | ')} |`);
}

const work = await mkdtemp(join(tmpdir(), 'patchcord-bench-'));
const server = await Server.start({ env: { PATCHCORD_LOG: 'error' } });
try {
  const fernhill = await Fernhill.open(server);
  await fernhill.api.post(`${fernhill.path}/carriers`, { name: 'Load', server: '127.0.0.1', allowed_addresses: ['127.0.0.1/32'] });
  const made = await fernhill.create({ name: 'Load', numbers: [number], flow: step('answer', {}, { _: step('hangup', {}) }) });
  await fernhill.publish(made.id);
  console.log('| what | a second | done | failed | repeated | ms of processor each | set-up p50, ms | p99, ms | MB |');
  console.log('|---|---|---|---|---|---|---|---|---|');
  for (const rate of [100, 500, 1000, 2000]) await measure(server, work, 'answered', join(here, 'calls/answered.xml'), rate);

  const local = await freeUdpPort();
  const keys = ['-key', 'user', 'desk2001', '-key', 'domain', realm, '-key', 'expires', '600'];
  const registered = await sipp(work, resolve(here, '../end2end/scenarios/register.xml'), server.sipUdp, {
    local,
    more: ['-m', '1', '-au', 'desk2001', '-ap', password, ...keys],
  });
  if ((await registered.ended) !== 0) throw new Error('the phone could not register');
  const phone = await sipp(work, join(here, 'calls/phone.xml'), server.sipUdp, { local, more: ['-l', '20000'] });
  try {
    const device = await fernhill.idOf('devices', "Priya's desk phone");
    await fernhill.change(made.id, (document) => ({ ...document, flow: step('device', { id: device, timeout: 20 }) }));
    await fernhill.publish(made.id);
    for (const rate of [100, 300, 1000]) await measure(server, work, 'bridged', join(here, 'calls/bridged.xml'), rate);
  } finally {
    phone.child.kill();
    await phone.ended;
  }
} finally {
  await server.stop();
  await rm(work, { recursive: true, force: true });
}
