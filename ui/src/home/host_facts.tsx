/** One line about the host: name, cores, memory, time since start. */
import { useEffect, useState } from 'preact/hooks';
import { queryInstant } from '../api/query';
import { describeAge } from '../model/duration';
import { formatValue } from '../model/units';

const QUERIES = (selector: string) => ({
  uname: `node_uname_info${selector}`,
  cores: `count(count by (cpu) (node_cpu_seconds_total${selector}))`,
  memory: `sum(node_memory_MemTotal_bytes${selector})`,
  boot: `min(node_boot_time_seconds${selector})`,
});

/** `round` changes when it is time to ask again. */
export function HostFacts({ host, round }: { host: string; round: number }) {
  const [facts, setFacts] = useState<string[]>([]);
  useEffect(() => {
    const abort = new AbortController();
    const now = Date.now() / 1000;
    const { uname, cores, memory, boot } = QUERIES(host ? `{${host}}` : '');
    const first = async (query: string) => {
      const { data } = await queryInstant(query, now, 1, abort.signal);
      return data.resultType === 'vector' ? data.result[0] : undefined;
    };
    Promise.all([uname, cores, memory, boot].map(first)).then(
      ([unameSample, coresSample, memorySample, bootSample]) => {
        const number = (sample: typeof coresSample) => (sample?.value ? Number(sample.value[1]) : null);
        const count = number(coresSample);
        const bytes = number(memorySample);
        const since = number(bootSample);
        setFacts([
          ...(unameSample ? [unameSample.metric.nodename ?? '', `${unameSample.metric.sysname ?? ''} ${unameSample.metric.release ?? ''}`] : []),
          ...(count ? [count === 1 ? '1 core' : `${count} cores`] : []),
          ...(bytes ? [`${formatValue(bytes, 'bytes')} memory`] : []),
          ...(since ? [`up ${describeAge(now - since)}`] : []),
        ].filter((fact) => fact.trim() !== ''));
      },
      () => {}, // The graphs say what is wrong.
    );
    return () => abort.abort();
  }, [host, round]);
  return <p class="host-facts">{facts.join(' · ')}</p>;
}
