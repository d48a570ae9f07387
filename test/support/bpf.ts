import { BpfError } from '../../src/kernel/bpf/bpf-object.ts';
import { openTcpRows } from '../../src/kernel/bpf/tcp-rows.ts';
import { MissingTool, reasonToSkip } from '../../deploy/demo/lab/tools.ts';

/** Reason to skip a test that needs BPF programs; undefined where they can be loaded here. Throws under CI. */
export const NO_BPF = reasonToSkip(() => {
  try {
    openTcpRows().close();
  } catch (error) {
    const isExpected = process.env['EXPECT_BPF'] === 'true';
    if (error instanceof BpfError && !isExpected) throw new MissingTool(error.message);
    throw error;
  }
});

/** Whether BPF programs can be loaded here. */
export function hasBpf(): boolean {
  return NO_BPF === undefined;
}
