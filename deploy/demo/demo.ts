import { Stack } from './stack.ts';
import { printError } from './print-error.ts';
import { Folder } from './folder.ts';
import { Interruption } from './interruption.ts';
import { NEXT_STEPS, nextStepsWhileRunning, STOPPED } from './next-steps.ts';
import { setUpNamespace } from './namespace.ts';
import { parseOptions, type Options } from './options.ts';
import { receiveNotifications } from './notification-receiver.ts';
import { Run } from './run.ts';
import { Screen } from './screen.ts';
import { type Scenario, scenarioOf } from './scenario.ts';
import { introduction, summary } from './summary.ts';

/** The demo itself. `run.sh` starts it in a network namespace of its own. */

const interruption = new Interruption();
const screen = new Screen();

/** Returns whether the warning came in time. */
async function main(options: Options): Promise<boolean> {
  setUpNamespace(scenarioOf(options));
  screen.print(introduction(options));
  const stack = new Stack(new Folder(), interruption.signal);
  try {
    return await runScenario(stack, options);
  } finally {
    screen.keepState();
    await stack.programs.stop();
  }
}

async function runScenario(stack: Stack, options: Options): Promise<boolean> {
  await stack.ready();
  const scenario = scenarioOf(options);
  const run = new Run(stack, screen, scenario);
  receiveNotifications((alert) => {
    run.takeNotification(alert);
  });
  stack.startClient(options, (report) => {
    run.takeReport(report);
  });
  await run.watch();
  screen.print(`${summary(run.timeline, scenario)}\n`);
  if (options.keep) await waitForSignal(stack, scenario);
  return run.timeline.inTime;
}

/** Waits until a signal comes: with `--keep` that is the regular end. */
async function waitForSignal(stack: Stack, scenario: Scenario): Promise<void> {
  screen.print(nextStepsWhileRunning(scenario));
  while (interruption.status === undefined) {
    await stack.pause(1000).catch((error: unknown) => {
      if (interruption.status === undefined) throw error;
    });
  }
}

try {
  const options = parseOptions(process.argv.slice(2));
  process.exitCode = (await main(options)) ? 0 : 1;
  screen.print(options.keep ? STOPPED : NEXT_STEPS);
} catch (error) {
  if (interruption.status === undefined) printError(error);
  else screen.print(`Interrupted. ${STOPPED}`);
  process.exitCode = interruption.status ?? 1;
}
process.exit();
