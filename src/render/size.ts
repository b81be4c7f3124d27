const gib = 1024 ** 3;

/** Bytes in G (GiB) with one decimal, in T from 1024G; `-` when nobody gave the number. */
export function formatSize(bytes: number | null): string {
  if (bytes === null) return "-";
  const g = bytes / gib;
  // as rounded: 1023.96G would otherwise read 1024.0G
  return Math.abs(Number(g.toFixed(1))) >= 1024 ? `${(g / 1024).toFixed(1)}T` : `${g.toFixed(1)}G`;
}

/** As formatSize, with M below one G: guests are often smaller than hosts; what is smaller than one M is not 0. */
export function formatSmallSize(bytes: number | null): string {
  if (bytes === null || Math.abs(bytes) >= gib) return formatSize(bytes);
  const m = bytes / 1024 ** 2;
  return m > 0 && m < 1 ? formatBytes(bytes) : `${Math.round(m)}M`;
}

/** Bytes in the largest unit that leaves a whole number before the point: `196K`, `13.4M`, `20G`; `-` for null. */
export function formatBytes(bytes: number | null): string {
  if (bytes === null) return "-";
  let amount = bytes;
  let unit = "B";
  for (const next of ["K", "M", "G", "T", "P"]) {
    // as rounded: 1023.96K would otherwise read 1024K
    if (Number(amount.toFixed(1)) < 1024) break;
    amount /= 1024;
    unit = next;
  }
  return `${Number(amount.toFixed(1))}${unit}`;
}

/** As formatBytes, in at most five characters: `196K`, `13.4M`, `1023G`; without a point from 100 up. */
export function formatShort(bytes: number | null): string {
  if (bytes === null) return "-";
  const text = formatBytes(bytes < 1024 ? Math.round(bytes) : bytes);
  return text.length <= 5 ? text : text.replace(/\.\d/, "");
}
