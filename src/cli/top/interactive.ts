import { constants } from 'node:os';
import type { Overview } from '../../answers/overview/overview.ts';
import type { Feed } from './feeds/feed.ts';
import { isPollError } from './feeds/poll-error.ts';
import type { Key } from './keys/key.ts';
import type { Effect } from './keys/keys.ts';
import { LiveView } from './live-view.ts';
import { paintFor } from './draw/paint.ts';
import { Screen } from './terminal/screen.ts';

/** How often the screen is drawn without news, so that it says how old it is. */
const TICK_MS = 1000;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Runs until the user quits, or a signal comes; returns the exit status. */
export async function interactive(feed: Feed, first: Overview | undefined): Promise<number> {
  const live = new LiveView(feed.source, paintFor(process.env), nowSeconds());
  const screen = new Screen(process.stdin, process.stdout);
  if (first !== undefined) live.take(first);
  try {
    return await new Promise<number>((quit, fail) => {
      const session = new Session(live, screen, quit);
      session.begin();
      session.follow(feed).catch(fail);
    });
  } finally {
    screen.leave();
  }
}

/** The keys, the clock, and the news. */
class Session {
  readonly #live: LiveView;
  readonly #screen: Screen;
  readonly #quit: (status: number) => void;
  #ticker: NodeJS.Timeout | undefined;
  #hasEnded = false;

  constructor(live: LiveView, screen: Screen, quit: (status: number) => void) {
    this.#live = live;
    this.#screen = screen;
    this.#quit = quit;
  }

  begin(): void {
    for (const signal of SIGNALS) {
      process.on(signal, () => {
        this.#end(128 + constants.signals[signal]);
      });
    }
    this.#screen.onKey((key) => {
      this.#press(key);
    });
    this.#screen.onResize(() => {
      this.#redraw();
    });
    this.#screen.enter();
    this.#ticker = setInterval(() => {
      this.#draw();
    }, TICK_MS);
    this.#draw();
  }

  /** Shows each overview, and says what went wrong. */
  async follow(feed: Feed): Promise<void> {
    while (!this.#hasEnded) {
      try {
        this.#live.take(await feed.next());
      } catch (error) {
        if (!isPollError(error)) throw error;
        this.#live.showProblem(error.message);
      }
      this.#draw();
    }
  }

  #press(key: Key): void {
    const effect = this.#live.press(key, nowSeconds());
    if (effect !== undefined) this.#do(effect);
    this.#draw();
  }

  #do(effect: Effect): void {
    switch (effect.type) {
      case 'quit':
        this.#end(0);
        break;
      case 'suspend':
        this.#suspend();
        break;
      case 'redraw':
        this.#redraw();
        break;
      case 'copy':
        this.#screen.copy(effect.text);
    }
  }

  /** What a terminal does at Ctrl-Z, which it does not do for whoever takes the keys. */
  #suspend(): void {
    this.#screen.leave();
    process.once('SIGCONT', () => {
      this.#screen.enter();
      this.#draw();
    });
    process.kill(process.pid, 'SIGTSTP');
  }

  #redraw(): void {
    this.#screen.clear();
    this.#draw();
  }

  #draw(): void {
    if (!this.#hasEnded) this.#screen.draw(this.#live.lines(this.#screen.size, nowSeconds()));
  }

  #end(status: number): void {
    this.#hasEnded = true;
    clearInterval(this.#ticker);
    this.#screen.leave();
    this.#quit(status);
  }
}

function nowSeconds(): number {
  return Date.now() / 1000;
}
