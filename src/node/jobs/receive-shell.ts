import { quote } from "../shell.ts";
import { jobShell } from "./job-shell.ts";
import type { Measured } from "./upload.ts";
import { uploadShell } from "./upload-shell.ts";

/**
 * For `sh` with the items' bytes on stdin: receives a job, checks it and starts it. Its answer is one line: `started` (where
 * its process is there, though it may have come to nothing yet), or `failed`, `corrupt` or `taken` with a tab and what.
 * @param from bytes that an upload which was cut off had brought; undefined: there was none
 */
export function receiveShell(id: string, items: readonly Measured[], from: number | undefined): string {
  const total = items.reduce((sum, { size }) => sum + size, 0);
  let offset = 1;
  const takes = items.map(({ name, size, sha256 }) => {
    const line = `take ${quote(name)} ${offset} ${size} ${sha256}`;
    offset += size;
    return line;
  });
  // each piece that arrives makes the directory young again; pieces have names of their own, since what received them
  // before may still be at its last one
  return `${jobShell}${uploadShell}LC_ALL=C
mclu_open jobs make
new=$mclu_dir/${id}
give_up() { rm -rf "$new"; printf '%s\\t%s\\n' "$1" "$2"; exit 0; }
${from === undefined ? begin : resume(from)}
mclu_process $$
echo "$mclu_this_boot $$ $mclu_p_start" >uploader-tmp && mv -f uploader-tmp uploader && : >>blob || give_up failed 'there is no room for it'
while head -c 1048576 >piece.$$ && [ -s piece.$$ ]; do cat piece.$$ >>blob && touch . || give_up failed 'there is no room for it'; done
rm -f piece.*
[ "$(stat -c %s blob)" = ${total} ] || give_up failed 'not all of it arrived'
take() {
tail -c +"$2" blob | head -c "$3" >"$1" || give_up failed "$1 cannot be written"
[ "$(sha256sum <"$1")" = "$4  -" ] || give_up corrupt "$1"
}
${takes.join("\n")}
rm blob
if mclu_mine reservation && read -r key <reservation; then
names=\${mclu_dir%/jobs}/names owner=
( flock 9; read -r owner rest <"$names/$key/owner" && [ "$owner" = ${id} ] ) 2>/dev/null 9>"$names/.lock" || give_up taken
fi
head -c 65536 /dev/zero >room && date +%s >started || give_up failed 'there is no room for it'
MCLU_JOB=$new setsid nice -n 5 sh "$new/run" "$new" </dev/null >/dev/null 2>&1 &
job=$! count=0
until [ -e process ] || [ $count -ge 200 ]; do
count=$((count + 1)); sleep 0.05
done
[ -e process ] || { mclu_process $job && [ "$mclu_p_state" != Z ]; } || give_up failed 'it does not begin'
echo started`;
}

const begin = `mkdir -m 700 "$new" || { printf 'failed\\t%s\\n' "$new cannot be made"; exit 0; }
cd "$new" && mkdir files || give_up failed 'it cannot be entered'`;

function resume(from: number): string {
  return `cd "$new" && mclu_cut_off "$new" && [ "$(stat -c %s blob)" = ${from} ] || { printf 'failed\\tits upload changed meanwhile\\n'; exit 0; }
mkdir -p files`;
}
