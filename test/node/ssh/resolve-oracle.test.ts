import { appendFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NodeError } from "../../../src/node/failure.ts";
import { thisMachine } from "../../../src/node/ssh/local-machine.ts";
import { type RunSsh, resolveSsh } from "../../../src/node/ssh/resolve.ts";
import { createResolutionCache } from "../../../src/node/ssh/resolve-cache.ts";
import { runSsh } from "../../../src/node/ssh/run-ssh.ts";
import { openSsh, scratchDirectory } from "./openssh.ts";

const directory = scratchDirectory();

/** One administrator: a configuration in several files, a host that is asked for, and what happens to the files later. */
interface Case {
  readonly files: Readonly<Record<string, string>>;
  readonly host: string;
  readonly asked: { readonly user?: string; readonly port?: number };
  readonly change: "nothing" | "edit" | "edit included" | "new file" | "removed" | "variable" | "same size";
}

const host = fc.constantFrom("ham0", "ham1", "gate.example.org", "10.0.0.1");
const pattern = fc.oneof(host, fc.constantFrom("*", "ham?", "!ham0 *", "!ham1 ham*", "*.example.org", "10.0.0.*"));
const setting = fc.constantFrom(
  ...["User bob", "User carol", "Port 2222", "Port 77", "HostName %h.example.net", "HostName 192.0.2.1"],
  ...["HostKeyAlias Ali-%h", "HostKeyAlias node", "ProxyJump none", "ProxyJump gate", "ProxyJump a@g1:22,[::1]:44,g3"],
  ...["ProxyCommand none", "ProxyCommand nc -X 5 %h %p", "ProxyCommand=relay %n %r", "IdentitiesOnly yes"],
  ...["IdentityAgent none", "IdentityAgent SSH_AUTH_SOCK", "IdentityAgent $MCLU_SOCK", "IdentityAgent ~/a_%h_%C"],
  ...["IdentityFile ~/.ssh/%n_%r", "IdentityFile %d/k", 'IdentityFile "/k e y/%p"', "CertificateFile ~/c-%h"],
  ...["UserKnownHostsFile ~/kh_%h /etc/kh2", "UserKnownHostsFile none", "StrictHostKeyChecking accept-new"],
  ...["StrictHostKeyChecking no", "CheckHostIP yes", "HashKnownHosts yes", "ConnectTimeout 7", "AddressFamily inet6"],
  ...["CanonicalizeHostname no", "KexAlgorithms ^curve25519-sha256", "Ciphers aes128-ctr", `User \${MCLU_USER}`],
  ...[`IdentityAgent \${MCLU_SOCK}/s`, "RevokedHostKeys ~/revoked", "BindAddress 127.0.0.1"],
);
const head = fc.oneof(
  { weight: 4, arbitrary: pattern.map((patterns) => `Host ${patterns}`) },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      ...["Match all", "Match host ham0", "Match host 192.0.2.*,*.net", "Match originalhost ham1", "Match user bob"],
      ...["Match !user bob", "Match final host *.net", "Match exec true", 'Match exec "test %h = ham0" user carol'],
      ...["Match localuser root", "match canonical all", 'Mat"ch" exec false', 'Match host "ham*" !exec "false"'],
    ),
  },
);
const include = fc.constantFrom(
  "Include d/*.conf",
  "Include DIR/d/*",
  "Include DIR/one",
  'Include "DIR/one"',
  "Include DIR/none",
);
const included = fc.constantFrom("", "Include d/*.conf DIR/one\n", "Include DIR/one\nInclude DIR/d/*\n");
const section = fc
  .tuple(fc.option(head, { nil: "" }), fc.array(fc.oneof({ weight: 6, arbitrary: setting }, include), { maxLength: 4 }))
  .map(([title, lines]) => [title, ...lines.map((line) => `  ${line}`)].join("\n"));
const text = fc.array(section, { minLength: 1, maxLength: 4 }).map((sections) => `${sections.join("\n")}\n`);
const cases: fc.Arbitrary<Case> = fc.record({
  files: fc.record({ config: text, "d/a.conf": text, one: text, included }).map(({ included, ...files }) => {
    // what is included includes nothing but what is not there
    const plain = (more: string) => more.replace(/^.*Include.*(d\/\*|one).*\n/gm, "");
    return { config: `${included}${files.config}`, "d/a.conf": plain(files["d/a.conf"]), one: plain(files.one) };
  }),
  host,
  asked: fc.record({ user: fc.constant("erin"), port: fc.constantFrom(22, 2022) }, { requiredKeys: [] }),
  change: fc.constantFrom(
    "nothing",
    "nothing",
    "edit",
    "edit included",
    "new file",
    "removed",
    "variable",
    "same size",
  ),
});

