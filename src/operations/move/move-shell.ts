import { unfinished } from "../../node/jobs/rollback-shell.ts";
import { stageShell } from "../../node/jobs/stage-shell.ts";
import { quote } from "../../node/shell.ts";
import { forgetControl } from "./control-socket.ts";
import { type Firmware, firmwareFunctions } from "./firmware-shell.ts";
import { type KeptFile, keepFunctions } from "./keep-shell.ts";
import { type ImagePlaces, whereAlone } from "./last-check.ts";
import type { Relink } from "./linked-disk.ts";
import { type OpenPlace, placeFunctions } from "./places-shell.ts";
import { makingFunctions, takenFunction } from "./taken-shell.ts";

/** A guest that moves, as the shell of its job needs it. */
export interface MoveSubject {
  readonly uuid: string;
  /** libvirt on the source, and the target's as the source calls it. */
  readonly here: string;
  readonly there: string;
  /** Whether it is paused before it moves: then it is left so. */
  readonly paused: boolean;
  /** Name of the target. */
  readonly target: string;
  /** Of the job. */
  readonly id: string;
  /** What is made on the target beside volumes; undefined: nothing. */
  readonly firmware: Firmware | undefined;
  /** Directories of the target that are pools while files are copied into them. */
  readonly places: readonly OpenPlace[];
  /** Both nodes see the file of its UEFI variables: whoever of them forgets the guest leaves it. */
  readonly sharedNvram: boolean;
  /** Whether it starts with its node: libvirt takes along what a guest is, and not this. */
  readonly autostart?: boolean | undefined;
}

/** A disk that is copied, or another file of the guest, into a volume. */
export interface CopiedVolume {
  /** `vda`, or what the file is. */
  readonly target: string;
  readonly path: string;
  readonly pool: string;
  readonly volume: string;
  /** What it is based on there, where that is another file; null: all stays as it is. */
  readonly relink: Relink | null;
}

/** Seconds that virsh may take until libvirt begins a migration: it logs in to the target first. */
const slowStart = 120;

/** A migration pauses a guest too, for another reason than its user. */
const resumeScript = `if [ "$(here domstate $guest)" = paused ] && [ "$(here domstate $guest --reason)" != 'paused (user)' ]; then here resume $guest || return 2; fi`;

/** Bytes: what a copy leaves free that ended for want of room. */
const leastRoom = 1024 ** 2;

/**
 * Functions of `sh`, for the stages of a move and for what undoes it.
 *
 *   here, there           virsh on the source and on the target
 *   where_here, where_there  `absent`, `off`, `active`, or `unknown` where libvirt does not say
 *   end_virsh             ends the virsh of the migration, by telling libvirt to give up; by force where that does not do
 *   end_migration         ends what libvirt still does of it; false where it goes on, and where it is another's
 *   settle                makes one guest of what is left: 0 where it is on the source and nowhere else, 1 where it is on
 *                         the target and nowhere else, 2 where nobody can tell or nothing can be done
 *   start_with_node       once, of a guest that has moved and started with its node
 *   drop_made             removes what was made on the target, save what a guest there has taken since; the job's files
 *                         `volumes` and `firmware` say what
 *   reopen_places, close_places  of the pools that a move makes for the while
 *   no_room TEXT POOL...  ends the job where one of these pools on the target is full; TEXT is what was said of it
 *   left_there            what of it is there still
 */
