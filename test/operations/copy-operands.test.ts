import { describe, expect, it } from "vitest";
import { readCopy, readOperand } from "../../src/operations/copy-operands.ts";

const nodes = ["ham0", "host0.example.jp"];

describe("readOperand", () => {
  it.each([
    ["file", { path: "file" }],
    ["web1:/srv", { target: "web1", path: "/srv" }],
    ["web1:", { target: "web1", path: "" }],
    ["web1:a:b", { target: "web1", path: "a:b" }],
    ["root@web1:x", { target: "root@web1", path: "x" }],
    ["ham0/web1:/srv", { target: "ham0/web1", path: "/srv" }],
    ["root@host0.example.jp/web1:x", { target: "root@host0.example.jp/web1", path: "x" }],
    ["@fast/web1:x", { target: "@fast/web1", path: "x" }],
    ["dir/a:b", { path: "dir/a:b" }],
    ["./a:b", { path: "./a:b" }],
    ["/a:b", { path: "/a:b" }],
    [":x", { path: ":x" }],
  ])("reads %s as scp would", (text, operand) => {
    expect(readOperand(text, nodes)).toEqual(operand);
  });
});

describe("readCopy", () => {
  it("says which way it goes", () => {
    expect(readCopy(["a", "b", "web1:/srv"], nodes)).toEqual({
      target: "web1",
      to: "guest",
      sources: ["a", "b"],
      destination: "/srv",
    });
    expect(readCopy(["ham0/web1:a", "ham0/web1:b", "."], nodes)).toMatchObject({ to: "here", sources: ["a", "b"] });
  });

  it.each([
    [["a"], "a source and a destination"],
    [["a", "b"], "neither side is a guest"],
    [["web1:a", "web2:b"], "one guest is wanted, these are 2"],
    [["web1:a", "web1:b"], "one side has to be here"],
    [["a", "web1:b", "c"], "one side has to be here"],
  ])("refuses %j", (operands, message) => {
    expect(() => readCopy(operands, nodes)).toThrow(message);
  });
});