function write(base: string, { files }: Case): void {
  mkdirSync(join(base, "d"), { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(base, name), content.replaceAll("DIR", base));
}

/** Changes what feeds the answer; the environment is changed by the caller. */
function apply(base: string, { change, files }: Case): void {
  const first = "Host *\n  User dave\n  Port 99\n  ServerAliveInterval 99\n";
  const config = `${files["config"]?.replaceAll("DIR", base)}`;
  switch (change) {
    case "edit":
      writeFileSync(join(base, "config"), first + config);
      break;
    case "edit included":
      appendFileSync(join(base, "one"), first);
      break;
    case "new file":
      writeFileSync(join(base, "d/0.conf"), first);
      break;
    case "removed":
      rmSync(join(base, "d/a.conf"));
      break;
    case "same size":
      writeFileSync(join(base, "config"), config.replaceAll("bob", "bab").replaceAll("Ali-", "Bob-"));
      break;
    case "nothing":
    case "variable":
  }
}

async function outcome(resolving: ReturnType<typeof resolveSsh>): Promise<unknown> {
  try {
    return await resolving;
  } catch (error) {
    if (error instanceof NodeError) return error.silence;
    throw error;
  }
}

/** Runs four at a time, in any order; the results in theirs. */
async function fourAtATime<T, R>(items: readonly T[], work: (item: T, index: number) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const worker = async (turn: number) => {
    for (const [index, item] of items.entries()) if (index % 4 === turn) results[index] = await work(item, index);
  };
  await Promise.all([0, 1, 2, 3].map(worker));
  return results;
}

const environment = (change: Case["change"] | "") => ({
  ...process.env,
  MCLU_USER: change === "variable" ? "frank" : "grace",
  MCLU_SOCK: change === "variable" ? "/run/t" : "/run/s",
});

describe("settings of 200 administrators", () => {
  const all = fc.sample(cases, 200);
  const base = (index: number) => join(directory, String(index));
  const request = (index: number, env: NodeJS.ProcessEnv) => ({
    ...all[index]?.asked,
    local: thisMachine(env),
    configFile: join(base(index), "config"),
  });

  /** One run of mclu for each of them; each has a cache of its own, since the environment differs. */
  async function run(changed: boolean) {
    let started = 0;
    const settings = await fourAtATime(all, async ({ host, change }, index) => {
      const env = environment(changed ? change : "");
      const counted: RunSsh = (args) => {
        started++;
        return runSsh(env)(args);
      };
      const cache = createResolutionCache(join(base(index), "cache"), thisMachine(env), counted);
      const settled = await outcome(resolveSsh(host, request(index, env), cache.run));
      cache.save();
      return settled;
    });
    return { settings, started };
  }
  const fresh = (changed: boolean) =>
    fourAtATime(all, ({ host, change }, index) => {
      const env = environment(changed ? change : "");
      return outcome(resolveSsh(host, request(index, env), runSsh(env)));
    });

  it("are what ssh -G says, from the cache as well, and never what it said before a change", async () => {
    for (const [index, one] of all.entries()) write(base(index), one);
    await sleep(200);
    const asked = await fresh(false);
    expect((await run(false)).settings).toEqual(asked);
    const cached = await run(false);
    expect(cached.settings).toEqual(asked);
    // most answers can be kept
    expect(cached.started).toBeLessThan(all.length * 0.8);
    expect(cached.started).toBeGreaterThan(all.length * 0.1);
    for (const [index, one] of all.entries()) apply(base(index), one);
    const changed = await fresh(true);
    expect((await run(true)).settings).toEqual(changed);
    expect((await run(true)).settings).toEqual(changed);
    expect(
      changed.filter((settings, index) => JSON.stringify(settings) !== JSON.stringify(asked[index])).length,
    ).toBeGreaterThan(25);
  }, 120_000);

  it("are ssh -G's words, keyword by keyword", async () => {
    await fourAtATime(all, async ({ host, change, asked }, index) => {
      const env = environment(change);
      const options = Object.entries({ "-l": asked.user, "-p": asked.port }).flatMap(([option, value]) =>
        value === undefined ? [] : [option, String(value)],
      );
      const { stdout, code } = await openSsh("ssh", ["-G", "-F", join(base(index), "config"), ...options, host], env);
      const ours = await outcome(resolveSsh(host, request(index, env), runSsh(env)));
      if (code !== 0) return expect(ours).toMatchObject({ state: "failed", reason: "protocol" });
      const said = (keyword: string) => new RegExp(`^${keyword} (.*)$`, "m").exec(stdout)?.[1];
      expect(ours).toMatchObject({
        ...{ host, hostname: said("hostname"), user: said("user"), port: Number(said("port")) },
        identitiesOnly: said("identitiesonly") === "yes",
        checkHostIp: said("checkhostip") === "yes",
        hashKnownHosts: said("hashknownhosts") === "yes",
        kexAlgorithms: said("kexalgorithms")?.split(","),
        ciphers: said("ciphers")?.split(","),
        addressFamily: said("addressfamily"),
      });
      const { proxyJump, userKnownHostsFiles, hostKeyAlias } = ours as Awaited<ReturnType<typeof resolveSsh>>;
      const jumps = said("proxyjump")?.split(",") ?? [];
      expect(proxyJump.map((hop) => hop.host)).toEqual(
        jumps.map((hop) =>
          hop
            .replace(/^.*@|:\d+$/g, "")
            .replace(/^\[|\]$/g, "")
            .replace("]:44", ""),
        ),
      );
      expect(userKnownHostsFiles.join(" ")).toBe(said("userknownhostsfile")?.replace(/^none$/, ""));
      expect(hostKeyAlias).toBe(said("hostkeyalias")?.toLowerCase());
    });
  }, 120_000);
});
