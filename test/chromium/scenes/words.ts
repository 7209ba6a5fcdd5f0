// The words between a test of rendering and its page: what is played, and what was on the screen. Types only.

/** What the page does while live updates come. */
export type Act = 'transition' | 'deferred' | 'mount' | 'suspense' | 'activity';

export interface Play {
  readonly act: Act;
  readonly strict: boolean;
  /** Of the feed and of the client of rooms. */
  readonly flush: 'frame' | 'sync';
  readonly rounds: number;
}

/** What shows the same thing, and so must agree. */
export type Group = 'feed' | 'status' | 'room' | 'people' | 'connection';

export interface Report {
  readonly react: string;
  /** The React Compiler has been over the readers. */
  readonly compiled: boolean;
  readonly commits: number;
  /** Each disagreement within one commit: nothing is expected here. */
  readonly torn: readonly string[];
  /** What components that had just mounted showed in their first commit, where the others showed something else. */
  readonly late: readonly string[];
  /** Updates from outside that came while React was in the middle of the work: without them nothing is proved. */
  readonly interruptions: number;
  /** Commits that showed something new from outside while the work was still pending. */
  readonly shownMeanwhile: number;
  /** Clicks in the middle of the work, and those of them that were on the screen before it was done. */
  readonly clicks: number;
  readonly clicksShownMeanwhile: number;
  /** The last thing that was said, and what each group shows at the end. */
  readonly said: number;
  readonly shown: { readonly [group in Group]: string };
  readonly readers: number;
  /** Sockets that were ever opened. */
  readonly sockets: number;
}

/** Messages that never stop, beside a transition that takes longer than a frame. */
export interface FloodPlay {
  readonly strict: boolean;
  /** Renders of the transition's own tree, each about a millisecond. */
  readonly weight: number;
  readonly perSecond: number;
  /** What the components beside it read. */
  readonly reading: 'count' | 'slice' | 'status';
  readonly readers: number;
}

export interface FloodReport {
  /** Commits of what is live between the start of the transition and its end. */
  readonly liveCommits: number;
  readonly messages: number;
  readonly ms: number;
  /** How often the tree of the transition was begun anew. */
  readonly begun: number;
  readonly torn: readonly string[];
  /** A deferred value that follows the flood: never ahead, and there at the end. */
  readonly deferred: { readonly ahead: number; readonly behindAtEnd: number };
}

export interface Scenes {
  play(play: Play): Promise<Report>;
  flood(play: FloodPlay): Promise<FloodReport>;
}
