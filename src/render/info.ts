import type { DiskInfo, GuestInfo, Hardware, InterfaceInfo, SnapshotInfo } from "../operations/guest-info.ts";
import type { InfoReport } from "../operations/info.ts";
import { clean, cleanLines } from "./clean.ts";
import { placeText } from "./disk-place.ts";
import { formatBytes } from "./size.ts";
import { stateStyle } from "./state.ts";
import type { Style } from "./style.ts";
import { type Column, renderFields, renderTable } from "./table.ts";
import { formatTime } from "./time.ts";

type Field = readonly [label: string, value: string];

/** What is known of guests, for people: a block each. */
export function renderInfo(report: InfoReport, style: Style): string {
  return report.guests.map((guest) => renderGuest(guest, style)).join("\n");
}

function renderGuest(guest: GuestInfo, style: Style): string {
  const sections = [
    renderFields([...general(guest, style), ...(guest.hardware ? devices(guest.hardware) : [])], style),
    section(diskRows(guest.disks ?? []), diskColumns, style),
    section(guest.interfaces?.flatMap(interfaceRows) ?? [], interfaceColumns, style),
    guest.noAddress === null ? "" : `${style.dim(`no address: ${clean(guest.noAddress)}`)}\n`,
    section(guest.snapshots, snapshotColumns, style),
  ];
  const body = sections.filter((text) => text !== "").map((text) => indent(text));
  return `${style.name(clean(`${guest.node}/${guest.name}`))}\n${body.join("\n")}`;
}

function section<Row>(rows: readonly Row[], columns: readonly Column<Row>[], style: Style): string {
  return rows.length === 0 ? "" : renderTable(rows, columns, { header: true, style });
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, "  ");
}

function general(guest: GuestInfo, style: Style): Field[] {
  const { memory, vcpus, state, stateReason, hardware } = guest;
  const reason = stateReason === null ? "" : ` (${clean(stateReason)})`;
  const upTo = (current: unknown, maximum: unknown, text: string) => (current === maximum ? [] : [`at most ${text}`]);
  const resident = memory.resident === null ? [] : [`${formatBytes(memory.resident)} resident on the node`];
  return [
    ["state", `${stateStyle(state, style)(state ?? "unknown")}${reason}`],
    ...optional("problem", guest.problem, (text) => style.failed(clean(text))),
    ["uuid", guest.uuid],
    ...optional("title", hardware?.title),
    ...optional("description", hardware?.description, cleanLines),
    [
      "vcpus",
      withNotes(String(vcpus.current ?? "-"), upTo(vcpus.current, vcpus.maximum, String(vcpus.maximum ?? "-"))),
    ],
    [
      "memory",
      withNotes(formatBytes(memory.current), [
        ...upTo(memory.current, memory.maximum, formatBytes(memory.maximum)),
        ...resident,
      ]),
    ],
    ...(guest.cpuTime === null ? [] : [["cpu time", formatCpuTime(guest.cpuTime)] as const]),
    ["autostart", yesNo(guest.autostart)],
    ...(guest.persistent === true ? [] : [["persistent", yesNo(guest.persistent)] as const]),
    ...(guest.managedSave === true ? [["managed save", style.warn("yes: start resumes it")] as const] : []),
  ];
}

function devices(hardware: Hardware): Field[] {
  const { agent, tpm, metadata } = hardware;
  const machine = [hardware.machine, hardware.arch, hardware.type, hardware.firmware === "efi" ? "UEFI" : null];
  return [
    ["machine", machine.flatMap((text) => (text ? [clean(text)] : [])).join(", ") || "-"],
    ...optional("cpu", hardware.cpu),
    ...optional("boot", hardware.boot.join(", ")),
    ...optional("nvram", hardware.nvram),
    ...(tpm ? [["tpm", [tpm.model, tpm.version].map((text) => clean(text ?? "-")).join(" ")] as const] : []),
    ["agent", agent === null ? "no channel" : agent.connected ? "connected" : "not connected"],
    ...optional("graphics", hardware.graphics.map(graphicsText).join("\n"), cleanLines),
    ...optional("console", consoleTexts(hardware).join("\n"), cleanLines),
    ...optional("host devices", hardware.hostDevices.join("\n"), cleanLines),
    ...optional(
      "filesystems",
      hardware.filesystems.map(({ source, target }) => `${source ?? "-"} as ${target ?? "-"}`).join("\n"),
      cleanLines,
    ),
    ...optional("os", hardware.os),
    ...optional(
      "metadata",
      metadata
        .filter(({ fields }) => fields.os === undefined)
        .map(metadataText)
        .join("\n"),
      cleanLines,
    ),
  ];
}

function optional(label: string, value: string | null | undefined, show: (text: string) => string = clean): Field[] {
  return value ? [[label, show(value)]] : [];
}

function withNotes(text: string, notes: readonly string[]): string {
  return notes.length === 0 ? text : `${text} (${notes.join(", ")})`;
}

function yesNo(value: boolean | null): string {
  return value === null ? "-" : value ? "yes" : "no";
}

