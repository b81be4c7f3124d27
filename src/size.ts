import { exitCodes, UserError } from "./errors.ts";

const prefixes = "KMGTP";

/**
 * A size as libvirt and qemu-img write it, in bytes: K, KiB and so on up to P are powers of 1024, KB and so on powers
 * of 1000, B bytes; case does not count. A number without a unit is refused, since the two disagree on what it means.
 * Throws UserError (exit 2).
 */
export function parseSize(text: string): number {
  const [, whole = "", fraction = "", prefix = "", suffix = ""] =
    /^([0-9]{1,19})(?:\.([0-9]{1,9}))?\s*([KMGTP]?)(iB|B)?$/i.exec(text.trim()) ?? [];
  if (whole === "" || (prefix === "" && suffix.toLowerCase() === "ib"))
    throw noSize(text, "expected one like 512M, 1.5G or 2T");
  const bytes = BigInt(whole + fraction) * unit(prefix, suffix);
  const scale = 10n ** BigInt(fraction.length);
  if (prefix === "" && suffix === "" && bytes !== 0n)
    throw noSize(text, `the unit is missing: ${whole}M, or ${whole}G?`);
  // to the nearest byte: 0.1G is no whole number of them
  const size = Number((bytes + scale / 2n) / scale);
  if (!Number.isSafeInteger(size)) throw noSize(text, "more than 8P");
  return size;
}

/** The shortest text that `parseSize` reads as exactly so many bytes: `1G`, `1536M`, `1000001B`. */
export function formatExactSize(bytes: number): string {
  let amount = bytes;
  let power = 0;
  while (amount !== 0 && amount % 1024 === 0 && power < prefixes.length) {
    amount /= 1024;
    power++;
  }
  return amount === 0 ? "0" : `${amount}${power === 0 ? "B" : prefixes.charAt(power - 1)}`;
}

function unit(prefix: string, suffix: string): bigint {
  const power = BigInt(prefix === "" ? 0 : prefixes.indexOf(prefix.toUpperCase()) + 1);
  return (suffix.toUpperCase() === "B" ? 1000n : 1024n) ** power;
}

function noSize(text: string, expected: string): UserError {
  return new UserError(`"${text}" is not a size: ${expected}`, { exitCode: exitCodes.usage });
}
