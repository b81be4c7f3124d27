import { describe, expect, it } from "vitest";
import { createStyle } from "../../src/render/style.ts";
import { renderTable } from "../../src/render/table.ts";

describe("renderTable", () => {
  it("has room for more rows than a call has for arguments", () => {
    const rows = Array.from({ length: 300_000 }, (_, index) => index);
    const columns = [{ name: "number", value: (row: number) => row }];
    const text = renderTable(rows, columns, { header: true, style: createStyle(false) });
    expect(text).toMatch(/^NUMBER\n0\n/);
    expect(text.length).toBeGreaterThan(1_900_000);
  });
});
