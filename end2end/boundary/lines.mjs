// The phones around the exchange: desks of the account, and the carrier.

import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { password } from './server.mjs';
import { realm } from './demo.mjs';
import { Phone } from './phones.mjs';
import { Sipp } from './sipp.mjs';
import { freeUdpPort } from './port.mjs';

export const CARRIER_TONE = 1_004;
export const DESK_TONE = 697;

// How long somebody speaks; not a wait for anything.
export function speakFor(ms) {
  return new Promise((done) => setTimeout(done, ms));
}

export class Lines {
  // `directory` keeps what the phones recorded and said.
  constructor(server, directory) {
    this.server = server;
    this.directory = directory;
  }

  // A registered phone of the account with sound, until the test ends.
  async desk(t, extension, options = {}) {
    return this.#phone(t, {
      user: `desk${extension}`,
      domain: realm,
      tone: DESK_TONE,
      ...options,
    });
  }

  // The carrier: may call DDIs, registers nowhere.
  async carrier(t, options = {}) {
    return this.#phone(t, {
      name: 'carrier',
      user: 'trunk',
      domain: `127.0.0.1:${this.server.sipUdp}`,
      tone: CARRIER_TONE,
      register: false,
      ...options,
    });
  }

  async #phone(t, options) {
    const directory = await mkdtemp(join(this.directory, 'phone-'));
    const phone = await Phone.start(directory, { password, port: this.server.sipUdp, ...options });
    t.after(async () => {
      await phone.stop();
      if (t.passed === false) t.diagnostic(phone.tail(400));
    });
    return phone;
  }

  // A registered plain phone that rings until it is told to stop.
  async ringing(t, extension) {
    const local = await freeUdpPort();
    const options = { ...this.signedIn(extension), local };
    await this.#register(options, 300);
    const phone = await this.#sipp(t, 'phone_rings', options);
    t.after(() => this.#register(options, 0));
    return phone;
  }

  #register({ keys, ...options }, expires) {
    return Sipp.run(this.directory, 'register', { ...options, keys: { ...keys, expires } });
  }

  // The server of a carrier that takes one call: it asks for the password, answers, and sends back what it hears.
  async outside(t, user) {
    const local = await freeUdpPort();
    const options = { port: this.server.sipUdp, local, keys: { user, password }, extra: ['-rtp_echo'] };
    return this.#sipp(t, 'carrier_answers', options);
  }

  // A lamp of a phone that watches `service`.
  watching(t, extension, service, event, accept) {
    const { keys, ...options } = this.signedIn(extension);
    return this.#sipp(t, 'subscribe', { ...options, service, keys: { ...keys, event, accept } });
  }

  // A plain phone that calls to take the place of a dialog, named as RFC 3891 has it.
  replacing(t, extension, service, replaces) {
    const { keys, ...options } = this.signedIn(extension);
    return this.#sipp(t, 'caller_replaces', { ...options, service, keys: { ...keys, replaces } });
  }

  async #sipp(t, scenario, options) {
    const sipp = await Sipp.start(this.directory, scenario, { within: 300, ...options });
    t.after(() => sipp.stop());
    return sipp;
  }

  // One call by SIPp from beginning to end.
  call(scenario, extension, service, options = {}) {
    return Sipp.run(this.directory, scenario, { ...this.signedIn(extension), service, ...options });
  }

  signedIn(extension) {
    return { port: this.server.sipUdp, user: `desk${extension}`, password, keys: { domain: realm } };
  }

  // The address that the carrier sends this number to.
  ddi(number) {
    return `sip:${number}@127.0.0.1:${this.server.sipUdp}`;
  }
}
