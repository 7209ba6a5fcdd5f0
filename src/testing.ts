// What tests need: a world under control, far ends that obey, and the contract that every transport passes.

export { resetSharedLinks } from './feed/shared-pool.js';
export { accepts, acceptsThenDrops, type Behaviour, refuses, sequence, silent } from './testing/behaviours.js';
export { createFakeFetch, type FakeAnswer, type FakeFetch, type FakeRequest } from './testing/fake-fetch.js';
export { createFakeServer, type FakeServer, type FakeServerOptions } from './testing/fake-server.js';
export { createFakeWebSocket, type FakeSocket, type FakeWebSocket } from './testing/fake-web-socket.js';
export { createManualClock, type ManualClock } from './testing/manual-clock.js';
export { createManualHost, type ManualHost, type ManualHostOptions, seededRandom } from './testing/manual-host.js';
export {
  createScriptedTransport,
  type ScriptedOptions,
  type ScriptedTransport,
  type ScriptedWire,
} from './testing/scripted-transport.js';
export { type RunTest, transportContract, type TransportHarness } from './testing/transport-contract.js';
