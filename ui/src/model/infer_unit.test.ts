import { expect, it } from 'vitest';
import { inferUnit } from './infer_unit';
import type { Unit } from './units';

it.each<[string, Unit]>([
  ['up', 'number'],
  ['node_memory_MemFree_bytes', 'bytes'],
  ['sum by (job) (rate(node_network_receive_bytes_total{device!="lo"}[5m]))', 'bytes/s'],
  ['rate(node_cpu_seconds_total[1m])', 'ratio'],
  ['rate(http_requests_total[1m])', 'per second'],
  ['http_requests_total', 'number'],
  ['histogram_quantile(0.99, sum by (le) (rate(x_duration_seconds_bucket[5m])))', 'seconds'],
  ['rate(x_duration_seconds_sum[5m]) / rate(x_duration_seconds_count[5m])', 'seconds'],
  ['node_filesystem_avail_bytes / node_filesystem_size_bytes', 'ratio'],
  ['1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes', 'ratio'],
  ['node_memory_MemFree_bytes / 1024', 'bytes'],
  ['count(node_memory_MemFree_bytes)', 'number'],
  ['cache_hit_ratio', 'ratio'],
  ['process_start_time_seconds', 'timestamp'],
  ['time() - process_start_time_seconds', 'seconds'],
  ['up{path="a_bytes"}', 'number'],
  ['max_over_time(process_resident_memory_bytes[1h])', 'bytes'],
  ['1 + 1', 'number'],
])('%s', (query, unit) => expect(inferUnit(query)).toBe(unit));
