// The rooms of the chat: what a message is, and what people show of themselves. No React.

import { z } from 'zod';
import { defineRoom, type RoomRef } from '../../src/index.js';

export type Said = { readonly text: string };
export type Shown = { readonly typing: boolean };

const chat = defineRoom<Said, Shown>('chat', {
  message: z.object({ text: z.string() }),
  presence: z.object({ typing: z.boolean() }),
});

/** `notices`: only the server speaks there. The playground's server says so, not this list. */
export const ROOMS = ['general', 'design', 'notices'] as const;
export type RoomName = (typeof ROOMS)[number];

export const roomOf = (house: string, name: RoomName): RoomRef<Said, Shown> => chat(`${house}/${name}`);

/** As many messages as one page of the past. */
export const PAGE = 15;
