/** Choices that stay with the browser. */
import type { Zone } from '../model/zoned_time';
import { createStore } from './store';

export type Theme = 'light' | 'dark';

const read = (key: string) => {
  try {
    return localStorage.getItem(`isobar.${key}`);
  } catch {
    return null; // Storage may be switched off; the choice then lasts as long as the page.
  }
};

const write = (key: string, value: string) => {
  try {
    localStorage.setItem(`isobar.${key}`, value);
  } catch {
    /* as above */
  }
};

const darkQuery = matchMedia('(prefers-color-scheme: dark)');
const preferred = (): Theme => (darkQuery.matches ? 'dark' : 'light');
const chosen = read('theme');

export const theme = createStore<Theme>(chosen === 'light' || chosen === 'dark' ? chosen : preferred());
const linked = new URLSearchParams(location.search).get('tz');
export const zone = createStore<Zone>((linked ?? read('zone')) === 'utc' ? 'utc' : 'local');

let themeIsChosen = chosen !== null;
darkQuery.addEventListener('change', () => {
  if (!themeIsChosen) theme.set(preferred());
});

function applyTheme(): void {
  document.documentElement.dataset.theme = theme.get();
}

applyTheme();
theme.subscribe(applyTheme);

export function toggleTheme(): void {
  themeIsChosen = true;
  theme.set(theme.get() === 'dark' ? 'light' : 'dark');
  write('theme', theme.get());
}

export function setZone(value: Zone): void {
  zone.set(value);
  write('zone', value);
}
