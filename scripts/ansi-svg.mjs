// What stands on a terminal, as a picture: text with SGR sequences in, SVG out. SVG is text, so that a change can be read.

const cell = { width: 8.4, height: 18 };
const margin = 14;
const colours = ["#484f58", "#ff7b72", "#3fb950", "#d29922", "#58a6ff", "#bc8cff", "#39c5cf", "#c9d1d9"];
const bright = ["#8b949e", "#ffa198", "#56d364", "#e3b341", "#79c0ff", "#d2a8ff", "#56d4dd", "#f0f6fc"];
const plain = { colour: "", bold: false, dim: false };

/** @typedef {typeof plain} Look */

/**
 * @param {string} text lines with SGR sequences, as `tmux capture-pane -e` prints them
 * @param {string} title what a reader who does not see it is told
 */
export function ansiToSvg(text, title) {
  const lines = text.replace(/\n+$/, "").split("\n");
  let look = plain;
  const rows = lines.map((line, index) => {
    const [row, after] = styledRow(line, look);
    look = after;
    return row === "" ? "" : `<text y="${margin + index * cell.height + 13}">${row}</text>\n`;
  });
  const columns = Math.max(...lines.map((line) => [...withoutSequences(line)].length));
  const [width, height] = [Math.ceil(columns * cell.width) + 2 * margin, lines.length * cell.height + 2 * margin];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escapeXml(title)}</title>
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="#c9d1d9" xml:space="preserve">
${rows.join("")}</g>
</svg>
`;
}

/**
 * @param {string} line
 * @param {Look} before
 * @returns {[row: string, after: Look]}
 */
function styledRow(line, before) {
  let look = before;
  let column = 0;
  let row = "";
  for (const [, sequence, text] of line.trimEnd().matchAll(/\x1b\[([\d;]*)m|([^\x1b]+)/g)) {
    if (sequence !== undefined) look = (sequence || "0").split(";").map(Number).reduce(changed, look);
    else if (text !== undefined) {
      const length = [...text].length;
      // a place and a width for each piece: the columns stand under each other in whatever font there is
      const place = `x="${round(margin + column * cell.width)}" textLength="${round(length * cell.width)}"`;
      if (text.trim() !== "") row += `<tspan ${place}${attributes(look)}>${escapeXml(text)}</tspan>`;
      column += length;
    }
  }
  return [row, look];
}

/**
 * @param {Look} look
 * @param {number} code
 * @returns {Look}
 */
function changed(look, code) {
  if (code === 0) return plain;
  if (code === 1) return { ...look, bold: true };
  if (code === 2) return { ...look, dim: true };
  if (code === 22) return { ...look, bold: false, dim: false };
  // the background is never changed, but tmux says so too
  if (code === 49) return look;
  if (code === 39) return { ...look, colour: "" };
  const colour = code >= 90 ? bright[code - 90] : code >= 30 && code <= 37 ? colours[code - 30] : undefined;
  if (colour === undefined) throw new Error(`SGR ${code} is not known`);
  return { ...look, colour };
}

/** @param {Look} look */
function attributes({ colour, bold, dim }) {
  const fill = colour && ` fill="${colour}"`;
  return `${fill}${bold ? ' font-weight="bold"' : ""}${dim ? ' fill-opacity="0.6"' : ""}`;
}

/** @param {string} line */
function withoutSequences(line) {
  return line.trimEnd().replaceAll(/\x1b\[[\d;]*m/g, "");
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 10) / 10;
}

/** @param {string} text */
function escapeXml(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
