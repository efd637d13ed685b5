// Sound as the stories make and measure it: tones in, tones out.

import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const rate = 8_000;

// Writes a WAV of one tone: 8 kHz, 16 bit, mono.
export async function writeTone(path, hertz, seconds) {
  const samples = Buffer.alloc(rate * seconds * 2);
  for (let n = 0; n < rate * seconds; n += 1) {
    samples.writeInt16LE(Math.round(12_000 * Math.sin((2 * Math.PI * hertz * n) / rate)), n * 2);
  }
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + samples.length, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(samples.length, 40);
  await writeFile(path, Buffer.concat([header, samples]));
}

// The samples of any file SoX reads, at 8 kHz, all channels together or one of them, counted from 1. A file still being
// written is read as far as it goes.
export async function samplesOf(path, channel) {
  const { stdout } = await run(
    'sox',
    ['--ignore-length', '-V1', path, '-t', 'raw', '-r', String(rate), '-e', 'signed', '-b', '16', '-c', '1', '-', ...(channel ? ['remix', String(channel)] : [])],
    { encoding: 'buffer', maxBuffer: 1 << 28 },
  );
  return new Int16Array(stdout.buffer, stdout.byteOffset, Math.floor(stdout.length / 2));
}

// The share of the energy that stands at this frequency, 0 to 1: Goertzel over the whole window.
export function share(samples, hertz) {
  const coefficient = 2 * Math.cos((2 * Math.PI * hertz) / rate);
  let before = 0;
  let last = 0;
  let energy = 0;
  for (const sample of samples) {
    const now = sample + coefficient * last - before;
    before = last;
    last = now;
    energy += sample * sample;
  }
  if (energy === 0) return 0;
  const power = last * last + before * before - coefficient * last * before;
  return (2 * power) / (samples.length * energy);
}

// Milliseconds for which this tone is what is heard, counted in windows of 100 ms: strong, and nearly alone.
export function toneMs(samples, hertz) {
  const size = rate / 10;
  let heard = 0;
  for (let at = 0; at + size <= samples.length; at += size) {
    const window = samples.subarray(at, at + size);
    const loudness = Math.sqrt(window.reduce((sum, sample) => sum + sample * sample, 0) / size);
    if (loudness > 1_000 && share(window, hertz) > 0.9) heard += 100;
  }
  return heard;
}
