import { parseSize } from "../size.ts";
import { attribute, textOf, type XmlElement } from "./xml.ts";

/** Bytes of an element like `<memory unit='KiB'>`; null where it is absent or says nothing that can be counted. */
export function sizeOf(element: XmlElement | undefined): number | null {
  const text = textOf(element);
  if (text === null || !/^\d{1,19}$/.test(text)) return null;
  // libvirt's default for memory; storage always names its unit
  const unit = attribute(element, "unit") ?? "KiB";
  try {
    return parseSize(`${text}${/^b(ytes)?$/i.test(unit) ? "B" : unit}`);
  } catch {
    return null;
  }
}
