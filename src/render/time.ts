/** Seconds since 1970 as `YYYY-MM-DD HH:MM:SS` in this machine's time zone; `-` for null. */
export function formatTime(seconds: number | null): string {
  if (seconds === null) return "-";
  const time = new Date(seconds * 1000);
  const two = (number: number) => String(number).padStart(2, "0");
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}
