// `node examples/servers/run.mjs express`: starts one of them, until Ctrl+C.

const name = process.argv[2] ?? 'node-http';
const { start } = await import(`./${name}.mjs`);
const { close } = await start(Number(process.env.PORT ?? 3000));
console.log(`${name}: http://127.0.0.1:${process.env.PORT ?? 3000}, rooms at /realtime`);
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void close());
