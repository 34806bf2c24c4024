/** Labels of the time axis: clock times, with the date where a day begins. */
import { formatClock, formatDate, type Zone } from '../model/zoned_time';

export function timeLabels(times: number[], zone: Zone): string[] {
  const distance = times.length > 1 ? times[1]! - times[0]! : 60;
  let previousDate = '';
  return times.map((time, i) => {
    const date = formatDate(time, zone).slice(5);
    const newDay = i > 0 && date !== previousDate;
    previousDate = date;
    if (distance >= 86400) return date;
    const clock = formatClock(time, zone, distance < 60);
    if (newDay) return clock.startsWith('00:00') ? date : `${clock}\n${date}`;
    return distance < 1 ? `${clock}.${Math.floor((time % 1) * 10)}` : clock;
  });
}
