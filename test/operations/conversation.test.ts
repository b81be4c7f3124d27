import { expect, it } from "vitest";
import { converse } from "../../src/operations/conversation.ts";
import { describeHostKey } from "../../src/operations/host-key-question.ts";
import type { Prompter } from "../../src/operations/prompter.ts";

it("asks for a passphrase unseen, and says that one was wrong", async () => {
  const asked: string[] = [];
  const prompter = {
    hidden: async (question: string) => {
      asked.push(question);
      return "secret";
    },
  } as unknown as Prompter;
  const { passphrase } = converse(prompter);
  expect([await passphrase?.("/k", 1), await passphrase?.("/k", 2)]).toEqual(["secret", "secret"]);
  expect(asked).toEqual(["passphrase for key /k: ", "that is not it, try again; passphrase for key /k: "]);
});

it.each([
  ["192.0.2.1", "192.0.2.1  "],
  ["192.0.2.9", "192.0.2.1 (192.0.2.9)  "],
  [undefined, "192.0.2.1  "],
])("says where a host key was seen, where that is not its host: %j", (address, expected) => {
  const key = Buffer.from("AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "base64");
  const target = { host: "192.0.2.1", port: 22 } as Parameters<typeof describeHostKey>[0]["target"];
  const one = { node: "ham0", target, key, file: "/f", hash: false, mayAsk: true, address };
  expect(describeHostKey(one)).toContain(`ham0  ${expected}`);
});
