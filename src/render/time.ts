/** Seconds since 1970 as `YYYY-MM-DD HH:MM:SS` in this machine's time zone; `-` for null, and for what is no time. */
export function formatTime(seconds: number | null): string {
  if (seconds === null) return "-";
  const time = new Date(seconds * 1000);
  if (Number.isNaN(time.getTime())) return "-";
  const two = (number: number) => String(number).padStart(2, "0");
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}

/** Whole seconds as `12s`, `3m05s`, `1h02m`, from two days on `2d03h`; `-` for null. */
export function formatDuration(seconds: number | null): string {
  if (seconds === null) return "-";
  const whole = Math.floor(seconds);
  const two = (number: number) => String(number).padStart(2, "0");
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m${two(whole % 60)}s`;
  if (whole >= 2 * 86400) return `${Math.floor(whole / 86400)}d${two(Math.floor((whole % 86400) / 3600))}h`;
  return `${Math.floor(whole / 3600)}h${two(Math.floor((whole % 3600) / 60))}m`;
}

/** How long ago that was, `12s ago`. A clock that was put back makes nothing younger than now. */
export function formatAge(seen: number, now: number): string {
  return `${formatDuration(Math.max(0, now - seen))} ago`;
}

/** How long something took, for a column: always with one decimal, so that they stand below each other. */
export function formatSeconds(seconds: number): string {
  return seconds.toFixed(1);
}
