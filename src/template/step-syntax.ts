/** What stands behind the name of a step. */
export interface StepSyntax {
  /** As libguestfs's manual names it; null: the step stands alone. */
  readonly value: string | null;
  /** How many colons divide the value, at least. */
  readonly colons?: 1 | 2;
  /** The value is a list with commas. */
  readonly list?: true;
  /** The value may begin or end with blanks: it is text of the user's, or a shell reads it. */
  readonly free?: true;
  /** What of the value names a file of this machine: all of it, or what stands before the first colon. */
  readonly local?: "whole" | "head";
  /** The local name may be a directory's. */
  readonly tree?: true;
  /** The value, or what stands behind its first colon, says where a secret or a key comes from. */
  readonly selector?: "password" | "user-password" | "credentials" | "ssh-key" | "pool";
  /** First version of libguestfs that has it, where that is later than 1.48. */
  readonly since?: string;
}

/**
 * The steps of virt-builder and virt-customize: the operations and flags of `generator/customize.ml` in libguestfs 1.48
 * and, marked with their version, later ones. Left out are `commands-from-file`, which libguestfs refuses in a file, and
 * `hostname`, which is what a build gives.
 */
const steps = {
  "append-line": { value: "FILE:LINE", colons: 1, free: true },
  chmod: { value: "PERMISSIONS:FILE", colons: 1 },
  chown: { value: "UID:GID:PATH", colons: 2, since: "1.52" },
  copy: { value: "SOURCE:DEST", colons: 1 },
  "copy-in": { value: "LOCALPATH:REMOTEDIR", colons: 1, local: "head", tree: true },
  delete: { value: "PATH" },
  edit: { value: "FILE:EXPR", colons: 1, free: true },
  firstboot: { value: "SCRIPT", local: "whole" },
  "firstboot-command": { value: "COMMAND", free: true },
  "firstboot-install": { value: "PKG,PKG...", list: true },
  install: { value: "PKG,PKG...", list: true },
  link: { value: "TARGET:LINK", colons: 1 },
  mkdir: { value: "DIR" },
  move: { value: "SOURCE:DEST", colons: 1 },
  "no-logfile": { value: null },
  "no-selinux-relabel": { value: null, since: "1.50" },
  password: { value: "USER:SELECTOR", colons: 1, free: true, selector: "user-password" },
  "password-crypto": { value: "md5|sha256|sha512" },
  "root-password": { value: "SELECTOR", free: true, selector: "password" },
  run: { value: "SCRIPT", local: "whole" },
  "run-command": { value: "COMMAND", free: true },
  scrub: { value: "FILE" },
  "selinux-relabel": { value: null },
  "sm-attach": { value: "SELECTOR", selector: "pool" },
  "sm-credentials": { value: "SELECTOR", free: true, selector: "credentials" },
  "sm-register": { value: null },
  "sm-remove": { value: null },
  "sm-unregister": { value: null },
  "ssh-inject": { value: "USER:SELECTOR", selector: "ssh-key" },
  "tar-in": { value: "TARFILE:REMOTEDIR", colons: 1, local: "head", since: "1.52" },
  timezone: { value: "TIMEZONE" },
  touch: { value: "FILE" },
  truncate: { value: "FILE" },
  "truncate-recursive": { value: "PATH" },
  uninstall: { value: "PKG,PKG...", list: true },
  update: { value: null },
  upload: { value: "FILE:DEST", colons: 1, local: "head" },
  write: { value: "FILE:CONTENT", colons: 1, free: true },
} as const satisfies Readonly<Record<string, StepSyntax>>;

export type StepName = keyof typeof steps;

export const stepNames = Object.keys(steps) as readonly StepName[];

export function isStepName(name: string): name is StepName {
  return Object.hasOwn(steps, name);
}

export function stepSyntax(name: StepName): StepSyntax {
  return steps[name];
}
