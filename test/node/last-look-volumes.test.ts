import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { lastLookFunctions } from "../../src/node/last-look.ts";
import { limitFunction } from "../../src/node/script.ts";
import { asNobody } from "../support/as-nobody.ts";
import { temporaryDirectory } from "../support/run-mclu.ts";
import { testUuid } from "../support/test-driver.ts";

const isRoot = process.getuid?.() === 0;
/** Of a directory that everybody but its owner may enter and not list, as Debian's is. */
const closed = isRoot ? 0o711 : 0o311;

/** A program for the PATH of somebody who may only what everybody may. */
function program(directory: string, name: string, script: string) {
  writeFileSync(join(directory, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

/** A pool with a base and an overlay that nobody but root and libvirt may read, which lists these volumes. */
function pool(mode: number, fileSystem: string, listed: readonly string[]) {
  const above = temporaryDirectory();
  const [directory, read, bin] = ["pool", "read", "bin"].map((name) => join(above, name)) as [string, string, string];
  for (const path of [directory, read, bin]) mkdirSync(path);
  const [base, over] = [join(directory, "base"), join(directory, "over")];
  execFileSync("qemu-img", ["create", "-q", "-f", "qcow2", base, "1M"]);
  execFileSync("qemu-img", ["create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", base, over]);
  for (const name of readdirSync(directory)) {
    copyFileSync(join(directory, name), join(read, name));
    chmodSync(join(directory, name), 0);
  }
  const volumes = listed.map((name) => `printf ' %s   %s\\n' ${name} ${directory}/${name}`).join("\n");
  program(
    bin,
    "virsh",
    `for word; do case $word in
pool-list) echo ${testUuid(1)}; exit ;;
pool-dumpxml) echo "  <path>${directory}</path>"; exit ;;
pool-refresh) exit ;;
vol-list) ${volumes === "" ? ":" : volumes}
exit ;;
*vol-download*) echo "$word" | tr ';' '\\n' | sed -n "s/.*--vol '*\\([a-z]*\\)'* --file \\([0-9]*\\) .*/\\1 \\2/p" |
while read -r name number; do cp ${read}/$name $number; done; exit ;;
esac; done
exit 1`,
  );
  program(bin, "stat", `case $1 in -f) echo ${fileSystem} ;; *) exec /usr/bin/stat "$@" ;; esac`);
  for (const path of [above, bin]) chmodSync(path, 0o755);
  chmodSync(directory, mode);
  // a run's own TMPDIR is not nobody's
  const script = `PATH=${bin}:$PATH TMPDIR=/tmp mclu_cap=20 mclu_uri=qemu:///system\n${limitFunction}
mclu_virsh() { mclu_limit virsh -q -c "$mclu_uri" "$@" 2>&1; }\n${lastLookFunctions}mclu_based "$@" && echo free`;
  const based = (file: string) => asNobody("sh", ["-c", script, "mclu", file, directory]).trim();
  return { directory, base, over, based };
}

it("what is based on a file in a directory that cannot be listed is told by libvirt", () => {
  const { base, over, based } = pool(closed, "ext2/ext3", ["base", "over"]);
  expect(based(base)).toBe(`${over} is based on it by now`);
  expect(based(over)).toBe("free");
});

it.each(["nfs", "SMB2", "fuseblk", "UNKNOWN (0x1)"])(
  "libvirt's list of a directory on %s is not taken for whole",
  (far) => {
    // libvirt may not open the overlay, and does not list it
    const { base, based, directory } = pool(closed, `'${far}'`, ["base"]);
    expect(based(base)).toBe(`${directory} cannot be listed: nobody can tell what is based on it there`);
  },
);

it.each(["ext2/ext3", "nfs"])(
  "what libvirt leaves out of a directory on %s that can be listed is not forgotten",
  (type) => {
    const whole = pool(0o755, type, ["base", "over"]);
    expect(whole.based(whole.base)).toBe(`${whole.over} is based on it by now`);
    expect(whole.based(whole.over)).toBe("free");
    const { base, over, based } = pool(0o755, type, ["base"]);
    expect(based(base)).toBe(`${over} may be based on it by now, and cannot be read`);
  },
);
