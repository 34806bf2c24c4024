// Queries of a dashboard that people really use: "Node Exporter Full", read where it lies.
import { existsSync, readFileSync } from "node:fs";

const path = "../shared/dashboards/node-exporter-full.json";

const panelsOf = (panels) => panels.flatMap((panel) => [panel, ...panelsOf(panel.panels ?? [])]);

// The first `count` different expressions that combine something (a selector alone is no work), for one host.
export async function dashboardQueries(count) {
  if (!existsSync(path)) {
    console.log(`skipped: dashboard queries, ${path} is not there`);
    return [];
  }
  const dashboard = JSON.parse(readFileSync(path, "utf8"));
  const found = new Set();
  for (const panel of panelsOf(dashboard.panels)) {
    for (const { expr } of panel.targets ?? []) if (expr?.includes("(")) found.add(expr);
  }
  return [...found].filter((expr) => /node_(cpu|memory|filesystem|network|disk|load|vmstat)/.test(expr)).slice(0, count).map((expr) => expr
    .replaceAll("$node", "host-00:9100").replaceAll("$job", "node").replaceAll("$__rate_interval", "1m"));
}
