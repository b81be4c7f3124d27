import type { Load } from "../../operations/top/load.ts";
import { total } from "../../operations/top/report.ts";
import { renderBar } from "../bar.ts";
import { formatShort } from "../size.ts";
import type { Style } from "../style.ts";

/** What a bar of a rate is full at, bytes a second. */
export interface Scale {
  readonly disk: number;
  readonly network: number;
}

/** How a row is drawn. */
export interface CellStyle {
  readonly scale: Scale;
  readonly style: Style;
  /** A guest takes all of its memory sooner or later: only of a node a full one is worth a colour. */
  readonly isNode: boolean;
}

/** Its texts are as wide as the column, and begin with what parts it from the one before. */
export interface TopColumn {
  readonly heading: string;
  readonly width: number;
  cell(load: Load, how: CellStyle): string;
}

/** How much is shown: widths of bars, 0 for none, and whether both numbers of a pair are. */
interface Richness {
  /** Columns that names get at least, where they are so long. */
  readonly names: number;
  readonly gap: number;
  readonly bar: number;
  readonly rateBar: number;
  readonly memoryTotal: boolean;
  readonly directions: boolean;
  readonly rates: boolean;
}

/** What is shown where nothing else fits. */
const least: Richness = {
  ...{ names: 0, gap: 1, bar: 0, rateBar: 0 },
  ...{ memoryTotal: false, directions: false, rates: false },
};

/** From the richest down. */
const richnesses: readonly Richness[] = [
  { names: 20, gap: 2, bar: 22, rateBar: 12, memoryTotal: true, directions: true, rates: true },
  { names: 20, gap: 2, bar: 10, rateBar: 0, memoryTotal: true, directions: true, rates: true },
  { names: 20, gap: 2, bar: 10, rateBar: 0, memoryTotal: false, directions: false, rates: true },
  { names: 12, gap: 1, bar: 0, rateBar: 0, memoryTotal: false, directions: false, rates: true },
];

/** The richest columns that leave names their room on a screen of this width. */
export function columnsFor(screen: number, longestName: number): readonly TopColumn[] {
  const fits = (richness: Richness) => {
    const columns = columnsOf(richness);
    return widthOf(columns) + Math.min(richness.names, longestName) <= screen ? [columns] : [];
  };
  return richnesses.flatMap(fits)[0] ?? columnsOf(least);
}

/** Of all columns. */
export function widthOf(columns: readonly TopColumn[]): number {
  return columns.reduce((sum, { width }) => sum + width, 0);
}

function columnsOf({ gap, bar, rateBar, memoryTotal, directions, rates }: Richness): readonly TopColumn[] {
  const flow = (one: number | null, other: number | null, full: number) => {
    const sum = total(one, other);
    const text = directions ? `${short(one)} ${short(other)}` : short(sum);
    return { text, part: sum === null ? null : sum / full, isCalm: true };
  };
  const width = directions ? 11 : 5;
  const cpu = column({ title: "CPU", gap, bar, width: 8 }, ({ cpu, cpus }) => ({
    text: cpuText(cpu, cpus),
    part: cpu === null || !cpus ? null : cpu / cpus,
  }));
  const memory = column(
    { title: memoryTotal ? "MEMORY" : "MEM", gap, bar, width: memoryTotal ? 11 : 5 },
    ({ memory: { used, total } }, { isNode }) => ({
      text: memoryTotal ? `${formatShort(used)}/${formatShort(total)}` : formatShort(used),
      part: used === null || !total ? null : used / total,
      isCalm: !isNode,
    }),
  );
  const disk = column(
    { title: directions ? " READ WRITE" : "DISK", gap, bar: rateBar, width },
    ({ disk: { read, written } }, { scale }) => flow(read, written, scale.disk),
  );
  const network = column(
    { title: directions ? " RECV  SENT" : "NET", gap, bar: rateBar, width },
    ({ network: { received, sent } }, { scale }) => flow(received, sent, scale.network),
  );
  return rates ? [cpu, memory, disk, network] : [cpu, memory];
}

interface Shape {
  readonly title: string;
  readonly gap: number;
  readonly bar: number;
  /** Of the text behind the bar. */
  readonly width: number;
}

/** @param show its `isCalm`: however much it is, there is nothing to warn of */
function column(
  { title, gap, bar, width }: Shape,
  show: (
    load: Load,
    how: CellStyle,
  ) => { readonly text: string; readonly part: number | null; readonly isCalm?: boolean },
): TopColumn {
  const space = " ".repeat(gap);
  const whole = bar === 0 ? width : bar + 1 + width;
  return {
    heading: space + title.padStart(whole),
    width: gap + whole,
    cell(load, how) {
      const { text, part, isCalm = false } = show(load, how);
      if (bar === 0) return space + text.padStart(width);
      const drawn = part === null ? " ".repeat(bar) : levelStyle(isCalm ? 0 : part, how.style)(renderBar(part, bar));
      return `${space}${drawn} ${text.padStart(width)}`;
    },
  };
}

function levelStyle(part: number, style: Style): (text: string) => string {
  if (part >= 0.9) return style.failed;
  return part >= 0.7 ? style.warn : style.on;
}

function short(bytes: number | null): string {
  return formatShort(bytes).padStart(5);
}

/** `1.50/4`, in at most eight characters up to 999 CPUs. */
function cpuText(cpu: number | null, cpus: number | null): string {
  if (cpu === null) return "-";
  return `${cpu.toFixed(cpu < 10 ? 2 : cpu < 100 ? 1 : 0)}/${cpus ?? "-"}`;
}
