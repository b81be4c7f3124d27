/** Where a driver of libvirt keeps its guests' logs, each as `NAME.log`. */
export interface LogDirectory {
  /** `home`: the path is below `$XDG_CACHE_HOME`, or `~/.cache`, of the user on the node. */
  readonly in: "root" | "home";
  readonly path: string;
}

/** The directory of the logs for a connection URI; null: that driver keeps none, or not on the node itself. */
export function logDirectory(uri: string): LogDirectory | null {
  const [, driver = "", host = "", path = ""] = /^([a-z]+)(?:\+[a-z0-9]+)?:\/\/([^/]*)(\/[^?]*)/.exec(uri) ?? [];
  if (host !== "") return null;
  if (driver === "qemu" && path === "/session") return { in: "home", path: "libvirt/qemu/log" };
  if (driver === "qemu" && path === "/system") return { in: "root", path: "/var/log/libvirt/qemu" };
  if (driver === "lxc") return { in: "root", path: "/var/log/libvirt/lxc" };
  if (driver === "xen") return { in: "root", path: "/var/log/libvirt/libxl" };
  if (driver === "ch") return { in: "root", path: "/var/log/libvirt/ch" };
  return null;
}
