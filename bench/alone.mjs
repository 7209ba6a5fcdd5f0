// One of the benches without a browser, in a process of its own: none warms up, or patches, the next one's world.

const { path, options } = await new Promise((resolve) => process.once('message', resolve));
const { run } = await import(`./${path}.mjs`);
process.send(await run(options), () => process.exit());
