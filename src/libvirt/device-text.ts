import { elementTexts } from "./element-texts.ts";
import { understood } from "./query.ts";
import { attribute, child, parseXml } from "./xml.ts";

/**
 * A disk as libvirt has written it into a definition, to the character: what still has this text has this very disk.
 * Undefined where there is none of this target.
 */
export function diskText(domain: string, target: string): string | undefined {
  return textsOf(domain, "disk").find(
    (text) => understood(() => attribute(child(parseXml(text, "disk"), "target"), "dev")) === target,
  );
}

/** The same of a network card. */
export function nicText(domain: string, mac: string): string | undefined {
  return textsOf(domain, "interface").find((text) => {
    const own = understood(() => attribute(child(parseXml(text, "interface"), "mac"), "address"));
    return own?.toLowerCase() === mac;
  });
}

function textsOf(domain: string, name: "disk" | "interface"): readonly string[] {
  // what else is called so is some program's metadata, which comes before
  const devices = domain.slice(Math.max(0, domain.lastIndexOf("<devices>")));
  return elementTexts(devices, name);
}
