import { readFileSync } from "node:fs";

/** For 32 look-ups of names at once. */
const plenty = 64;
/** libuv's own number. */
const usual = 4;

/** Processes and threads that must be left so that all of `plenty` can start, with what else a process of Node has. */
const room = 128;
/** Processes and threads of one user, who may have others. */
const roomOfUser = 1024;
/** Bytes of addresses; each thread has a stack of 8 MiB, and allocates from an arena of its own. */
const addresses = 4 * 1024 ** 3;
/** Bytes of addresses; Node 20 was seen to end at 0.86 GiB. */
const fewestAddresses = 1024 ** 3;

/**
 * How many threads libuv may have for what blocks. It starts them all at once, and where it may not start one (`ulimit`, a
 * container's `--pids-limit`) it ends the process without a word: so they are few where this is to be expected.
 * @param read the text of a file of the kernel's; undefined where there is none
 */
export function threadsFor(read: (path: string) => string | undefined): number {
  const limits = read("/proc/self/limits") ?? "";
  const isTight =
    softLimit(limits, "Max processes") < roomOfUser ||
    softLimit(limits, "Max address space") < addresses ||
    groupFiles(read("/proc/self/cgroup") ?? "").some((directory) => {
      const most = number(read(`${directory}/pids.max`));
      return most - number(read(`${directory}/pids.current`), 0) < room;
    });
  return isTight ? usual : plenty;
}

/**
 * What to say where there are so few addresses that V8 or a thread may ask for more than there are: Node then ends the
 * process without a word. Undefined where there are enough.
 */
export function scarcity(read: (path: string) => string | undefined): string | undefined {
  const most = softLimit(read("/proc/self/limits") ?? "", "Max address space");
  if (most >= fewestAddresses) return undefined;
  const given = `${Math.floor(most / 1024 ** 2)} MiB of addresses (ulimit -v)`;
  return `warning: ${given} may be too few for Node, which then ends without a word: 2 GiB are enough`;
}

/** A limit of /proc/self/limits. Infinity for `unlimited`, and where the kernel does not say. */
export function softLimit(limits: string, name: string): number {
  return number(
    limits
      .split("\n")
      .find((line) => line.startsWith(`${name} `))
      ?.slice(name.length),
  );
}

/** Where the limits of this process and of all that it is part of stand, as of a container too, which sees its own at the top. */
function groupFiles(groups: string): readonly string[] {
  const places = groups.split("\n").flatMap((line) => {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (path === undefined) return [];
    if (controllers === "") return [`/sys/fs/cgroup${path}`];
    return controllers?.split(",").includes("pids") ? [`/sys/fs/cgroup/pids${path}`] : [];
  });
  return places.flatMap((place) => {
    const above = place.split("/");
    return above.map((_, depth) => above.slice(0, depth + 1).join("/")).filter((path) => path.startsWith("/sys/fs/"));
  });
}

/** The first number of a text, else Infinity, or what is given for it. */
function number(text: string | undefined, otherwise = Number.POSITIVE_INFINITY): number {
  const [, digits] = /^\s*(\d+)/.exec(text ?? "") ?? [];
  return digits === undefined ? otherwise : Number(digits);
}

/** Reads files of the kernel's, each once: what asks twice asks of the same moment. */
export function kernelReader(): (path: string) => string | undefined {
  const texts = new Map<string, string | undefined>();
  return (path) => {
    if (!texts.has(path)) texts.set(path, readKernel(path));
    return texts.get(path);
  };
}

function readKernel(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return undefined;
  }
}
