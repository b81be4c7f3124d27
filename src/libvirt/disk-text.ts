import { elementTexts } from "./element-texts.ts";
import { understood } from "./query.ts";
import { attribute, child, parseXml } from "./xml.ts";

/**
 * A disk as libvirt has written it into a definition, to the character: what still has this text has this very disk.
 * Undefined where there is none of this target.
 */
export function diskText(domain: string, target: string): string | undefined {
  // what else is called so is some program's metadata, which comes before
  const devices = domain.slice(Math.max(0, domain.lastIndexOf("<devices>")));
  return elementTexts(devices, "disk").find(
    (text) => understood(() => attribute(child(parseXml(text, "disk"), "target"), "dev")) === target,
  );
}
