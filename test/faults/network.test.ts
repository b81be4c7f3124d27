import { matrix } from "./matrix.ts";

const { survives } = matrix("The network", { net: "10.100.0", nodes: 5 });

survives("off, not even ARP answers", { breaks: { ham1: "unplugged" } }, (bench) =>
  bench.ask("ham1", { state: "off", detail: /10\.100\.0\.11/, seconds: 3.5 }),
);

survives("all packets dropped", { breaks: { ham1: "dropped" } }, (bench) =>
  bench.ask("ham1", { state: "off", detail: /^no answer from 10\.100\.0\.11 within 3 s$/, seconds: 3 }),
);

survives("the port is refused", { breaks: { ham1: "sshd-stopped" } }, (bench) =>
  bench.ask("ham1", {
    state: "failed",
    reason: "refused",
    detail: /^10\.100\.0\.11 port 22 refused the connection: /,
    hint: /^ssh (-p 22 )?(root@)?10\.100\.0\.11$/,
    seconds: 1,
  }),
);
