import { describe, expect, it } from "vitest";
import { AnswerBudget, type KeptAnswer } from "../../src/node/answer-budget.ts";

const chunk = (mebibytes: number, text = "x") => Buffer.alloc(mebibytes * 1024 ** 2, text);

/** The reason why an answer was given up; "" where it was not. */
const reasonOf = (answer: KeptAnswer) => Promise.race([answer.givenUp, Promise.resolve("")]);

describe("the budget of answers", () => {
  it("gives the largest up when all together are too much, and goes on with the others", async () => {
    const budget = new AnswerBudget(8 * 1024 ** 2, 1024 ** 2);
    const [sound, greedy, second] = [budget.open(), budget.open(), budget.open()];
    sound.add(chunk(1, "s"));
    greedy.add(chunk(4));
    second.add(chunk(3));
    expect(await reasonOf(greedy)).toBe("");
    // the one that speaks is not the one that has said too much
    second.add(chunk(0.5));
    expect(await reasonOf(greedy)).toBe(
      "its answer was the largest, 4 MiB so far, when those of all nodes came to more than 8 MiB",
    );
    expect([greedy.text(), greedy.bytes]).toEqual(["", 0]);
    greedy.add(chunk(20));
    expect(greedy.bytes).toBe(0);
    expect(await reasonOf(second)).toBe("");
    expect(sound.text()).toBe("s".repeat(1024 ** 2));
  });

  it("lets one answer have all of it, and no more", async () => {
    const answer = new AnswerBudget(8 * 1024 ** 2).open();
    answer.add(chunk(8));
    expect(await reasonOf(answer)).toBe("");
    answer.add(Buffer.from("x"));
    expect(await reasonOf(answer)).toBe("more than 8 MiB of output");
  });

  it("takes nobody's share, however many there are", async () => {
    const budget = new AnswerBudget(8 * 1024 ** 2, 1024 ** 2);
    const answers = Array.from({ length: 20 }, () => budget.open());
    for (const answer of answers) answer.add(chunk(1));
    expect(await Promise.all(answers.map(reasonOf))).toEqual(answers.map(() => ""));
    answers[7]?.add(Buffer.from("x"));
    expect((await Promise.all(answers.map(reasonOf))).filter((reason) => reason !== "")).toHaveLength(1);
  });

  it("counts what was read until it is released, and gives none of that up", async () => {
    const budget = new AnswerBudget(8 * 1024 ** 2, 1024 ** 2);
    const [read, late] = [budget.open(), budget.open()];
    read.add(chunk(7));
    read.settle();
    late.add(chunk(1.5));
    expect([await reasonOf(read), await reasonOf(late)]).toEqual(["", expect.stringContaining("largest, 1 MiB")]);
    read.release();
    read.release();
    const next = budget.open();
    next.add(chunk(8));
    expect(await reasonOf(next)).toBe("");
  });
});
