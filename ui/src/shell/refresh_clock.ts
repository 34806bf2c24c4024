/** Regular work that rests while nobody looks at the page. */
import { useEffect, useRef } from 'preact/hooks';

/** Calls `work` every `seconds` (0: never), and at once when the page becomes visible after a pause. */
export function useRefresh(seconds: number, work: () => void): void {
  const latest = useRef(work);
  latest.current = work;
  useEffect(() => {
    if (!(seconds > 0)) return;
    let missed = false;
    const timer = setInterval(() => {
      if (document.hidden) missed = true;
      else latest.current();
    }, seconds * 1000);
    const onVisible = () => {
      if (document.hidden || !missed) return;
      missed = false;
      latest.current();
    };
    document.addEventListener('visibilitychange', onVisible);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', onVisible);
    };
  }, [seconds]);
}
