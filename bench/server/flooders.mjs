// The process of the hostile: each says as much as its socket takes, in a room of its own, and comes back at once when it is cut off.

import { arrive, publishing } from './tongues.mjs';
import { serve } from './process.mjs';
import { frameOf } from './raw.mjs';

const FRAMES = 500; // in a write
let isOver = false;
const told = { messages: 0, cuts: 0, refused: 0 };

async function flood(params, who) {
  const publish = publishing(params.tongue);
  const room = `hostile-${who}`;
  for (let life = 0; !isOver; life++) {
    let gone;
    const end = new Promise((resolve) => (gone = resolve));
    const raw = await arrive({ ...params, room, from: `127.0.1.${1 + who}`, onClose: () => gone() }).catch(
      () => undefined,
    );
    if (!raw) {
      told.refused++;
      await new Promise((resolve) => setTimeout(resolve, 100));
      continue;
    }
    let said = 0;
    const more = () => {
      while (!isOver && !raw.socket.destroyed) {
        const from = said;
        said += FRAMES;
        told.messages += FRAMES;
        const frames = Array.from({ length: FRAMES }, (_, index) => {
          const no = from + index;
          return frameOf(publish(room, `${life}-${no}`, `{"no":${no},"text":"more and more and more and more"}`));
        });
        if (!raw.socket.write(Buffer.concat(frames))) return;
      }
    };
    raw.socket.on('drain', more);
    more();
    await end;
    if (!isOver) told.cuts++;
  }
}

serve({
  begin({ count, ...params }) {
    for (let who = 0; who < count; who++) void flood(params, who);
  },
  /** Messages that were handed to the system, and how often one was cut off, or not let in. */
  told: () => told,
  end() {
    isOver = true;
  },
});
