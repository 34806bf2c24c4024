/** Query texts as they are being written; they become the page's state when they are run. */
import { useLayoutEffect, useState } from 'preact/hooks';
import type { QueryText } from '../model/explore_state';

export function useDrafts(queries: QueryText[]) {
  const [drafts, setDrafts] = useState(queries);
  const identity = JSON.stringify(queries);
  useLayoutEffect(() => setDrafts(queries), [identity]);
  return {
    drafts,
    setDraft: (index: number, text: string) =>
      setDrafts((before) => before.map((draft, i) => (i === index ? { ...draft, text } : draft))),
    changed: JSON.stringify(drafts) !== identity,
  };
}