export function moveFunctions({
  uuid,
  here,
  there,
  paused,
  target,
  id,
  firmware,
  places,
  sharedNvram,
  autostart = false,
}: MoveSubject): string {
  const nvram = sharedNvram ? "--keep-nvram" : "--nvram";
  return `here() { timeout -k 2 20 virsh -q -c ${quote(here)} "$@" </dev/null; }
there() { timeout -k 2 20 virsh -q -c "$there_uri" "$@" </dev/null; }
there_uri=${quote(there)}
[ -z "$MCLU_THERE" ] || there_uri=$MCLU_THERE
guest=${uuid}
where() {
all=$($1 list --all --uuid 2>/dev/null) && active=$($1 list --uuid 2>/dev/null) || { echo unknown; return; }
case $active in *$guest*) echo active; return ;; esac
case $all in *$guest*) echo off ;; *) echo absent ;; esac
}
where_here() { where here; }
where_there() { where there; }
end_virsh() {
[ -s "$MCLU_JOB/tmp/virsh" ] || return 0
pid=$(cat "$MCLU_JOB/tmp/virsh") count=0
while cat "/proc/$pid/cmdline" 2>/dev/null | tr '\\0' ' ' | grep -q "migrate.* $guest "; do
count=$((count + 1))
if [ $count -le 8 ]; then here domjobabort $guest >/dev/null 2>&1 || :; else kill -KILL "$pid"; fi
sleep 1
done
}
is_ours() {
case $(printf '%s\\n' "$1" | sed -n 's/^Operation: *//p') in ''|'Outgoing migration') ;; *) return 1 ;; esac
elapsed=$(printf '%s\\n' "$1" | sed -n 's/^Time elapsed: *\\([0-9]*\\) *ms$/\\1/p')
begun=$(stat -c %Y "$MCLU_JOB/committing" 2>/dev/null) || return 1
[ $(($(date +%s) - begun - \${elapsed:-0} / 1000)) -le ${slowStart} ]
}
end_migration() {
count=0
while [ "$(where_here)" = active ]; do
doing=$(here domjobinfo $guest 2>/dev/null) || doing=
if printf '%s\\n' "$doing" | grep -q 'Job type:  *None'; then return 0; fi
[ -z "$doing" ] || is_ours "$doing" || { echo 'libvirt is at a job of the guest that is not of this move'; return 1; }
count=$((count + 1)); [ $count -le 15 ] || return 1
[ -z "$doing" ] || here domjobabort $guest >/dev/null 2>&1 || :
sleep 1
done
}
settle() {
end_virsh
if [ "$(where_here)" = active ] && ! end_migration; then return 2; fi
tries=0
while :; do
at_source=$(where_here) at_target=$(where_there)
[ $at_source.$at_target = active.active ] || break
# the one that ran last has the guest's memory; what is still being taken in goes when its connection is gone
if ${paused ? "false" : '[ "$(here domstate $guest)" = paused ] && [ "$(there domstate $guest)" = running ]'}; then here destroy $guest || return 2; at_source=$(where_here); break; fi
tries=$((tries + 1))
if [ $tries -gt 10 ]; then
# nothing is being taken in any more: what stands still there has an old memory and old disks
if [ "$(here domstate $guest)" != running ] || [ "$(there domstate $guest)" != paused ]; then return 2; fi
there destroy $guest || return 2
at_target=$(where_there); break
fi
sleep 1
done
case $at_source.$at_target in
absent.active|absent.off) return 1 ;;
off.active) here undefine $guest --keep-nvram || here undefine $guest || return 2; return 1 ;;
active.absent|off.absent) ;;
active.off|off.off) there undefine $guest ${nvram} || there undefine $guest || return 2 ;;
active.unknown|off.unknown) [ "$(here domstate $guest)" != paused ] || ${paused ? ":" : "return 2"}; return 3 ;;
*) return 2 ;;
esac
${paused ? ":" : resumeScript}
return 0
}
${firmwareFunctions(uuid, id, firmware)}${placeFunctions(places)}start_with_node() { ${autostart ? '[ -e "$MCLU_JOB/autostarted" ] || if there autostart $guest >/dev/null 2>&1; then : >"$MCLU_JOB/autostarted"; else echo \'it no longer starts with its node: mclu autostart\'; fi' : ":"}; }
left_there() { cat "$MCLU_JOB/volumes" "$MCLU_JOB/firmware" 2>/dev/null | sed 's/\tmaking$//' | tr '\\n\\t' '  '; }
no_room() {
said=$1; shift
for pool; do
there pool-refresh "$pool" >/dev/null 2>&1 || :
free=$(there pool-info --bytes "$pool" 2>/dev/null | sed -n 's/^Available: *\\([0-9]*\\)$/\\1/p') || free=
[ -z "$free" ] || [ "$free" -ge ${leastRoom} ] || mclu_fail full "pool $pool of "${quote(target)}" is full\${said:+: $said}"
done
}
${takenFunction}${makingFunctions(target)}drop_made() {
drop_firmware || return 1
[ -s "$MCLU_JOB/volumes" ] || { close_places; return; }
reopen_places || return 1
rm -f "$MCLU_JOB/undecided"
while IFS='	' read -r pool volume making; do
if there vol-info --pool "$pool" "$volume" >/dev/null 2>&1; then
if volume_taken "$pool" "$volume"; then echo "a guest of the target has $volume by now, or may have: it stays"
elif [ -n "$making" ] && ! volume_empty "$pool" "$volume"; then undecided "$pool" "$volume"
else there vol-delete --pool "$pool" "$volume" || return 1; fi
fi
done <"$MCLU_JOB/volumes"
close_places || return 1
rm -f "$MCLU_JOB/volumes"
[ ! -e "$MCLU_JOB/undecided" ] || { mv -f "$MCLU_JOB/undecided" "$MCLU_JOB/volumes"; return 1; }
}
`;
}

