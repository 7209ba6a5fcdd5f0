// What a story plays, where there is a server to play with.

import { configure } from 'storybook/test';

type Play = (context: { readonly canvasElement: HTMLElement }) => Promise<void>;

// links open and fail in their own time, and machines have slow moments
configure({ asyncUtilTimeout: 6_000 });

/** A built Storybook has no server: nothing is played there, so that nothing waits for it in vain. */
export const live = (play: Play): Play => (import.meta.env.DEV ? play : async () => {});
