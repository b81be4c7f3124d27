import { quote } from "../../node/shell.ts";

/**
 * `mclu_source`: ends a job with the word `changed` unless the guest that is copied is the one that was looked at, by its UUID,
 * and rests. Another one of the same name may have a file of the same path.
 */
export function sourceCheck(uri: string, { name, uuid }: { readonly name: string; readonly uuid: string }): string {
  const virsh = `timeout 20 virsh -q -r -c ${quote(uri)}`;
  return `mclu_source() {
mclu_name=$(${virsh} domname ${uuid}) && mclu_state=$(${virsh} domstate ${uuid}) || {
mclu_guests=$(${virsh} list --all --uuid) || mclu_fail source 'libvirt does not say what the source is'
case $mclu_guests in *${uuid}*) mclu_fail source 'libvirt does not say what the source is' ;; esac
mclu_fail changed 'libvirt does not know the source any more'
}
[ "$mclu_name" = ${quote(name)} ] || mclu_fail changed "the source is called $mclu_name by now"
case $mclu_state in 'shut off') ;; *) mclu_fail changed "the source is $mclu_state by now: its disks change while they are copied" ;; esac
}`;
}
