// The page of the tests of rendering: it plays what it is told to. Asserts nothing.

import { playFlood } from './flood.js';
import { playScene } from './play.js';
import type { Scenes } from './words.js';

const scenes: Scenes = { play: playScene, flood: playFlood };
Object.assign(window, { lab: scenes });
