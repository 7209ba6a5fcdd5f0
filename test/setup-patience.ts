// What is waited for comes over real wires, on machines that do other things too: a second, as tools have it by default, is no law.

import { vi } from 'vitest';

const { waitFor } = vi;
vi.waitFor = (callback, options) => waitFor(callback, options ?? { timeout: 15_000 });