function formatCpuTime(seconds: number): string {
  if (seconds < 120) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function graphicsText({ type, port, listen, socket, autoport }: Hardware["graphics"][number]): string {
  if (socket !== null) return `${type} ${socket}`;
  if (port === null) return autoport ? `${type}, port chosen at start` : `${type}, no port`;
  return `${type} ${listen?.includes(":") ? `[${listen}]` : (listen ?? "")}:${port}`;
}

function consoleTexts({ consoles }: Hardware): string[] {
  // libvirt shows the first serial port a second time, as the console
  const serial = consoles.filter(({ kind }) => kind === "serial");
  const own = consoles.filter(({ kind, target }) => kind === "serial" || serial.length === 0 || target !== "serial");
  return own.map(({ kind, port, type, path }) => [kind, port, type, path].filter((part) => part !== null).join(" "));
}

function metadataText({ name, namespace, fields }: Hardware["metadata"][number]): string {
  const pairs = Object.entries(fields).map(([key, value]) => `${key}=${value}`);
  return [name, ...(pairs.length > 0 ? pairs : [namespace])].join(" ");
}

type DiskRow =
  | { readonly disk: DiskInfo; readonly below?: undefined }
  | { readonly disk: DiskInfo; readonly below: NonNullable<DiskInfo["backing"]>[number] };

function diskRows(disks: readonly DiskInfo[]): DiskRow[] {
  return disks.flatMap((disk) => [{ disk }, ...(disk.backing ?? []).map((below) => ({ disk, below }))]);
}

const diskColumns: readonly Column<DiskRow>[] = [
  { name: "disk", value: ({ disk }) => disk.target, text: ({ disk, below }) => (below ? "" : disk.target) },
  { name: "bus", value: ({ disk }) => disk.bus, text: ({ disk, below }) => (below ? "" : (disk.bus ?? "-")) },
  { name: "device", value: ({ disk }) => disk.device, text: ({ disk, below }) => (below ? "" : diskKind(disk)) },
  { name: "format", value: ({ disk, below }) => (below ?? disk).format },
  {
    name: "size",
    value: ({ disk }) => disk.capacity,
    text: ({ disk, below }) => (below ? "" : formatBytes(disk.capacity)),
    align: "right",
  },
  {
    name: "used",
    value: ({ disk }) => disk.allocation,
    text: ({ disk, below }) => formatBytes((below ?? disk).allocation),
    align: "right",
  },
  {
    name: "source",
    value: ({ disk }) => disk.source,
    text: ({ disk, below }) =>
      below ? `over ${below.file}` : (placeText(disk) ?? (disk.type === "file" ? "(empty)" : "-")),
  },
];

function diskKind(disk: DiskInfo): string {
  const notes = [
    ...(disk.readonly && disk.device !== "cdrom" ? ["read-only"] : []),
    ...(disk.shareable ? ["shared"] : []),
  ];
  return withNotes(disk.device, notes);
}

interface InterfaceRow {
  readonly card: InterfaceInfo;
  readonly first: boolean;
  readonly address: InterfaceInfo["addresses"][number] | undefined;
}

function interfaceRows(card: InterfaceInfo): InterfaceRow[] {
  const [first, ...more] = card.addresses;
  return [{ card, first: true, address: first }, ...more.map((address) => ({ card, first: false, address }))];
}

const onFirst = (text: (card: InterfaceInfo) => string | null) => ({
  value: ({ card }: InterfaceRow) => text(card),
  text: ({ card, first }: InterfaceRow) => (first ? (text(card) ?? "-") : ""),
});

const interfaceColumns: readonly Column<InterfaceRow>[] = [
  { name: "mac", ...onFirst(({ mac }) => mac) },
  { name: "network", ...onFirst(({ type, source }) => (source === null ? type : `${type} ${source}`)) },
  { name: "model", ...onFirst(({ model, link }) => (link === "down" ? `${model ?? "-"} (link down)` : model)) },
  { name: "target", ...onFirst(({ target }) => target) },
  {
    name: "address",
    value: ({ address }) => address?.address ?? null,
    text: ({ address }) => (address ? `${address.address}${address.prefix === null ? "" : `/${address.prefix}`}` : "-"),
  },
  {
    name: "known by",
    value: ({ address }) => address?.source ?? null,
    text: ({ address }) => (address ? sourceText(address.source) : "-"),
  },
];

/** Who knew an address; the ARP table's is not knowledge. */
export function sourceText(source: "agent" | "lease" | "arp"): string {
  return source === "arp" ? "arp (a guess)" : source;
}

const snapshotColumns: readonly Column<SnapshotInfo>[] = [
  { name: "snapshot", value: ({ name }) => name, text: ({ name, current }) => (current ? `${name} (current)` : name) },
  { name: "created", value: ({ created }) => created, text: ({ created }) => formatTime(created) },
  { name: "state", value: ({ state }) => state },
  { name: "kind", value: ({ kind, memory }) => (kind && memory ? `${kind}, with memory` : kind) },
  { name: "parent", value: ({ parent }) => parent },
];
