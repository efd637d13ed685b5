// Waiting for something to be so, instead of for time to pass.

// Asks again until the answer is truthy, and returns it. `what` completes "waited in vain for …".
export async function until(what, ask, { within = 15_000, every = 50, tell = () => '' } = {}) {
  const deadline = Date.now() + within;
  let trouble;
  for (;;) {
    try {
      const answer = await ask();
      if (answer) return answer;
      trouble = undefined;
    } catch (error) {
      trouble = error;
    }
    if (Date.now() > deadline) {
      const told = await tell();
      const detail = trouble ? `: ${trouble.message}` : '';
      throw new Error(`waited in vain for ${what}${detail}${told ? `\n${told}` : ''}`);
    }
    await new Promise((done) => setTimeout(done, every));
  }
}
