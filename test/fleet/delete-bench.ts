import { afterAll, beforeAll, expect } from "vitest";
import { parseDocument } from "../support/json-schema.ts";
import { type Fleet, type FleetGuest, type FleetOptions, startFleet } from "./fleet.ts";
import { type FleetUser, type FleetUserOptions, fleetUser } from "./fleet-user.ts";

export const images = "/var/lib/libvirt/images";
export const virsh = "virsh -q -c qemu:///system";

interface FileFate {
  readonly what: string;
  readonly path: string | null;
  readonly fate: string;
  readonly reason: string | null;
}

interface Plan {
  readonly targets: readonly {
    readonly name: string;
    readonly verdict: string;
    readonly files?: readonly FileFate[];
  }[];
}

/** The nodes of a test file, and one who deletes guests there. */
export function deleteBench(options: FleetOptions, login: FleetUserOptions = {}) {
  let fleet: Fleet;
  let user: FleetUser;
  beforeAll(async () => {
    fleet = await startFleet(options);
    user = await fleetUser(fleet, login);
  });
  afterAll(async () => await fleet?.down());

  const on = (node: string, script: string) => fleet.node(node).enter(script);
  /** Removes what an earlier try of a test left. */
  const forget = async (node: string, name: string) => {
    const lines = (await on(node, `${virsh} list --all --uuid --name`)).split("\n");
    const uuid = lines.find((line) => line.slice(37) === name)?.slice(0, 36);
    if (uuid !== undefined)
      await on(
        node,
        `${virsh} destroy ${uuid} >/dev/null 2>&1
${virsh} undefine ${uuid} --managed-save --snapshots-metadata --checkpoints-metadata --nvram --tpm >/dev/null`,
      );
  };
  const plan = async (guest: string, ...flags: string[]): Promise<readonly FileFate[]> => {
    const run = await user.mclu(["delete", "--dry-run", "-o", "json", ...flags, guest]);
    const [target] = parseDocument<Plan>(run.stdout).targets;
    return target?.files ?? [];
  };
  return {
    fleet: () => fleet,
    user: () => user,
    on,
    plan,
    /** Path, fate and reason of every file of a guest's plan. */
    fates: async (guest: string, ...flags: string[]) =>
      (await plan(guest, ...flags)).flatMap(({ path, fate, reason }) => (path === null ? [] : [[path, fate, reason]])),
    remove: (guest: string, ...flags: string[]) => user.mclu(["delete", "-y", ...flags, guest]),
    define: async (node: string, name: string, start = false): Promise<FleetGuest> => {
      await forget(node, name);
      const [guest] = await fleet.define(node, [name], { start });
      if (!guest) throw new Error("the fleet defined no guest");
      return guest;
    },
    /** A guest that is put together by hand; one that an earlier try left is replaced. */
    defineXml: async (node: string, name: string, devices: string, os?: string) => {
      await forget(node, name);
      await on(node, `${virsh} define /dev/stdin <<'X'\n${guestXml(name, devices, os)}\nX`);
    },
    /** An image of 1 MiB in the pool of the images' directory. */
    image: (node: string, name: string, ...create: string[]) =>
      on(node, `qemu-img create -q -f qcow2 ${create.join(" ")} ${images}/${name} 1M && ${virsh} pool-refresh default`),
    /** Expects which of these files are there. */
    expectFiles: async (node: string, files: Readonly<Record<string, boolean>>) => {
      const paths = Object.keys(files);
      const text = await on(
        node,
        paths.map((path) => `if [ -e '${path}' ]; then echo true; else echo false; fi`).join("\n"),
      );
      const found = text.trim().split("\n");
      expect(Object.fromEntries(paths.map((path, index) => [path, found[index] === "true"]))).toEqual(files);
    },
    forget,
    guests: async (node: string) => (await on(node, `${virsh} list --all --name`)).split("\n"),
  };
}

/** The least that libvirt takes for a guest, and these devices. */
export function guestXml(name: string, devices: string, os = "<os><type>hvm</type></os>"): string {
  return `<domain type='qemu'><name>${name}</name><memory unit='MiB'>32</memory>${os}<devices>${devices}</devices></domain>`;
}

export function diskXml(path: string, target: string, inner = "", format = "qcow2"): string {
  return `<disk type='file' device='disk'><driver name='qemu' type='${format}'/><source file='${path}'/><target dev='${target}' bus='virtio'/>${inner}</disk>`;
}
