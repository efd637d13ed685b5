// A server with the demo, and editors in a browser, for stories about drawing.

import { Browser, picture } from './browser.mjs';
import { Fernhill } from './demo.mjs';
import { Editor } from './editor.mjs';
import { Server } from './server.mjs';

export class Studio {
  static async open(options) {
    const studio = new Studio();
    try {
      studio.server = await Server.start(options);
      studio.fernhill = await Fernhill.open(studio.server);
      studio.browser = await Browser.start();
    } catch (error) {
      await studio.close();
      throw error;
    }
    return studio;
  }

  // The administrator, signed in, until the test ends. Questions of the browser are answered with yes.
  async signedIn(t, options) {
    const page = await this.browser.person({ origin: this.server.http, ...options });
    t.after(() => page.context().close());
    page.on('dialog', (dialog) => dialog.accept());
    return Editor.signIn(page);
  }

  // Somebody signed in, the administrator where no email is given, until the test ends; how it ended is kept as a picture.
  async pictured(t, { email, ...options } = {}) {
    const page = await this.browser.person({ origin: this.server.http, ...options });
    t.after(async () => {
      await picture(page, t.name.replaceAll(' ', '-')).catch(() => {});
      await page.context().close();
    });
    return Editor.signIn(page, email);
  }

  // A new callflow with this flow, open in the editor.
  async opened(t, flow, options) {
    const made = await this.fernhill.create({ name: t.name.slice(0, 30), numbers: [], flow });
    const editor = await this.signedIn(t, options);
    await editor.open(this.fernhill.id, made.id);
    return { editor, page: editor.page, made };
  }

  // The same on a telephone.
  openedOnPhone(t, flow, options) {
    return this.opened(t, flow, { width: 390, height: 844, ...options });
  }

  async close() {
    await this.browser?.stop();
    await this.server?.stop();
  }
}
