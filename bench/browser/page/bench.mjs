// What a page counts while it is measured: what handlers saw, what commits showed, what went wrong. Shows nothing itself.

import { keyOf } from '../messages.mjs';

const params = new URLSearchParams(location.search);
/** Of this page alone: how the flood server knows whom to flood. */
export const id = params.get('id');
export const keys = Number(params.get('keys') ?? 0);

const MAX = 300_000;
const QUIET_MS = 4_000;
const times = new Uint8Array(MAX); // how often a message was seen
const sentAt = new Float64Array(MAX);
const now = () => performance.timeOrigin + performance.now();

const errors = [];
let counts = blank();
/** How many messages there were in all, the warm-up included. */
let total = 0;
/** Of this flood. */
let wanted = 0;
let newest = -1;
let shown = -1;
let timesStaleness = false;
let staleness = [];
let finish;

function blank() {
  return { seen: 0, doubled: 0, disorder: 0, commits: 0, renders: 0, errors: 0, lastAt: 0 };
}

/** Every handler or effect that gets a message says so. */
export function seen(message) {
  const { seq } = message;
  if (times[seq]++) counts.doubled++;
  else counts.seen++;
  // across keys there is no order
  if (keys === 0 && seq < newest) counts.disorder++;
  newest = seq;
  sentAt[seq] = message.at;
  // nothing shows all keys at once: three frames after the last message they all must
  if (keys > 0 && counts.seen === wanted) finish();
}

/** Every commit, right after the DOM was changed, with the newest message that it shows. */
export function committed(last) {
  counts.commits++;
  if (!last || last.seq <= shown) return;
  const at = performance.now();
  if (timesStaleness) {
    const clock = now();
    for (let seq = shown + 1; seq <= last.seq; seq++) if (sentAt[seq]) staleness.push(clock - sentAt[seq]);
  }
  shown = last.seq;
  counts.lastAt = at;
  if (shown === total - 1) finish?.();
}

/** One render of one component. */
export function rendered() {
  counts.renders++;
}

const fail = (error) => {
  counts.errors++;
  if (errors.length < 5) errors.push(String(error?.message ?? error).slice(0, 200));
};
export const errorsSaid = () => errors.join('; ');
addEventListener('error', ({ error, message }) => fail(error ?? message));
addEventListener('unhandledrejection', ({ reason }) => fail(reason));

let longest = 0;
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) longest = Math.max(longest, duration);
}).observe({ type: 'longtask' });

let delays = [];
addEventListener('keydown', ({ timeStamp }) => delays.push(performance.now() - timeStamp));

let gaps = [];
function watchFrames() {
  let before;
  let on = true;
  const frame = (at) => {
    if (before !== undefined) gaps.push(at - before);
    before = at;
    if (on) requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  return () => (on = false);
}
const frames = async (count) => {
  for (let index = 0; index < count; index++) await new Promise((resolve) => requestAnimationFrame(resolve));
};

/** Asks for a flood, waits until its last message is shown (or nothing moves any more), and tells what happened. */
export async function flood({ n, watch = false, ...scenario }) {
  counts = blank();
  [delays, gaps, staleness, longest] = [[], [], [], 0];
  total += n;
  wanted = n;
  timesStaleness = watch;
  const unwatch = watch ? watchFrames() : () => {};
  const done = new Promise((resolve) => (finish = resolve));
  const startedAt = performance.now();
  await fetch(`/flood?${new URLSearchParams({ id, n, keys, ...scenario })}`, { method: 'POST' });
  await Promise.race([done, quiet()]);
  unwatch();
  await frames(3);
  const { lastAt, ...counted } = counts;
  return {
    ...counted,
    ms: lastAt - startedAt,
    spanMs: performance.now() - startedAt,
    finished: shown === total - 1 || keys > 0,
    lost: n - counts.seen,
    longest,
    said: errors,
    ...(watch && { inputMs: percentiles(delays), staleMs: percentiles(staleness), dropped: droppedOf(gaps) }),
    shows: keys > 0 ? cells() : stream(),
  };
}

/** Resolves when nothing was seen or shown for a while: what did not come by then is lost. */
async function quiet() {
  for (let before = ''; ;) {
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
    const after = `${counts.seen}/${shown}`;
    if (after === before) return;
    before = after;
  }
}

function percentiles(values) {
  const sorted = Float64Array.from(values).sort();
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return { p50: at(0.5), p95: at(0.95), max: at(1) };
}

/** The share of frames that the screen could have shown and did not get. */
function droppedOf(lengths) {
  const { p50: one } = percentiles(lengths);
  const all = lengths.map((each) => Math.max(1, Math.round(each / one))).reduce((sum, each) => sum + each, 0);
  return 1 - lengths.length / all;
}

/** What is wrong with the end of the stream as the DOM has it. Nothing: ''. */
function stream() {
  const text = (name) => document.querySelector(`[data-show=${name}]`)?.textContent;
  if (text('count') !== String(total)) return `count is ${text('count')}, not ${total}`;
  if (!text('last')?.startsWith(`${total - 1} `)) return `last is ${text('last')}`;
  if (document.querySelector('[data-rows=none]')) return '';
  const rows = [...document.querySelectorAll('li')].map((row) => Number(row.textContent.split(' ')[0]));
  const wanted = Array.from({ length: Math.min(100, total) }, (_, index) => total - Math.min(100, total) + index);
  return rows.join() === wanted.join() ? '' : `rows are ${rows.length}: ${rows[0]} … ${rows.at(-1)}`;
}

/** How many cells do not show the last message of their key. */
function cells() {
  const wanted = new Map();
  for (let seq = 0; seq < total; seq++) wanted.set(keyOf(seq, keys), String(seq));
  let wrong = 0;
  for (const [key, seq] of wanted) if (document.getElementById(key)?.textContent !== seq) wrong++;
  return wrong ? `${wrong} cells wrong` : '';
}
