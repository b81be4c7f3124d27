import type { FakeAnswers, FakeGuest } from "./fake-host.ts";

/**
 * Answers of a node whose clock and counters go on with each question: its guests use half a CPU, and read 1000 bytes a
 * second.
 */
export function growingLoads(guests: readonly FakeGuest[]): FakeAnswers {
  let seconds = 1000;
  const stats = ({ name, state = "running" }: FakeGuest) =>
    `Domain: '${name}'\n  state.state=${state === "running" ? 1 : 5}\n  balloon.maximum=1048576\n  balloon.rss=524288
  vcpu.current=1\n  cpu.time=${seconds * 5e8}\n  block.count=1\n  block.0.rd.bytes=${seconds * 1000}\n  block.0.wr.bytes=0\n`;
  return {
    run: ([command]) => (command === "cat" ? `${++seconds}.00 1.00\n` : ""),
    virsh: ([command]) => {
      if (command === "nodememstats") return "total: 16777216 KiB\nfree: 4194304 KiB\n";
      if (command === "nodecpustats") return `user: ${seconds * 2e9}\nsystem: 0\nidle: ${seconds * 6e9}\n`;
      return command === "domstats" ? guests.map(stats).join("") : undefined;
    },
  };
}
