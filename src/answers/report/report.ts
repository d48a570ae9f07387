import type { BuildInfo } from '../../build-info.ts';
import type { TimeWaitSysctls } from '../../kernel/proc/time-wait-sysctls.ts';
import type { SnapshotDetails } from '../../snapshot/details.ts';

/** What is put into a report beside what a poll found. */
export interface ReportFacts {
  readonly build: BuildInfo;
  readonly hostName: string;
  /** Release, version and machine of the kernel, as `uname -rvm` prints them. */
  readonly kernel: string;
  readonly nodeVersion: string;
  /** Of the network namespace that the program runs in; undefined where it is not the host's, or they could not be read. */
  readonly timeWaitSysctls: TimeWaitSysctls | undefined;
  /** Why they could not; empty where they could. */
  readonly sysctlProblem: string;
}

/** Everything that is known at one moment, for an incident channel or a ticket. */
export interface Report {
  readonly facts: ReportFacts;
  readonly details: SnapshotDetails;
  /** Whether it is about all network namespaces, and not about those alone that were chosen. */
  readonly isWhole: boolean;
  /** The name that the configuration gives an endpoint; empty where it gives none. */
  readonly remoteNameOf: (address: string, port: number) => string;
}
