import { setText } from "../../libvirt/xml-edit.ts";
import { scopeOf } from "../device-change.ts";
import { refusal } from "../plan.ts";
import type { SettingDecision, Subject } from "./setting.ts";

/** What `description=TEXT` does; an empty one removes it. */
export function setDescription(wanted: string, { guest, look, live }: Subject): SettingDecision {
  const same = (text: string | null) => (text ?? "") === wanted.trim();
  if (same(look.next.description) && (!live || same(look.details.description))) return undefined;
  return {
    words: wanted === "" ? "no description" : "description",
    actions: [{ virsh: ["desc", guest.uuid, ...scopeOf({ config: look.persistent, live }), "--new-desc", wanted] }],
    edit: (domain) => setText(domain, "description", wanted || null, ["title", "genid", "uuid", "name"]),
    notes: [],
    later: null,
  };
}

/** What `autostart=yes` and `autostart=no` do. It is no part of the definition. */
export function setAutostart(wanted: boolean, { guest, look }: Subject): SettingDecision {
  if (!look.persistent) return refusal("it is transient: nothing of it is left when its node starts", null);
  if (look.autostart === wanted) return undefined;
  return {
    words: `autostart=${wanted ? "yes" : "no"}`,
    actions: [{ virsh: ["autostart", guest.uuid, ...(wanted ? [] : ["--disable"])] }],
    edit: () => undefined,
    notes: [],
    later: null,
  };
}
