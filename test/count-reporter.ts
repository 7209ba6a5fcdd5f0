// One plain closing line for people and machines that count: "tests: 12 passed, 0 failed, 1 skipped".

import type { Reporter, TestModule } from 'vitest/node';

export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const count = { passed: 0, failed: unhandled.length, skipped: 0, pending: 0 };
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      for (const test of tests) count[test.result().state]++;
      // a file that fails before its first test, or after its last one, has failed too
      if (module.state() === 'failed' && tests.every((test) => test.result().state !== 'failed')) count.failed++;
    }
    const skipped = count.skipped + count.pending;
    process.stdout.write(`\ntests: ${count.passed} passed, ${count.failed} failed, ${skipped} skipped\n`);
  }
}
