import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { printableLines } from '../../../../answers/printable.ts';

interface CopyLineProps {
  /** A line for a shell, or a piece of a manifest. */
  readonly text: string;
  /** What the button copies, for somebody who does not see the line. */
  readonly what: string;
}

/** How long it is said that a line was copied, in milliseconds. */
const SAID_MS = 3000;

/** A line with a button that copies it. */
export function CopyLine({ text, what }: CopyLineProps): VNode {
  const [said, setSaid] = useState('');
  useEffect(() => {
    if (said === '') return undefined;
    const timer = setTimeout(() => {
      setSaid('');
    }, SAID_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [said]);
  const copied = async (): Promise<void> => {
    setSaid((await copy(text)) ? 'Copied' : 'Select the line, and copy it by hand');
  };
  return (
    <div class="line">
      <pre tabIndex={0}>
        <code>{printableLines(text)}</code>
      </pre>
      <button type="button" aria-label={`Copy ${what}`} onClick={() => void copied()}>
        {said === 'Copied' ? 'Copied' : 'Copy'}
      </button>
      <span role="status" class={said === 'Copied' ? 'hidden' : 'said'}>
        {said}
      </span>
    </div>
  );
}

/** Whether the text is in the clipboard now. */
async function copy(text: string): Promise<boolean> {
  // Undefined where the page came without TLS from another host.
  const clipboard = navigator.clipboard as Clipboard | undefined;
  if (clipboard === undefined) return copyBySelection(text);
  try {
    await clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

function copyBySelection(text: string): boolean {
  const focused = document.activeElement;
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'hidden';
  document.body.append(area);
  area.select();
  // There is no other way without TLS.
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  const isCopied = document.execCommand('copy');
  area.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return isCopied;
}
