// Times in the reader's zone. Relative up to a day, exact beyond it and on hover.
import type { Messages } from "../i18n/en";

const kMinute = 60_000;
const kHour = 60 * kMinute;
const kDay = 24 * kHour;

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = language + JSON.stringify(options);
  let found = formatters.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat(language, options);
    formatters.set(key, found);
  }
  return found;
}

/** 24 hours on both languages' clocks: "20 Nov 2026, 12:03:05". */
export function exactTime(time_ms: number, language: string): string {
  return formatter(dateLanguage(language), {
    year: "numeric",
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  }).format(time_ms);
}

/** "12:03:05" */
export function clockTime(time_ms: number, language: string): string {
  return formatter(dateLanguage(language), {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  }).format(time_ms);
}

/** "12:03" */
export function shortTime(time_ms: number, language: string): string {
  return formatter(dateLanguage(language), { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(
    time_ms,
  );
}

/** "20 Nov" */
export function shortDate(time_ms: number, language: string): string {
  return formatter(dateLanguage(language), { month: "short", day: "numeric" }).format(time_ms);
}

/** The clock alone for the last 12 hours, date and clock before that. */
export function sinceTime(time_ms: number, now_ms: number, language: string): string {
  return now_ms - time_ms < kDay / 2 ? clockTime(time_ms, language) : exactTime(time_ms, language);
}

/** English dates with the day first and the month in letters, so that nobody mistakes one for the other. */
function dateLanguage(language: string): string {
  return language === "en" ? "en-GB" : language;
}

/** "3 min ago"; the exact time beyond a day. A time a little ahead of now counts as now. */
export function relativeTime(time_ms: number, now_ms: number, t: Messages, language: string): string {
  const age = now_ms - time_ms;
  if (age < -kMinute || age >= kDay) return exactTime(time_ms, language);
  if (age < 2000) return t.time.now;
  return t.time.ago(duration(age, t));
}

/** One or two parts: "42 s", "3 min", "2 h 5 min", "12 d 3 h". */
export function duration(length_ms: number, t: Messages): string {
  const seconds = Math.max(0, Math.floor(length_ms / 1000));
  if (seconds < 60) return t.time.seconds(seconds);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return t.time.minutes(minutes);
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return two(t.time.hours(hours), minutes % 60, t.time.minutes);
  return two(t.time.days(Math.floor(hours / 24)), hours % 24, t.time.hours);
}

function two(first: string, rest: number, unit: (n: number) => string): string {
  return rest === 0 ? first : `${first} ${unit(rest)}`;
}
