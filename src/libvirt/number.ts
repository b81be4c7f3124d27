/** A whole number from 0 up that libvirt may print (64 bits have 20 digits); null for anything else. */
export function wholeNumber(text: string | null | undefined): number | null {
  return text != null && /^\d{1,20}$/.test(text) ? Number(text) : null;
}

/** Bytes of `131072 KiB`; null for anything else. */
export function bytesOfKib(text: string | undefined): number | null {
  const kib = wholeNumber(/^(\d+) KiB$/.exec(text ?? "")?.[1]);
  return kib === null ? null : kib * 1024;
}
