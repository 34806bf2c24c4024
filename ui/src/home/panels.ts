/** What the home page shows: each panel's queries. Host metrics are named as the node exporter names them. */
import type { Unit } from '../model/units';

export interface PanelQuery {
  expression: string;
  /** The name of a line; {{label}} stands for the value of a label. */
  name: string;
}

export interface PanelSpec {
  id: string;
  title: string;
  unit: Unit;
  stacked?: boolean;
  /** Why there may be nothing to draw although the host is measured. */
  whenEmpty?: string;
  queries: (context: PanelContext) => PanelQuery[];
}

export interface PanelContext {
  /** The window of rates, as in "30s". */
  window: string;
  /** Matchers of the chosen host, as in `instance="a"`; empty where all hosts count. */
  host: string;
}

const select = (host: string, ...matchers: string[]) => {
  const all = [...matchers, host].filter((matcher) => matcher !== '').join(',');
  return all ? `{${all}}` : '';
};

const DEVICES = 'device!~"lo|veth.*|docker.*|br-.*|cali.*|cilium.*|lxc.*"';
const DISKS = 'device!~"loop.*|ram.*|dm-.*|sr.*"';
const FILESYSTEMS = 'fstype!~"tmpfs|ramfs|devtmpfs|squashfs|autofs|rpc_pipefs|overlay|fuse.*"';

export const HOST_PANELS: PanelSpec[] = [
  {
    id: 'cpu',
    title: 'CPU use',
    unit: 'ratio',
    stacked: true,
    queries: ({ window, host }) => {
      // Guest time is part of user time.
      const all = `sum(rate(node_cpu_seconds_total${select(host, 'mode!~"guest.*"')}[${window}]))`;
      return [
        ['user|nice', 'user'],
        ['system|irq|softirq', 'system'],
        ['iowait', 'I/O wait'],
        ['steal', 'steal'],
      ].map(([modes, name]) => ({
        expression: `sum(rate(node_cpu_seconds_total${select(host, `mode=~"${modes}"`)}[${window}])) / ${all}`,
        name: name!,
      }));
    },
  },
  {
    id: 'memory',
    title: 'Memory',
    unit: 'bytes',
    stacked: true,
    queries: ({ host }) => {
      const s = select(host);
      return [
        { expression: `sum(node_memory_MemTotal_bytes${s} - node_memory_MemAvailable_bytes${s})`, name: 'used' },
        { expression: `sum(node_memory_MemAvailable_bytes${s} - node_memory_MemFree_bytes${s})`, name: 'cache' },
        { expression: `sum(node_memory_MemFree_bytes${s})`, name: 'free' },
      ];
    },
  },
  {
    id: 'load',
    title: 'Load average',
    unit: 'number',
    queries: ({ host }) =>
      ['1', '5', '15'].map((minutes) => ({ expression: `sum(node_load${minutes}${select(host)})`, name: `${minutes} min` })),
  },
  {
    id: 'network',
    title: 'Network traffic',
    unit: 'bytes/s',
    queries: ({ window, host }) => [
      { expression: `sum(rate(node_network_receive_bytes_total${select(host, DEVICES)}[${window}]))`, name: 'received' },
      { expression: `sum(rate(node_network_transmit_bytes_total${select(host, DEVICES)}[${window}]))`, name: 'sent' },
    ],
  },
  {
    id: 'disk',
    title: 'Disk traffic',
    unit: 'bytes/s',
    queries: ({ window, host }) => [
      { expression: `sum(rate(node_disk_read_bytes_total${select(host, DISKS)}[${window}]))`, name: 'read' },
      { expression: `sum(rate(node_disk_written_bytes_total${select(host, DISKS)}[${window}]))`, name: 'written' },
    ],
  },
  {
    id: 'disk-busy',
    title: 'Disk busy time',
    unit: 'ratio',
    queries: ({ window, host }) => [
      { expression: `sum by (device) (rate(node_disk_io_time_seconds_total${select(host, DISKS)}[${window}]))`, name: '{{device}}' },
    ],
  },
  {
    id: 'filesystem',
    title: 'File system use',
    unit: 'ratio',
    whenEmpty: 'No file system of a disk is visible to the server, as in a container without volumes.',
    queries: ({ host }) => [
      {
        expression:
          `1 - max by (mountpoint) (node_filesystem_avail_bytes${select(host, FILESYSTEMS)}` +
          ` / node_filesystem_size_bytes${select(host, FILESYSTEMS)})`,
        name: '{{mountpoint}}',
      },
    ],
  },
  {
    id: 'pressure',
    title: 'Pressure',
    unit: 'ratio',
    queries: ({ window, host }) =>
      [
        ['cpu', 'CPU'],
        ['memory', 'memory'],
        ['io', 'I/O'],
      ].map(([resource, name]) => ({
        expression: `sum(rate(node_pressure_${resource}_waiting_seconds_total${select(host)}[${window}]))`,
        name: name!,
      })),
  },
];

export const SERVER_PANELS: PanelSpec[] = [
  {
    id: 'ingested',
    title: 'Samples ingested',
    unit: 'per second',
    queries: ({ window }) => [
      {
        expression: `sum(rate(isobar_ingest_samples_total[${window}])) or sum(rate(prometheus_tsdb_head_samples_appended_total[${window}]))`,
        name: 'samples',
      },
    ],
  },
  {
    id: 'series',
    title: 'Series in memory',
    unit: 'number',
    queries: () => [{ expression: 'sum(isobar_head_series) or sum(prometheus_tsdb_head_series)', name: 'series' }],
  },
  {
    id: 'process-memory',
    title: 'Process memory',
    unit: 'bytes',
    queries: () => [{ expression: 'sum by (job) (process_resident_memory_bytes)', name: '{{job}}' }],
  },
  {
    id: 'process-cpu',
    title: 'Process CPU, cores',
    unit: 'number',
    queries: ({ window }) => [{ expression: `sum by (job) (rate(process_cpu_seconds_total[${window}]))`, name: '{{job}}' }],
  },
];

export const hostMatcher = (instance: string | null) => (instance ? `instance=${JSON.stringify(instance)}` : '');
