import { crowdMemory } from './crowd-memory.ts';
import { crowdAgainstOne } from './crowd.ts';
import { discovery } from './discovery.ts';
import { historyCost } from './history.ts';
import { idleCpu } from './idle-cpu.ts';
import { mainThreadHeld } from './main-thread.ts';
import { memoryBeside1k, memoryIdle } from './memory.ts';
import { idleNamespace, namespacesAgainstAll, namespacesBeyondBusy } from './namespaces.ts';
import { ownersCost } from './owners.ts';
import { againstPeer } from './peers.ts';
import { againstFloor } from './poll-cost.ts';
import { processCpu } from './process-cpu.ts';
import type { Question } from './question.ts';
import { refusedConnects } from './refusals.ts';
import { scrapeLatency } from './scrape.ts';
import { scrapeBesideViewers } from './scrape-viewers.ts';
import type { Source } from './source.ts';
import { bpfAgainstNetlink } from './sources.ts';
import { startToEnd, startToPage } from './startup.ts';

/**
 * The lines of the table, in the order in which they are asked: those that need the same population
 * stand together. `source` is what the daemons and the polls beside other programs use.
 */
export function questions(source: Source | undefined): readonly Question[] {
  const daemon = source ?? 'auto';
  const poll = source ?? 'netlink';
  return [
    startToPage(400, daemon),
    startToEnd(250, daemon),
    idleCpu(0.3, daemon),
    memoryIdle(20, 85, daemon),
    memoryIdle(24, 105, daemon),
    discovery(5000, 50),
    crowdAgainstOne('proc', 1.5),
    crowdAgainstOne('netlink', 1.5),
    crowdMemory(220),
    mainThreadHeld(200, 3),
    historyCost(8192, 20),
    refusedConnects(2),
    againstFloor('100k', 'proc', 1.2),
    againstFloor('100k', 'netlink', 1.25),
    processCpu('100k', 1.5),
    bpfAgainstNetlink('100k', 1.25),
    ownersCost('100k', 0.5),
    againstPeer('100k', 'tcpstat', poll, 0.3),
    againstPeer('100k', 'tcpstat', 'bpf', 0.35, 'tcpstat-100k-bpf'),
    againstPeer('100k', 'ss', poll, 0.25),
    scrapeBesideViewers(20, { moreMs: 1, p99Ms: 10 }, daemon),
    namespacesAgainstAll(250, poll, 1 / 30),
    namespacesBeyondBusy(250, poll, 30),
    againstPeer('inbound', 'tcpstat', poll, 0.15),
    memoryBeside1k('800k', '800k sockets', { total: 120, more: 20 }, daemon),
    againstFloor('800k', 'proc', 1.2),
    againstFloor('800k', 'netlink', 1.25),
    processCpu('800k', 1.3),
    bpfAgainstNetlink('800k', 1.25),
    againstPeer('800k', 'tcpstat', poll, 0.3),
    againstPeer('800k', 'tcpstat', 'bpf', 0.35, 'tcpstat-800k-bpf'),
    againstPeer('800k', 'ss', poll, 0.25),
    idleNamespace(poll, 0.05),
    scrapeLatency({ endpoints: 50, scrapers: 1, requestsPerSecond: 20 }, 3, daemon),
    scrapeLatency({ endpoints: 200, scrapers: 50, requestsPerSecond: 50 }, 10, daemon),
    memoryBeside1k('800k-endpoints', '400k distinct endpoints', { more: 60 }, daemon),
  ];
}
