// The simulator in the terminal takes the way that a real call took.

import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Server, program } from '../boundary/server.mjs';
import { Fernhill, way } from '../boundary/demo.mjs';
import { frontDesk, step } from '../boundary/desk.mjs';
import { Lines } from '../boundary/lines.mjs';

const run = promisify(execFile);

describe('the simulator', () => {
  let server;
  let fernhill;
  let directory;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'patchcord-simulator-'));
    server = await Server.start();
    fernhill = await Fernhill.open(server);
  });

  after(async () => {
    await server?.stop();
    if (directory) await rm(directory, { recursive: true, force: true });
  });

  async function exported(id) {
    const file = join(directory, 'flow.json');
    await writeFile(file, JSON.stringify(await fernhill.api.get(`${fernhill.path}/callflows/${id}/export`)));
    return file;
  }

  // The program in the terminal, with the database of the running one.
  function patchcord(...parts) {
    return run(program, parts, { cwd: directory, env: { ...process.env, PATCHCORD_DATA: server.data } }).catch((error) => error);
  }

  // The steps and branches of the printed way, as `way` tells a trace.
  function printed(text) {
    return text
      .split('\n')
      .map((line) => line.replace(/^\s*[\d.]+s\s+(n\d+\s+)?/, ''))
      .filter((line) => /^(enter|branch|end) /.test(line))
      .map((line) => line.replace(/^enter /, '').replace(/^branch ([^:]*):.*/, '-> $1').replace(/^end ([^:]*):.*/, 'end $1'));
  }

  test('the same keys lead the same way as on a real call', async (t) => {
    const number = '+441614960129';
    const callflow = await fernhill.create(
      frontDesk({
        name: 'As simulated',
        number,
        menu: await fernhill.idOf('menus', 'Main menu'),
        phones: [await fernhill.idOf('devices', "Priya's desk phone")],
        mailbox: await fernhill.idOf('voicemail-boxes', 'Reception'),
      }),
    );
    await fernhill.publish(callflow.id);
    const lines = new Lines(server, directory);
    const [phone, caller] = [await lines.desk(t, 2001), await lines.carrier(t)];
    await caller.dial(lines.ddi(number));
    await caller.happened('CALL_ESTABLISHED');
    await caller.press('1');
    await phone.happened('CALL_INCOMING');
    await phone.answer();
    await phone.happened('CALL_ESTABLISHED');
    await phone.hangUp();
    const call = await fernhill.ended(callflow.id);
    const real = way(await fernhill.trace(call));

    const simulated = await patchcord(
      'simulate', await exported(callflow.id),
      '--account', fernhill.id, '--from', call.caller_number, '--to', number, '--keys', '1', '--answer', 'any',
    );
    assert.deepEqual(printed(simulated.stdout), real, `printed:\n${simulated.stdout}${simulated.stderr}`);
  });

  test('a flow with errors is told by check, one line each, with exit code 1', async () => {
    const file = join(directory, 'broken.json');
    await writeFile(file, JSON.stringify({ name: 'Broken', numbers: [], flow: step('menu', {}) }));
    const told = await patchcord('check', file);
    assert.equal(told.code, 1, told.stdout);
    assert.match(told.stdout, /^.*broken\.json:n\d+: [A-Z_]+ error .+$/m);
  });

  test('wrong use is told in one sentence with exit code 2', async () => {
    const told = await patchcord('simulate', join(directory, 'nothing.json'), '--keys', '1,x');
    assert.equal(told.code, 2);
    assert.match(told.stderr, /telephone key/);
  });
});
