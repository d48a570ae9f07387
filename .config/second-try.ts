import type { Reporter, TestCase } from 'vitest/node';

/** Begins each line, so that `.ci/run` finds them. */
const MARK = 'passed at the second try alone:';

/** Says at the end which tests failed once, and with what: chance of the kernel, a busy machine, or a fault that comes and goes. */
export class SecondTries implements Reporter {
  readonly #lines: string[] = [];

  onTestCaseResult(test: TestCase): void {
    if (test.diagnostic()?.flaky !== true) return;
    const errors = test.result().errors?.map(({ message }) => message.split('\n', 1)[0] ?? '');
    this.#lines.push(
      `${MARK} ${test.module.relativeModuleId}, ${test.fullName} (${errors?.join('; ') ?? ''})`,
    );
  }

  onTestRunEnd(): void {
    for (const line of this.#lines) process.stdout.write(`${line}\n`);
  }
}
