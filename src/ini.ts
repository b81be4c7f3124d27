import { unsafe } from "ini";

/** One line of a section. */
export interface IniEntry {
  readonly key: string;
  /** Always text, never a coerced true, false or null; undefined where the key stands alone, without `=`. */
  readonly value: string | undefined;
  readonly line: number;
}

export interface IniSection {
  /** Whole, dots included: `node.host0.example.jp`. */
  readonly name: string;
  readonly line: number;
  readonly entries: readonly IniEntry[];
}

export interface IniProblem {
  /** From 1. */
  readonly line: number;
  /** What is wrong and what was likely meant. */
  readonly text: string;
}

export interface IniFile {
  readonly sections: readonly IniSection[];
  /** In the order of the lines; nothing that has a problem is among the sections' entries. */
  readonly problems: readonly IniProblem[];
}

type Line =
  | { readonly kind: "blank" }
  | { readonly kind: "header"; readonly name: string; readonly problem?: string }
  | { readonly kind: "entry"; readonly key: string; readonly value: string | undefined }
  | { readonly kind: "broken"; readonly problem: string };

/**
 * Reads INI with the line of everything. The `ini` package decides what a value is (quotes, escapes, comments); lines
 * are ours, because its `parse` splits section names at dots, takes an unclosed header or one with a comment behind it
 * for a key, lets the last duplicate win and cannot say on which line any of that was.
 */
export function readIni(text: string): IniFile {
  const lines = text.replace(/^\ufeff/, "").split(/\r\n|[\r\n]/);
  const binary = lines.findIndex((line) => line.includes("\0"));
  if (binary >= 0) {
    const problem = "a NUL byte: this is not plain text (if it is UTF-16, save it as UTF-8)";
    return { sections: [], problems: [{ line: binary + 1, text: problem }] };
  }
  const reader = new SectionReader();
  for (const [index, line] of lines.entries()) reader.read(readLine(line.trim()), index + 1);
  return reader;
}

