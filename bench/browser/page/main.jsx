// The page: shows the contender that its address names, in the part that its address names.

import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
import { churnOf, countWires } from './churn.mjs';
import { errorsSaid, flood, id, keys } from './bench.mjs';

// for the driver
globalThis.bench = { flood, errorsSaid };
const params = new URLSearchParams(location.search);
// before a contender can have looked at the platform's own
if (params.has('churn')) countWires();
const modules = import.meta.glob('../contenders/*.jsx');
const contender = await modules[`../contenders/${params.get('contender')}.jsx`]();
const root = document.getElementById('root');
const part = keys > 0 ? 'FanOut' : 'Stream';

if (params.has('churn')) globalThis.bench.churn = churnOf(contender, { id, keys }, root);
else if (contender[`mount${part}`]) contender[`mount${part}`](root, { id, keys });
else createRoot(root).render(createElement(contender[part], { id, keys }));
