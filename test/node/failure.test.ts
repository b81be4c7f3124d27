import { expect, it } from "vitest";
import { failed } from "../../src/node/failure.ts";

it("keeps what a node says of its failure in one line", () => {
  const { silence } = failed("protocol", "found: a\r\nerror: nothing works\n\n  try: reboot\n", "mclu status");
  expect(silence).toMatchObject({ detail: "found: a error: nothing works   try: reboot" });
});
