/** The query part of the page's address, which holds all state worth keeping. */
import { createStore, useStore } from './store';

const search = createStore(location.search);

addEventListener('popstate', () => search.set(location.search));

export const useSearch = () => useStore(search);

export function navigate(next: string, mode: 'push' | 'replace' = 'push'): void {
  const text = next.startsWith('?') ? next : `?${next}`;
  if (text === search.get()) return;
  // "./" and not an absolute path: the page may live below any path.
  history[mode === 'push' ? 'pushState' : 'replaceState'](null, '', text === '?' ? './' : text);
  search.set(location.search);
}

/** Follows links within the page without loading it anew. */
export function followLinks(): void {
  addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = (event.target as Element | null)?.closest?.('a');
    const href = link?.getAttribute('href');
    if (!href?.startsWith('?') || link!.target) return;
    event.preventDefault();
    navigate(href);
    scrollTo(0, 0);
  });
}
