import { StringDecoder } from "node:string_decoder";
import type { Cluster } from "../cluster/cluster.ts";
import { paced } from "../operations/paced.ts";
import type { ScreenTerminal } from "../operations/raw-terminal.ts";
import { guestFilter } from "../operations/top/guest-filter.ts";
import type { NodeNow } from "../operations/top/observer.ts";
import { topReport } from "../operations/top/report.ts";
import { watchLoads } from "../operations/top/watch-loads.ts";
import type { Style } from "../render/style.ts";
import { renderFrame } from "../render/top/frame.ts";
import { keysIn } from "../render/top/keys.ts";
import { createPainter } from "../render/top/painter.ts";
import { pressKey, type TopView } from "../render/top/view.ts";

export interface TopScreenOptions {
  /** Node names and @groups; none: every node. */
  readonly nodes: readonly string[];
  /** From one look at a node to the next. */
  readonly seconds: number;
  readonly view: TopView;
  readonly style: Style;
  readonly signal: AbortSignal;
}

/** Milliseconds after which ages are drawn anew, whatever nodes say. */
const clockPace = 1000;

/** Shows nodes and guests on the whole screen until the user leaves; false where that was by Ctrl-C or the signal. */
export async function showTop(cluster: Cluster, screen: ScreenTerminal, options: TopScreenOptions): Promise<boolean> {
  const end = new AbortController();
  const stop = () => end.abort();
  let left = false;
  const drawing = createDrawing(cluster, screen, options, end.signal);
  const decoder = new StringDecoder("utf8");
  const press = (key: string) => {
    const next = pressKey(drawing.view, key);
    if (typeof next !== "string") drawing.look(next);
    else if (next === "suspend") screen.suspend();
    else if (next === "redraw") drawing.renew();
    else {
      left ||= next === "quit" && !end.signal.aborted;
      stop();
    }
  };
  const onKeys = (bytes: Buffer) => {
    for (const key of keysIn(decoder.write(bytes))) press(key);
    drawing.request();
  };
  const undo = [screen.onResize(drawing.renew), screen.onResume(drawing.renew)];
  const clock = setInterval(drawing.request, clockPace);
  options.signal.addEventListener("abort", stop, { once: true });
  if (options.signal.aborted) stop();
  screen.keys.on("data", onKeys);
  try {
    await watchLoads(cluster, { ...options, signal: end.signal, onNode: drawing.take });
  } finally {
    // nothing is drawn on a screen that is no longer ours
    stop();
    drawing.stop();
    clearInterval(clock);
    for (const each of undo) each();
    screen.keys.off("data", onKeys).pause();
    options.signal.removeEventListener("abort", stop);
  }
  return left;
}

/** What is on the screen, and what it is made of. */
function createDrawing(
  cluster: Cluster,
  screen: ScreenTerminal,
  { view: first, seconds, style }: TopScreenOptions,
  signal: AbortSignal,
) {
  const nodes = new Map<string, NodeNow>();
  const groups = new Map(cluster.nodes.map(({ name, settings }) => [name, settings.groups]));
  const painter = createPainter();
  let view = first;
  let isBusy = false;
  const draw = () => {
    // a terminal that takes nothing (Ctrl-S) gets the newest picture when it does again
    if (isBusy || signal.aborted) return;
    const filter = guestFilter(view.filter, (node) => groups.get(node) ?? []);
    const all = [...nodes.values()];
    const guests = all.reduce((sum, { known }) => sum + known.length, 0);
    const { columns, rows } = screen.size;
    const now = Math.floor(Date.now() / 1000);
    const report = topReport(all, { ...view, filter });
    const frame = renderFrame(report, view, { size: { columns, rows }, style, now, seconds, guests });
    view = { ...view, offset: frame.offset };
    const bytes = painter.paint(frame.lines);
    const written = bytes === "" ? undefined : screen.write(Buffer.from(bytes));
    isBusy = written !== undefined;
    written?.then(() => {
      isBusy = false;
      request();
    });
  };
  const pace = paced(draw);
  const request = () => pace.request();
  return {
    get view() {
      return view;
    },
    look(next: TopView): void {
      view = next;
    },
    take(now: NodeNow): void {
      nodes.set(now.node, now);
      request();
    },
    request,
    renew(): void {
      painter.forget();
      request();
    },
    stop: pace.stop,
  };
}
