import { expect, it } from "vitest";
import type { MoveResult } from "../../src/operations/move/move-report.ts";
import { renderHint } from "../../src/render/hint.ts";
import { renderMoveProblems } from "../../src/render/migrate.ts";
import { createStyle } from "../../src/render/style.ts";

it("gives each command of a hint a line, so that it can be typed", () => {
  expect(renderHint("mclu gc ham1\nmclu iso eject ham0/web1")).toBe(
    "  try: mclu gc ham1\n  try: mclu iso eject ham0/web1\n",
  );
  expect(renderHint("mclu gc \x1b[2J")).toBe("  try: mclu gc \\x1b[2J\n");
  expect(renderHint(null)).toBe("");
});

it("does so for guests that cannot move", () => {
  const result = {
    name: "web1",
    from: "ham0",
    to: "ham1",
    node: "ham0",
    uuid: "",
    job: null,
    state: "running",
  } as const;
  const stays = {
    ...result,
    outcome: "stayed",
    kept: [],
    detail: "no",
    hint: "mclu a\nmclu b",
    exitCode: 6,
    seconds: 1,
  };
  const text = renderMoveProblems(
    { results: [stays as unknown as MoveResult], warnings: [] } as never,
    createStyle(false),
  );
  expect(text).toContain("  try: mclu a\n  try: mclu b\n");
  expect(text).not.toContain("x0a");
});
