// `node examples/servers/run.mjs express`: starts one of them, until Ctrl+C.

const name = process.argv[2] ?? 'node-http';
const { start } = await import(name === 'next' ? './next/server.mjs' : `./${name}.mjs`);
const { http, close } = await start(Number(process.env.PORT ?? 3000));
console.log(`${name}: http://127.0.0.1:${http.address().port}, rooms at /realtime`);
// Next leaves watchers behind that would keep the process
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void close().finally(() => process.exit()));
