import type { DomainDetails } from "../../libvirt/domain-details.ts";
import { element, writeXml } from "../../libvirt/xml-writer.ts";
import { quote } from "../../node/shell.ts";

/** What a guest keeps beside its disks, that libvirt makes anew on the target of a move. */
export interface Firmware extends Pick<DomainDetails, "type" | "arch" | "machine" | "tpm"> {
  /** The file of its UEFI variables; null: it has none, or both nodes see the same. */
  readonly nvram: string | null;
  /** The UEFI that it boots with. */
  readonly loader: string | null;
}

/**
 * Functions of `sh`: after a move that failed libvirt 9 leaves the UEFI variables on the target, and a node that was switched
 * off the state of the TPM too. Only a guest's own definition removes them there, so that one which cannot run stands in.
 *
 *   made_firmware   remembers that they are being made
 *   drop_firmware   removes them from the target, which has not the guest; what a guest of it names by now stays
 *
 * @param id of the job
 */
export function firmwareFunctions(uuid: string, id: string, firmware: Firmware | undefined): string {
  if (!firmware) return "made_firmware() { :; }\ndrop_firmware() { :; }\n";
  const { nvram } = firmware;
  const pattern =
    nvram === null
      ? ""
      : writeXml(element("nvram", {}, nvram))
          .trim()
          .replace(/^<nvram/, "");
  return `made_firmware() { echo ${quote(nvram ?? "the state of its TPM")} >"$MCLU_JOB/firmware"; }
drop_firmware() {
[ -s "$MCLU_JOB/firmware" ] || return 0
ids=$(there list --all --uuid) || return 1
shows=$(printf '%s\\n' $ids | sed 's/.*/dumpxml --inactive &;/')
if [ -n "$ids" ]; then
there "$shows" >"$MCLU_JOB/theirs" 2>/dev/null || :
${nvram === null ? ":" : `if grep -qF -- ${quote(pattern)} "$MCLU_JOB/theirs"; then rm -f "$MCLU_JOB/theirs" "$MCLU_JOB/firmware"; return 0; fi`}
rm -f "$MCLU_JOB/theirs"
fi
printf '%s' ${quote(standIn(uuid, id, firmware))} >"$MCLU_JOB/stand-in.xml"
there define "$MCLU_JOB/stand-in.xml" >/dev/null || return 1
there undefine ${uuid} --nvram >/dev/null || return 1
rm -f "$MCLU_JOB/firmware" "$MCLU_JOB/stand-in.xml"
}
`;
}

/** A domain without disks, of a name that no guest has. */
function standIn(uuid: string, id: string, { type: kind, arch, machine, tpm, nvram, loader }: Firmware): string {
  const type = { arch: arch ?? undefined, machine: machine ?? undefined };
  const backend = element("backend", { type: "emulator", version: tpm?.version ?? undefined });
  return writeXml(
    element(
      "domain",
      { type: kind },
      element("name", {}, `mclu-${id}`),
      element("uuid", {}, uuid),
      element("memory", {}, "1024"),
      element(
        "os",
        {},
        element("type", type, "hvm"),
        ...(nvram === null || loader === null
          ? []
          : [element("loader", { readonly: "yes", type: "pflash" }, loader), element("nvram", {}, nvram)]),
      ),
      element("features", {}, element("acpi")),
      ...(tpm ? [element("devices", {}, element("tpm", { model: tpm.model ?? undefined }, backend))] : []),
    ),
  );
}
