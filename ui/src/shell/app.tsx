/** The frame around every page. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { ExplorePage } from '../explore/explore_page';
import { HomePage } from '../home/home_page';
import { PlanPage } from '../plan/plan_page';
import { StatusPage } from '../status/status_page';
import { navigate, useSearch } from './address';
import { useShortcuts } from './keyboard';
import { KeyboardHelp } from './keyboard_help';
import { setZone, theme, toggleTheme, zone } from './preferences';
import { useStore } from './store';

const PAGES = [
  { id: 'home', title: 'Home', href: '?' },
  { id: 'explore', title: 'Explore', href: '?page=explore' },
  { id: 'plan', title: 'Plan', href: '?page=plan' },
  { id: 'status', title: 'Status', href: '?page=status' },
] as const;

export function App() {
  const search = useSearch();
  const params = useMemo(() => new URLSearchParams(search), [search]);
  const page = PAGES.find(({ id }) => id === params.get('page')) ?? PAGES[0];
  const [help, setHelp] = useState(false);
  useEffect(() => {
    document.title = `${page.title} – Isobar`;
  }, [page]);
  useShortcuts({
    '?': () => setHelp((open) => !open),
    'g h': () => navigate('?'),
    'g e': () => navigate('?page=explore'),
    'g p': () => navigate('?page=plan'),
    'g s': () => navigate('?page=status'),
    'd t': toggleTheme,
    'd z': () => setZone(zone.get() === 'utc' ? 'local' : 'utc'),
  });
  return (
    <>
      <a class="skip" href="#main">
        Go to the content
      </a>
      <header class="top">
        <a class="brand" href="?">
          Isobar
        </a>
        <nav aria-label="Pages">
          {PAGES.map(({ id, title, href }) => (
            <a key={id} href={href} aria-current={id === page.id ? 'page' : undefined}>
              {title}
            </a>
          ))}
        </nav>
        <div class="top-end">
          <ZoneButton />
          <ThemeButton />
          <button type="button" class="plain" onClick={() => setHelp(true)} title="Keyboard (?)" aria-label="Keyboard help">
            ?
          </button>
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        {page.id === 'home' && <HomePage params={params} />}
        {page.id === 'explore' && <ExplorePage params={params} />}
        {page.id === 'plan' && <PlanPage params={params} />}
        {page.id === 'status' && <StatusPage />}
      </main>
      {help && <KeyboardHelp onClose={() => setHelp(false)} />}
    </>
  );
}

function ZoneButton() {
  const value = useStore(zone);
  const other = value === 'utc' ? 'local' : 'utc';
  return (
    <button type="button" class="plain" onClick={() => setZone(other)} title="Change between local time and UTC (d z)">
      {value === 'utc' ? 'UTC' : 'Local'}
      <span class="visually-hidden"> time</span>
    </button>
  );
}

function ThemeButton() {
  const value = useStore(theme);
  return (
    <button type="button" class="plain" onClick={toggleTheme} title="Change between light and dark (d t)">
      {value === 'dark' ? 'Light' : 'Dark'}
      <span class="visually-hidden"> theme</span>
    </button>
  );
}
