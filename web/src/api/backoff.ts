// How long to wait before the n-th attempt to reconnect: doubles from 0.5 s to 15 s, spread by up to a quarter, so
// that many pages do not come back at the same moment.

const kFirstMs = 500;
const kLongestMs = 15_000;

/** attempt  0 for the first retry. random  0..1 */
export function backoffMs(attempt: number, random: number = Math.random()): number {
  const whole = Math.min(kLongestMs, kFirstMs * 2 ** Math.min(attempt, 10));
  return Math.round(whole * (0.75 + 0.25 * random));
}