/** Whether the guest is on the target, as `JobSpec.check` wants it. */
export function movedCheck(subject: MoveSubject): string {
  return `${moveFunctions(subject)}case $(where_here).$(where_there) in
absent.active|absent.off) exit 0 ;;
active.*|off.*) exit 1 ;;
esac
exit 2
`;
}

/**
 * What undoes a move that did not come to its end, or brings it there where the guest has moved; also what repairs one,
 * later. Says in its last line what came of it: `stayed`, `moved`, or `unclear` where nobody can tell now.
 * @param files that get other names where it has moved
 * @param imagePlaces where there may be images that are based on them, beside their own directories
 */
export function undoMove(
  subject: MoveSubject,
  files: readonly KeptFile[],
  imagePlaces: ImagePlaces["places"] = [],
): string {
  return `${stageShell}set +e
${moveFunctions(subject)}${keepFunctions}but=$guest unkept= over=
trap '[ -n "$over" ] || exit ${unfinished}' EXIT
ends() { [ $1 = unclear ] || over=1; echo $1; }
another() {
key= owner=
{ read -r key <"$MCLU_JOB/reservation" && read -r owner rest <"\${MCLU_JOB%/jobs/*}/names/$key/owner"; } 2>/dev/null
[ -n "$owner" ] && [ "$owner" != "$MCLU_ID" ] && [ ! -e "\${MCLU_JOB%/*}/$owner/end" ]
}
find_out() {
# it was seen on the target and nowhere else: where it went from there is no matter of this move
if [ -e "$MCLU_JOB/committed" ]; then case $(where_here) in absent) return 1 ;; unknown) return 2 ;; *) return 4 ;; esac; fi
if another; then echo "the job $owner has the guest's name"; return 2; fi
# libvirt was told of no move, or all of it is over: what the guest does is no matter of this move either
if [ ! -e "$MCLU_JOB/committing" ]; then case $(where_there) in unknown) return 3 ;; absent) return 0 ;; *) rm -f "$MCLU_JOB/firmware"; return 0 ;; esac; fi
settle
}
find_out
came=$?
# back here it may have its files again
[ $came -ne 4 ] || but=
case $came in
0) rm -f "$MCLU_JOB/committing"
drop_made || echo "on the target stays: $(left_there)"
if [ -n "$(left_there)" ]; then ends unclear; elif [ "$(where_here)" = absent ]; then ends moved; else ends stayed; fi ;;
1|4)
[ $came -ne 1 ] || start_with_node
# before the manifest names a file: whoever runs this removes what that names, save of a job that came true
: >"$MCLU_JOB/committed" || exit
sync "$MCLU_JOB/committed" "$MCLU_JOB" 2>/dev/null || :
${whereAlone(files, { uri: subject.here, places: imagePlaces }, subject.id)}
rm -f "$MCLU_JOB/volumes" "$MCLU_JOB/firmware"
close_places
if [ -n "$unkept" ]; then ends unclear; elif [ $came -eq 4 ]; then ends stayed; else ends moved; fi ;;
3) [ -z "$(left_there)" ] || echo "on the target, which does not answer, stays: $(left_there)"
if [ -n "$(left_there)" ] || [ -e "$MCLU_JOB/committing" ]; then ends unclear; else ends stayed; fi ;;
*) ends unclear ;;
esac
${forgetControl(subject.id)}
`;
}
