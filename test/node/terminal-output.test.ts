import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readTerminal } from "../../src/node/terminal-output.ts";

const nonce = "mclu-0123456789abcdef01234567";

/** What is handed on of some pieces, and the reader. */
function read(pieces: readonly Buffer[]) {
  const shown: Buffer[] = [];
  let begins = 0;
  const output = readTerminal(
    nonce,
    (bytes) => void shown.push(bytes),
    () => begins++,
  );
  for (const piece of pieces) output.push(piece);
  return { output, shown: () => Buffer.concat(shown), begins: () => begins };
}

describe("readTerminal", () => {
  it("hands on exactly what stands between the marks, wherever the pieces are cut", () => {
    const contents = fc.uint8Array({ maxLength: 60 });
    const cuts = fc.array(fc.nat(400), { maxLength: 8 });
    fc.assert(
      fc.property(contents, cuts, fc.nat(255), (content, at, code) => {
        const noise = "motd\r\n/dev/pts/3\r\n";
        const tail = `\x1e${nonce} end ${code}\r\nerror: a\r\nerror: b\r\n`;
        const all = Buffer.concat([Buffer.from(`${noise}${nonce} begin\r\n`), content, Buffer.from(tail)]);
        const borders = [0, ...at.map((place) => place % all.length).sort((a, b) => a - b), all.length];
        const pieces = borders.slice(1).map((border, index) => all.subarray(borders[index], border));
        const { output, shown, begins } = read(pieces);
        expect(shown().equals(Buffer.from(content))).toBe(true);
        expect([begins(), output.before()]).toEqual([1, noise]);
        expect(output.end()).toEqual({ code, said: "error: a\nerror: b" });
      }),
    );
  });

  it("holds nothing back but what may begin the end", () => {
    const { output, shown } = read([Buffer.from(`${nonce} begin\nlogin: \x1emclu-0`)]);
    expect(shown().toString()).toBe("login: ");
    output.push(Buffer.from("x"));
    expect(shown().toString()).toBe("login: \x1emclu-0x");
    expect(output.end()).toBeUndefined();
  });

  it("takes another run's end for output", () => {
    const other = `\x1e${nonce.replace("0", "f")} end 0\n`;
    const { output, shown } = read([Buffer.from(`${nonce} begin\n${other}`)]);
    expect([shown().toString(), output.end()]).toEqual([other, undefined]);
  });
});
