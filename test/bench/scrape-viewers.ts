import { Child } from './child.ts';
import { Exporter, sourceOf } from './exporter.ts';
import { ms, type Question } from './question.ts';
import { median } from './rounds.ts';
import { bombard, exportBest, type Load, ONLY_HERE, p99Of, PORT } from './scrape.ts';

const RUNS = 3;

/** As often as in `scrape-200`; fewer scrapers, for one address is let in 64 times, viewers among them. */
const LOAD: Load = { endpoints: 200, scrapers: 20, requestsPerSecond: 50 };

/**
 * How long a scrape takes while so many people watch the live page. `wanted`: a millisecond more than without them, so that nobody has
 * to think about who watches; where the machine is so busy that this drowns, what a scrape may take whoever watches.
 */
export function scrapeBesideViewers(
  viewers: number,
  wanted: { readonly moreMs: number; readonly p99Ms: number },
  source: string,
): Question {
  const { endpoints, scrapers, requestsPerSecond } = LOAD;
  return {
    id: `scrape-${viewers}-viewers`,
    question: `\`/metrics\` p99 (gzip), ${endpoints} exported endpoints, ${scrapers} × keep-alive, ${requestsPerSecond} requests/s, a poll of 100k sockets a second: ${viewers} viewers of the live page beside it, against none`,
    wanted: `≤ +${wanted.moreMs} ms or ≤ ${wanted.p99Ms} ms`,
    answer: async (grounds) => {
      await grounds.enter('100k');
      const config = `--config.file=${exportBest(endpoints, ONLY_HERE)}`;
      const exporter = new Exporter([config, '--poll.interval=1s', `--poll.source=${source}`]);
      const page = await exporter.polls(3);
      const crowd = Child.script('viewers', { port: PORT, viewers });
      const [beside, alone]: [number[][], number[][]] = [[], []];
      let told = { answers: 0, bytes: 0 };
      for (let run = 0; run < RUNS; run += 1) {
        alone.push(await bombard(LOAD));
        await crowd.ask('watch');
        beside.push(await bombard(LOAD));
        told = (await crowd.ask('leave')) as typeof told;
      }
      await crowd.end();
      await exporter.stop();
      const [with99, alone99] = [p99Of(beside), p99Of(alone)];
      const more = with99 - alone99;
      const each = (told.bytes / told.answers / 1000).toFixed(1);
      return {
        measured: `${ms(with99)} : ${ms(alone99)}, medians ${ms(median(beside.flat()))} : ${ms(median(alone.flat()))} (polled by ${sourceOf(page)}; ${told.answers} answers to viewers in a run, ${each} KB each)`,
        ratio: `${more < 0 ? '' : '+'}${ms(more)}`,
        reached: more <= wanted.moreMs || with99 <= wanted.p99Ms,
      };
    },
  };
}
