// Sounds of any kind become what calls play.

import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server } from '../boundary/server.mjs';
import { Fernhill, realm } from '../boundary/demo.mjs';
import { step } from '../boundary/desk.mjs';
import { Lines } from '../boundary/lines.mjs';
import { writeTone } from '../boundary/audio.mjs';
import { until } from '../boundary/until.mjs';

// The program that makes each kind of file from a WAV.
const makers = {
  mp3: (from, to) => ['lame', ['--quiet', '-b', '64', from, to]],
  ogg: (from, to) => ['sox', [from, '-r', '44100', '-c', '2', to]],
  flac: (from, to) => ['sox', [from, '-r', '48000', '-c', '2', to]],
  wav: (from, to) => ['sox', [from, '-r', '22050', '-e', 'a-law', to]],
};

describe('uploaded sounds', () => {
  let server;
  let fernhill;
  let directory;
  let lines;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'patchcord-sounds-'));
    server = await Server.start();
    fernhill = await Fernhill.open(server);
    lines = new Lines(server, directory);
  });

  after(async () => {
    await server?.stop();
    if (directory) await rm(directory, { recursive: true, force: true });
  });

  function send(id, bytes) {
    return fetch(`${server.http}/api/v1${fernhill.path}/media/${id}/audio`, { method: 'PUT', body: bytes, headers: { authorization: `Bearer ${fernhill.api.token}` } });
  }

  for (const [at, kind] of Object.keys(makers).entries()) {
    test(`${kind.toUpperCase()} is heard on a call`, async (t) => {
      const hertz = 600 + 150 * at;
      const source = join(directory, `tone-${kind}.wav`);
      const file = join(directory, `upload.${kind}`);
      await writeTone(source, hertz, 3);
      const [program, words] = makers[kind](source, file);
      execFileSync(program, words, { stdio: 'pipe' });
      const media = await fernhill.api.post(`${fernhill.path}/media`, { name: `Tone as ${kind}`, media_source: 'upload' });
      const answer = await send(media.id, await readFile(file));
      assert.equal(answer.status, 200, await answer.text());
      const number = `276${at}`;
      const flow = await fernhill.create({ name: `Plays ${kind}`, numbers: [number], flow: step('play', { id: media.id }) });
      await fernhill.publish(flow.id);
      const desk = await lines.desk(t, 2001 + at);
      await desk.dial(`sip:${number}@${realm}`);
      await until(`${hertz} Hz to be heard`, async () => (await desk.heardMs(hertz)) >= 2_000, { tell: () => desk.tail() });
    });
  }

  test('a caller who was answered hears phones ring in the tones of the country', async (t) => {
    const settings = `${fernhill.path}/settings`;
    const now = await fernhill.api.get(settings);
    await fernhill.api.ask('PUT', settings, { body: { ...now, tones: 'de' }, headers: { 'if-match': `"${now.revision}"` } });
    const phones = await fernhill.api.all(`${fernhill.path}/devices`);
    const { id } = phones.find((phone) => phone.sip?.username === 'desk2003');
    const flow = step('answer', {}, { _: step('device', { id, timeout: 60 }) });
    const callflow = await fernhill.create({ name: 'Rings after the answer', numbers: ['2767'], flow });
    await fernhill.publish(callflow.id);
    await lines.ringing(t, 2003);
    const desk = await lines.desk(t, 2001);
    await desk.dial(`sip:2767@${realm}`);
    // A second of 425 Hz, four of silence.
    await until('a second ring', async () => (await desk.heardMs(425)) >= 1_300, { within: 30_000, tell: () => desk.tail() });
    await desk.hangUp();
  });

  test('what is no sound is refused with the reason, and the old sound stays', async () => {
    const media = await fernhill.api.post(`${fernhill.path}/media`, { name: 'Kept', media_source: 'upload' });
    const tone = join(directory, 'kept.wav');
    await writeTone(tone, 500, 1);
    assert.equal((await send(media.id, await readFile(tone))).status, 200);
    const before = await fernhill.api.get(`${fernhill.path}/media/${media.id}`);
    const text = join(directory, 'letter.mp3');
    await writeFile(text, 'Dear all, this is a letter.'.repeat(400));
    const answer = await send(media.id, await readFile(text));
    assert.equal(answer.status, 422);
    const problem = await answer.json();
    assert.equal(problem.code, 'sound_unreadable');
    assert.match(problem.detail, /WAV, MP3, OGG \(Vorbis\) or FLAC/);
    assert.equal((await fernhill.api.get(`${fernhill.path}/media/${media.id}`)).file, before.file);
  });
});
