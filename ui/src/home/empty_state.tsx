/** Shown when there are no host metrics: what is missing, and what brings it. */

export function EmptyState({ instance }: { instance: string }) {
  const origin = new URL('.', document.baseURI).href.replace(/\/$/, '');
  return (
    <section class="state warn" aria-label="No host metrics">
      <h2>No host metrics in this time range</h2>
      <p>
        The graphs need metrics such as <code>node_cpu_seconds_total</code>
        {instance && (
          <>
            {' '}
            of <code>{instance}</code>
          </>
        )}
        . A server started with <code>isobar serve</code> collects them itself, from the first seconds on. Where it does not, scrape a
        node exporter. Put this into the file given with <code>--config</code>:
      </p>
      <pre>{`scrape_configs:
  - job_name: node
    static_configs:
      - targets: ['localhost:9100']`}</pre>
      <p>Then check that the target answers:</p>
      <pre>{`curl -s '${origin}/api/v1/query' --data-urlencode 'query=up{job="node"}'`}</pre>
    </section>
  );
}
