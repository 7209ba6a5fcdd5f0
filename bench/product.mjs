// The library under test as `npm run bench` built it, in a scratch folder: nobody else's build is measured, or disturbed.

import { pathToFileURL } from 'node:url';

/** A module by its path in dist, without its ending. */
export const product = (path) => import(pathToFileURL(`${process.env.BENCH_PRODUCT}/${path}.js`).href);
