import type { InventoryReport } from "../operations/inventory.ts";

/** Ansible's INI: https://docs.ansible.com/ansible/latest/inventory_guide/intro_inventory.html */
export function renderInventoryIni({ hosts, groups, parents }: InventoryReport): string {
  const lines = new Map(hosts.map(({ name, line }) => [name, `${name} ${line}`]));
  const sections = [
    ...[...groups].map(([name, members]) => [`[${name}]`, ...members.map((name) => lines.get(name) ?? name)]),
    ...[...parents].map(([name, below]) => [`[${name}:children]`, ...below]),
  ];
  return `${sections.map((section) => section.join("\n")).join("\n\n")}\n`;
}

/** What a dynamic inventory answers to `--list`. */
export function renderInventoryJson({ hosts, groups, parents }: InventoryReport): string {
  const meta = { hostvars: Object.fromEntries(hosts.map(({ name, variables }) => [name, variables])) };
  const below = Object.fromEntries([...groups].map(([name, members]) => [name, { hosts: members }]));
  const above = Object.fromEntries([...parents].map(([name, children]) => [name, { children }]));
  return `${JSON.stringify({ _meta: meta, ...below, ...above }, null, 2)}\n`;
}
