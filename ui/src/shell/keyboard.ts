/** Keyboard shortcuts, and the list of them that the help shows. */
import { useEffect } from 'preact/hooks';

export interface Shortcut {
  keys: string;
  does: string;
}

export const SHORTCUTS: { place: string; shortcuts: Shortcut[] }[] = [
  {
    place: 'Everywhere',
    shortcuts: [
      { keys: '?', does: 'Show or close this help' },
      { keys: 'g h', does: 'Go to Home' },
      { keys: 'g e', does: 'Go to Explore' },
      { keys: 'g s', does: 'Go to Status' },
      { keys: 'd t', does: 'Change between light and dark' },
      { keys: 'd z', does: 'Change between local time and UTC' },
      { keys: 'Esc', does: 'Close what is open' },
    ],
  },
  {
    place: 'Graphs',
    shortcuts: [
      { keys: '[', does: 'Show an earlier time range' },
      { keys: ']', does: 'Show a later time range' },
      { keys: 'Ctrl+Z', does: 'Zoom out' },
      { keys: 'r', does: 'Refresh' },
      { keys: '← →', does: 'Move the cursor of the focused graph' },
      { keys: 'Drag', does: 'Zoom into the marked range' },
    ],
  },
  {
    place: 'Explore',
    shortcuts: [
      { keys: '/', does: 'Go to the query' },
      { keys: 'Ctrl+Enter', does: 'Run the queries' },
      { keys: 'Ctrl+Space', does: 'Show completions' },
    ],
  },
];

type Handler = () => void;

/** Handlers by key: "[", "g h", "mod+z". They do not fire while the user types text. */
export function useShortcuts(handlers: Record<string, Handler>): void {
  useEffect(() => {
    let first = '';
    let firstAt = 0;
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.altKey || isTyping(event)) return;
      const mod = event.ctrlKey || event.metaKey;
      const key = mod ? `mod+${event.key.toLowerCase()}` : event.key;
      const pair = event.timeStamp - firstAt < 1500 ? `${first} ${key}` : '';
      const handler = handlers[pair] ?? handlers[key];
      first = key;
      firstAt = event.timeStamp;
      if (!handler) return;
      event.preventDefault();
      first = '';
      handler();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  });
}

function isTyping(event: KeyboardEvent): boolean {
  // The editor lives in a shadow tree, where only the composed path shows the element that has the focus.
  const target = event.composedPath()[0];
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}
