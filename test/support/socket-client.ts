import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for orders on standard input: `name …` (hexadecimal), `open COUNT`, `bind COUNT`, `close COUNT`. Perl is a part of every Debian. */
const PROGRAM = String.raw`
use IO::Socket::INET; $| = 1; my @open;
sub comm { open my $f, '>', '/proc/self/comm'; print $f pack 'H*', shift; close $f }
while (<STDIN>) {
  my ($order, $what) = split;
  if ($order eq 'name') { comm($what) }
  if ($order eq 'open') { for (1..$what) { push @open, IO::Socket::INET->new(PeerAddr => '127.0.0.1:80') or die } }
  if ($order eq 'bind') { for (1..$what) { push @open, IO::Socket::INET->new(PeerAddr => '127.0.0.1:80', LocalAddr => '127.0.0.5') or die } }
  if ($order eq 'close') { close shift @open for 1..$what }
  if ($order eq 'fork') { my $child = fork; if ($child == 0) { comm($what); sleep 60; exit } }
  print "done\n";
}`;

/** A program that connects to 127.0.0.1:80 from the network namespace of the thread that started it. */
export class SocketClient {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** `command` starts Perl, which is called with its program. */
  static start(command: readonly string[] = ['perl']): SocketClient {
    const [program = '', ...args] = command;
    const stdio = ['pipe', 'pipe', 'inherit'] as const;
    return new SocketClient(spawn(program, [...args, '-e', PROGRAM], { stdio: [...stdio] }));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Its command from now on, as `comm` shows it. */
  async call(name: string): Promise<void> {
    await this.#order(`name ${Buffer.from(name).toString('hex')}`);
  }

  async open(count: number): Promise<void> {
    await this.#order(`open ${count}`);
  }

  /** The same from 127.0.0.5, which it binds first. */
  async openBound(count: number): Promise<void> {
    await this.#order(`bind ${count}`);
  }

  async close(count: number): Promise<void> {
    await this.#order(`close ${count}`);
  }

  /** A child of it, called `name`, has all its sockets open from now on. */
  async share(name: string): Promise<void> {
    await this.#order(`fork ${Buffer.from(name).toString('hex')}`);
  }

  /** Ends it. */
  async end(): Promise<void> {
    if (this.#child.signalCode !== null || this.#child.exitCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
    await sleep(20);
  }

  async #order(text: string): Promise<void> {
    const done = once(this.#child.stdout ?? this.#child, 'data');
    this.#child.stdin?.write(`${text}\n`);
    await done;
  }
}
