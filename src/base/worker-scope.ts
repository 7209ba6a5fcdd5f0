// The scope of a dedicated worker, where it talks to its page. Says nothing by itself.

export interface WorkerPort {
  onmessage: ((event: never) => void) | null;
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
}

export const workerScope = (): WorkerPort => globalThis as unknown as WorkerPort;
