import { Cast } from './stack.ts';
import { complain } from './print-error.ts';
import { Folder } from './folder.ts';
import { Interruption } from './interruption.ts';
import { AFTERWARDS, lookAround, STOPPED } from './next-steps.ts';
import { furnishNamespace } from './namespace.ts';
import { parseOptions, type Options } from './options.ts';
import { listenForPages } from './notification-receiver.ts';
import { Play } from './run.ts';
import { Screen } from './screen.ts';
import { introduction, summary } from './summary.ts';

/** The demo, in its namespace; `run.sh` starts it. */

const interruption = new Interruption();
const screen = new Screen();

/** True where the warning came in time. */
async function main(options: Options): Promise<boolean> {
  furnishNamespace();
  screen.say(introduction(options));
  const cast = new Cast(new Folder(), interruption.signal);
  try {
    return await perform(cast, options);
  } finally {
    screen.settle();
    await cast.programs.stop();
  }
}

async function perform(cast: Cast, options: Options): Promise<boolean> {
  await cast.ready();
  const play = new Play(cast, screen);
  listenForPages((alert) => {
    play.page(alert);
  });
  cast.startClient(options, (report) => {
    play.hear(report);
  });
  await play.watch();
  screen.say(`${summary(play.story)}\n`);
  if (options.keep) await keep(cast);
  return play.story.inTime;
}

/** Waits for a signal, which here is no interruption. */
async function keep(cast: Cast): Promise<void> {
  screen.say(lookAround());
  while (interruption.status === undefined) {
    await cast.pause(1000).catch((error: unknown) => {
      if (interruption.status === undefined) throw error;
    });
  }
}

try {
  const options = parseOptions(process.argv.slice(2));
  process.exitCode = (await main(options)) ? 0 : 1;
  screen.say(options.keep ? STOPPED : AFTERWARDS);
} catch (error) {
  if (interruption.status === undefined) complain(error);
  else screen.say(`Interrupted. ${STOPPED}`);
  process.exitCode = interruption.status ?? 1;
}
process.exit();
