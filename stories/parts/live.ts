// What a story plays, where there is a server to play with.

type Play = (context: { readonly canvasElement: HTMLElement }) => Promise<void>;

/** A built Storybook has no server: nothing is played there, so that nothing waits for it in vain. */
export const live = (play: Play): Play => (import.meta.env.DEV ? play : async () => {});
