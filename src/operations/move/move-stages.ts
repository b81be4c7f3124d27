import { commandLine, quote } from "../../node/shell.ts";
import { compareFile, rememberFile, stillNamed } from "./last-check.ts";
import type { MovePlan } from "./move-plan.ts";
import type { CopiedVolume } from "./move-shell.ts";
import { relinkedName, relinkWords } from "./relink-words.ts";

/** Seconds without an answer of the target after which a move is given up. */
const targetPatience = 30;

/** Another move of the guest, and a guest that changed since it was looked at, are refused. */
export function checkStage({ how, guest }: Pick<MovePlan, "how" | "guest">): string {
  const wanted = how === "live" ? "active" : "off";
  return `[ "$(where_here)" = ${wanted} ] || mclu_fail changed 'the guest is not ${how === "live" ? "running" : "shut off"} any more'
${stillNamed(guest.name)}
${how === "live" ? `here domjobinfo $guest | grep -q 'Job type:  *None' || mclu_fail busy 'libvirt is at another job of the guest: mclu virsh GUEST -- domjobinfo'` : ":"}
[ "$(where_there)" = absent ] || mclu_fail exists 'the target has the guest by now, or does not answer'`;
}

/** Makes the volumes that files are copied into; one that is there already is a refusal. */
export function volumesStage(disks: readonly CopiedVolume[]): string {
  return disks
    .map(({ pool, volume }, index) => {
      const place = `--pool ${quote(pool)} ${quote(volume)}`;
      return `there pool-refresh ${quote(pool)} >/dev/null || mclu_fail pool "the target's pool cannot be read"
if there vol-info ${place} >/dev/null 2>&1; then mclu_fail exists ${quote(`${volume} is in the target's pool ${pool} already`)}; fi
printf '%s\\t%s\\tmaking\\n' ${quote(pool)} ${quote(volume)} >>"$MCLU_JOB/volumes"
sync "$MCLU_JOB/volumes" 2>/dev/null || :
made=0
there vol-create ${commandLine([pool])} "$MCLU_FILES/volume-${index}.xml" || made=$?
end_making $made
[ $made -eq 0 ] || { no_room '' ${quote(pool)}; mclu_fail volume ${quote(`the target cannot make the volume ${volume}`)}; }`;
    })
    .join("\n");
}

/** Copies files of a guest that is off, and compares what arrived. */
export function fillStage(copies: readonly CopiedVolume[], id: string): string {
  const each = copies.map((copy, index) => {
    const { target, path, pool, volume, relink } = copy;
    const place = `--pool ${quote(pool)} --vol ${quote(volume)}`;
    const part = relink && relinkedName(path, id);
    const from = quote(part ?? path);
    return `${rememberFile(copy, index)}
${part === null ? "" : relinkScript(copy, part, id)}echo ${quote(`${target}: copying`)}
virsh -q -c "$there_uri" vol-upload ${place} --file ${from} --sparse </dev/null || { no_room '' ${quote(pool)}; mclu_fail copy ${quote(`${target} could not be copied`)}; }
echo ${quote(`${target}: comparing checksums`)}
wanted=$(sha256sum <${from})
arrived=$(virsh -q -c "$there_uri" vol-download ${place} --file /dev/stdout </dev/null | sha256sum)
[ "$wanted" = "$arrived" ] || mclu_fail checksum ${quote(`${target}: what arrived is not what the source has`)}
${compareFile(copy, index, "while it was copied")}${part === null ? "" : `\nrm -f -- ${from}`}`;
  });
  return `${each.join("\n")}\nclose_places || echo 'a pool of the move stays open on the target until it is switched off'`;
}

function relinkScript(copy: CopiedVolume, part: string, id: string): string {
  return `mclu_making ${quote(part)}
echo ${quote(`${copy.target}: relinking a copy of it to ${copy.relink?.base}`)}
${relinkWords(copy, id).map(commandLine).join("\n")}
mclu_made ${quote(part)}
`;
}

/**
 * What `virsh domjobinfo` comes to, for people: disks first, then memory, which a guest that goes on changing it sends in
 * rounds. One number of both would fall back when the memory begins.
 */
const progressAwk = `function bytes() { return $3 * ($4 == "KiB" ? 1024 : $4 == "MiB" ? 1024 ^ 2 : $4 == "GiB" ? 1024 ^ 3 : $4 == "TiB" ? 1024 ^ 4 : 1) }
/^(File|Memory) (remaining|total):/ { of[$1 $2] = bytes() }
/^Iteration:/ { round = $2 }
function show(what, left, all) { printf "%s: %d %%\\n", what, 100 * (all - left) / all }
END {
if (of["Fileremaining:"] > 0) show("disks", of["Fileremaining:"], of["Filetotal:"])
else if (of["Memorytotal:"] > 0) show(round > 1 ? "memory, round " round : "memory", of["Memoryremaining:"], of["Memorytotal:"])
else if (of["Filetotal:"] > 0) show("disks", 0, of["Filetotal:"])
}`;

/**
 * Migrates, which is the commit point. The signal that ends the job does not reach virsh, nor the ssh that libvirt starts,
 * which would lose the target's last word: libvirt is told to give up instead, and virsh then ends by itself. Where the
 * target is silent virsh would wait for ever: the migration is aborted, and virsh ended when that does not do. How long it is
 * silent is counted from the node's start: its clock may be set meanwhile.
 * @param pools of the target that disks are copied into
 */
export function migrateStage(command: readonly string[], pools: readonly string[]): string {
  return `seconds_up() { { read -r up since_then </proc/uptime; } 2>/dev/null || up=0; up=\${up%%.*}; }
told= lost= last=
trap 'told=1' TERM INT HUP
: >"$MCLU_JOB/committing"
seconds_up; alive=$up
echo $up >"$MCLU_JOB/tmp/alive"
made_firmware
( trap '' TERM INT HUP; setsid ${commandLine(command)} </dev/null & echo $! >"$MCLU_JOB/tmp/virsh"; code=0; wait $! || code=$?; echo $code >"$MCLU_JOB/tmp/code" ) >"$MCLU_JOB/tmp/said" 2>&1 &
( while [ ! -e "$MCLU_JOB/tmp/code" ]; do if there uri >/dev/null 2>&1; then seconds_up; echo $up >"$MCLU_JOB/tmp/alive"; fi; sleep 4; done ) &
giving_up=0
until [ -e "$MCLU_JOB/tmp/code" ]; do
sleep 1 || :
now=$(here domjobinfo $guest 2>/dev/null | awk ${quote(progressAwk)}) || :
if [ -n "$now" ] && [ "$now" != "$last" ]; then echo "$now"; last=$now; fi
# nothing while the file is being written
heard=$(cat "$MCLU_JOB/tmp/alive"); alive=\${heard:-$alive}
seconds_up
if [ -z "$lost" ] && [ $((up - alive)) -gt ${targetPatience} ]; then
lost=1; echo 'the target no longer answers: giving up'
fi
if [ -n "$told$lost" ]; then
giving_up=$((giving_up + 1))
here domjobabort $guest >/dev/null 2>&1 || :
if [ $giving_up -ge 8 ]; then kill -KILL "$(cat "$MCLU_JOB/tmp/virsh")" 2>/dev/null || :; fi
fi
done
# what was told while virsh ended is heeded below, once it is known where the guest is
read -r code <"$MCLU_JOB/tmp/code"
if [ "$code" -ne 0 ]; then
reason=$(sed -n 's/^error: //p' "$MCLU_JOB/tmp/said" | tail -n 1)
echo "$reason"
[ -z "$lost" ] || reason='the target no longer answers'
[ -z "$told" ] || exit 143
settled=0; settle || settled=$?
[ $settled -ne 0 ] || rm -f "$MCLU_JOB/committing"
[ $settled -eq 1 ] || no_room "$reason" ${commandLine(pools)}
[ $settled -eq 1 ] || mclu_fail migrate "\${reason:-virsh ended with $code}"
elif ! { settled=0; settle || settled=$?; [ $settled -eq 1 ]; }; then mclu_fail unknown 'virsh says that it moved, and libvirt does not show it'; fi
start_with_node
: >"$MCLU_JOB/committed"
echo '100 %'
trap - TERM INT HUP
rm -f "$MCLU_JOB/volumes" "$MCLU_JOB/firmware"`;
}
