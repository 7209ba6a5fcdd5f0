// The closing lines for people and machines that count: which tests failed, which were tried again, and
// "tests: 12 passed, 0 failed, 1 skipped".

import type { Reporter, TestCase, TestModule } from 'vitest/node';

export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const count = { passed: 0, failed: unhandled.length, skipped: 0, pending: 0 };
    const failed: string[] = [];
    const tried: string[] = [];
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      for (const test of tests) {
        const { state, errors } = test.result();
        count[state]++;
        const line = `  ${nameOf(test)}: ${errors?.[0]?.message.split('\n')[0] ?? 'no error was kept'}`;
        if (state === 'failed') failed.push(line);
        else if (test.diagnostic()?.flaky) tried.push(line);
      }
      // a file that fails before its first test, or after its last one, has failed too
      if (module.state() === 'failed' && tests.every((test) => test.result().state !== 'failed')) {
        count.failed++;
        failed.push(`  ${module.relativeModuleId}: ${module.errors()[0]?.message ?? 'failed outside its tests'}`);
      }
    }
    const skipped = count.skipped + count.pending;
    const said = [
      ...list('tried again, then passed', tried),
      ...list('failed', failed),
      `tests: ${count.passed} passed, ${count.failed} failed, ${skipped} skipped`,
    ];
    process.stdout.write(`\n${said.join('\n')}\n`);
  }
}

function nameOf(test: TestCase): string {
  return `${test.project.name} ${test.module.relativeModuleId} > ${test.fullName}`;
}

function list(title: string, lines: readonly string[]): readonly string[] {
  return lines.length > 0 ? [`${title}:`, ...lines] : [];
}
