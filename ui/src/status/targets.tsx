/** What is scraped, and with what success. Targets that fail come first. */
import type { Target } from '../api/status';
import { describeAge } from '../model/duration';
import { formatValue } from '../model/units';

const ORDER = { down: 0, unknown: 1, up: 2 } as const;
const SYMBOL = { down: '✕', unknown: '?', up: '✓' } as const;

export function Targets({ targets }: { targets: Target[] }) {
  if (targets.length === 0) return <p class="empty">No targets. Add scrape_configs to the file given with --config.</p>;
  const up = targets.filter(({ health }) => health === 'up').length;
  const rows = [...targets].sort((a, b) => ORDER[a.health] - ORDER[b.health] || (a.scrapePool < b.scrapePool ? -1 : 1));
  return (
    <>
      <p>
        {up} of {targets.length} up
      </p>
      <div class="wide" tabIndex={0} role="region" aria-label="Table of targets">
        <table class="facts-table">
          <thead>
            <tr>
              <th scope="col">State</th>
              <th scope="col">Job</th>
              <th scope="col">Address</th>
              <th scope="col">Last scrape</th>
              <th scope="col">Duration</th>
              <th scope="col">Last error</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((target) => (
              <tr key={target.scrapePool + target.scrapeUrl} data-health={target.health}>
                <td class={`health ${target.health}`}>
                  <span aria-hidden="true">{SYMBOL[target.health]}</span> {target.health}
                </td>
                <td>{target.scrapePool}</td>
                <td>{target.scrapeUrl}</td>
                <td>{lastScrape(target.lastScrape)}</td>
                <td class="number">{formatValue(target.lastScrapeDuration, 'seconds')}</td>
                <td>{target.lastError}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function lastScrape(time: string): string {
  const seconds = Date.parse(time) / 1000;
  // The API gives the year 1 for a target that was never scraped.
  return seconds > 0 ? `${describeAge(Date.now() / 1000 - seconds)} ago` : 'never';
}