/** A value as this reader gives it back: `;` and `#` begin comments, quotes and backslashes mean something. */
export function formatIniValue(text: string): string {
  return /[;#"'\\]|^\s|\s$/.test(text) ? JSON.stringify(text) : text;
}

interface OpenSection {
  readonly section: IniSection & { readonly entries: IniEntry[] };
  /** Of its keys. */
  readonly lines: Map<string, number>;
}

class SectionReader implements IniFile {
  readonly sections: IniSection[] = [];
  readonly problems: IniProblem[] = [];
  // a search for every line would make a long file quadratic
  readonly #byName = new Map<string, OpenSection>();
  #current: OpenSection | undefined;
  #homeless = false;

  read(found: Line, line: number): void {
    switch (found.kind) {
      case "blank":
        return;
      case "broken":
        this.problems.push({ line, text: found.problem });
        return;
      case "header":
        if (found.problem !== undefined) this.problems.push({ line, text: found.problem });
        this.#open(found.name, line);
        return;
      case "entry":
        this.#add({ key: found.key, value: found.value, line });
    }
  }

  #open(name: string, line: number): void {
    const first = this.#byName.get(name);
    if (first)
      this.problems.push({ line, text: `section [${name}] is there twice: it began on line ${first.section.line}` });
    this.#current = first ?? { section: { name, line, entries: [] }, lines: new Map() };
    if (first) return;
    this.sections.push(this.#current.section);
    this.#byName.set(name, this.#current);
  }

  #add(entry: IniEntry): void {
    const current = this.#current;
    if (!current) {
      // once is enough: the lines that follow it have the same cause
      if (!this.#homeless)
        this.problems.push({ line: entry.line, text: `"${entry.key}" stands before the first [section] header` });
      this.#homeless = true;
      return;
    }
    const first = current.lines.get(entry.key);
    if (first !== undefined) {
      const text = `"${entry.key}" is given twice in [${current.section.name}]: first on line ${first}`;
      this.problems.push({ line: entry.line, text });
      return;
    }
    current.section.entries.push(entry);
    current.lines.set(entry.key, entry.line);
  }
}

/** Characters; a program that is given a longer word may not even start. */
const longestLine = 10_000;

function readLine(line: string): Line {
  if (line.length > longestLine)
    return { kind: "broken", problem: `a line of ${line.length} characters: at most ${longestLine} are read` };
  if (line === "" || /^[;#]/.test(line)) return { kind: "blank" };
  const strange = strangeCharacter(line);
  if (strange !== undefined) return { kind: "broken", problem: strange };
  return line.startsWith("[") ? readHeader(line) : readEntry(line);
}

function readHeader(line: string): Line {
  const [, closed, rest = ""] = /^\[([^\]]*)\]\s*(.*)$/s.exec(line) ?? [];
  const name = (closed ?? line.slice(1).split(/[;#]/, 1)[0] ?? "").trim();
  if (name === "") return { kind: "broken", problem: "a section header without a name" };
  if (closed === undefined) return { kind: "header", name, problem: `an unclosed section header: write [${name}]` };
  if (rest === "" || /^[;#]/.test(rest)) return { kind: "header", name };
  return { kind: "header", name, problem: `"${rest}" stands behind the section header: give it a line of its own` };
}

function readEntry(line: string): Line {
  // an `=` inside a comment is no separator: `ham0 ; was = 10.0.0.1`
  const [, key = "", equals, raw = ""] = /^([^=;#]*)(?:(=)(.*)|[;#].*)?$/s.exec(line) ?? [];
  if (key.trim() === "") return { kind: "broken", problem: 'nothing stands before the "="' };
  if (equals === undefined) {
    const problem = gluedComment(line);
    return problem === undefined ? { kind: "entry", key: key.trim(), value: undefined } : { kind: "broken", problem };
  }
  return readValue(key.trim(), raw.trim());
}

function readValue(key: string, raw: string): Line {
  if (/^["']/.test(raw)) {
    const [, quoted] = /^("(?:[^"\\]|\\.)*"|'[^']*')\s*(?:[;#].*)?$/s.exec(raw) ?? [];
    if (quoted === undefined)
      return { kind: "broken", problem: `${key}: the value begins with a quote that does not end it` };
    // single quotes take everything as it is; the package would make a number of '007' and a boolean of 'true'
    const value = quoted.startsWith("'") ? quoted.slice(1, -1) : unsafe(quoted);
    // what JSON cannot read inside double quotes comes back as it was
    if (value === quoted)
      return { kind: "broken", problem: `${key}: cannot read ${quoted}: an unknown escape (single quotes have none)` };
    const strange = strangeCharacter(value);
    return strange === undefined ? { kind: "entry", key, value } : { kind: "broken", problem: `${key}: ${strange}` };
  }
  const problem = gluedComment(raw);
  return problem === undefined
    ? { kind: "entry", key, value: unsafe(raw) }
    : { kind: "broken", problem: `${key}: ${problem}` };
}

/** `a#b` is cut to `a` by the package: nobody who wrote a path or a URL meant that. */
function gluedComment(text: string): string | undefined {
  const [, sign] = /^(?:\\.|[^;#\\])*(?:\\.|[^\s;#\\])([;#])/s.exec(text) ?? [];
  if (sign === undefined) return undefined;
  return `"${sign}" begins a comment: put the value in quotes if it belongs to it, or a space before the comment`;
}

function strangeCharacter(text: string): string | undefined {
  if (text.includes("\ufffd")) return "this line is not UTF-8";
  const [control] = /[\u0000-\u0008\u000a-\u001f\u007f]/.exec(text) ?? [];
  if (control === undefined) return undefined;
  return `a control character (0x${control.charCodeAt(0).toString(16).padStart(2, "0")})`;
}
