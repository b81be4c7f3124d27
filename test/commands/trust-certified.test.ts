import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { startSshd } from "../node/openssh/sshd.ts";
import { certify, makeHome, makeKey, publicKey } from "../node/openssh/world.ts";
import { parseDocument } from "../support/json-schema.ts";
import { type SshWorld, sshWorld } from "../support/ssh-world.ts";
import { printOf, trust } from "./trusting.ts";

/** OpenSSH's own server with a host certificate, and lines of known_hosts about it. */
async function certifiedHost(...options: readonly string[]) {
  const { directory } = makeHome();
  const [authority, key, stale] = ["ca", "certified", "stale"].map((name) => makeKey(directory, name)) as [
    string,
    string,
    string,
  ];
  certify(authority, key, "-h", ...options);
  const { port, authentications } = await startSshd(directory, [`HostKey ${key}`, `HostCertificate ${key}-cert.pub`]);
  const name = `[127.0.0.1]:${port}`;
  return {
    port,
    authentications,
    hostKey: publicKey(key),
    lines: {
      authority: `@cert-authority * ${publicKey(authority)}`,
      stale: `${name} ${publicKey(stale)}`,
      revoked: `@revoked ${name} ${publicKey(key)}`,
      revokedAuthority: `@revoked * ${publicKey(authority)}`,
      otherAuthority: `@cert-authority * ${publicKey(stale)}`,
      known: `${name} ${publicKey(key)}`,
    },
  };
}

type Host = Awaited<ReturnType<typeof certifiedHost>>;

function worldOf({ port }: Host, lines: readonly string[]): SshWorld {
  const world = sshWorld({ ham0: { port } });
  writeFileSync(world.knownHosts, lines.map((line) => `${line}\n`).join(""));
  return world;
}

/** `mclu trust ham0` with `transport` as given; it writes nothing. */
async function trustOf(world: SshWorld, transport: string, argv: readonly string[] = []) {
  const before = readFileSync(world.knownHosts, "utf8");
  const run = await trust({ ...world, env: { ...world.env, MCLU_TRANSPORT: transport } }, ["ham0", ...argv]);
  expect(readFileSync(world.knownHosts, "utf8")).toBe(before);
  return run;
}

describe("trust of a host with a certificate", () => {
  it.each(["auto", "openssh"])("knows it by its authority, and names an outdated key beside: %s", async (transport) => {
    const host = await certifiedHost();
    const { authority, stale, known } = host.lines;
    const alone = await trustOf(worldOf(host, [authority]), transport);
    expect([alone.code, alone.stdout]).toEqual([0, expect.stringMatching(/^ham0 .* known$/m)]);
    expect(alone.stdout).toContain(printOf(host));
    const world = worldOf(host, [authority, stale]);
    const run = await trustOf(world, transport);
    expect([run.code, run.stdout]).toEqual([0, expect.stringMatching(/^ham0 .* known$/m)]);
    expect(run.stderr).toBe(
      `ham0: known by its certificate, of @cert-authority in ${world.knownHosts}:1\n  ${world.knownHosts}:2 has a key that it shows no more, and that counts no more\n`,
    );
    const document = parseDocument((await trustOf(world, transport, ["-o", "json"])).stdout);
    const certified = { authority: `${world.knownHosts}:1`, outdated: [`${world.knownHosts}:2`] };
    expect(document).toMatchObject({ nodes: [{ state: "known", fingerprint: printOf(host), certified }] });
    const both = await trustOf(worldOf(host, [authority, known]), transport);
    expect([both.code, both.stdout]).toEqual([0, expect.stringMatching(/^ham0 .* known$/m)]);
    expect(host.authentications()).toBe(0);
  });

  it.each(["auto", "openssh"])("goes by the key where the authority is another: %s", async (transport) => {
    const host = await certifiedHost();
    const { otherAuthority, stale, known } = host.lines;
    const changed = await trustOf(worldOf(host, [otherAuthority, stale]), transport);
    expect([changed.code, changed.stdout]).toEqual([6, expect.stringMatching(/^ham0 .* changed$/m)]);
    const same = await trustOf(worldOf(host, [otherAuthority, known]), transport);
    expect([same.code, same.stderr]).toEqual([0, ""]);
    const unknown = await trustOf(worldOf(host, [otherAuthority]), transport);
    expect([unknown.code, unknown.stdout]).toEqual([6, expect.stringMatching(/^ham0 .* not-added$/m)]);
  });

  it.each(["auto", "openssh"])(
    "finds a revoked key or authority, and a certificate that is none: %s",
    async (transport) => {
      const host = await certifiedHost();
      const { authority, revoked, revokedAuthority } = host.lines;
      for (const line of [revoked, revokedAuthority]) {
        const run = await trustOf(worldOf(host, [authority, line]), transport);
        expect([run.code, run.stdout]).toEqual([6, expect.stringMatching(/^ham0 .* revoked$/m)]);
      }
      const late = await certifiedHost("-V", "20200101:20200201");
      const run = await trustOf(worldOf(late, [late.lines.authority, late.lines.stale]), transport);
      expect(run.code).toBe(5);
      expect(run.stderr).toMatch(/host-key-unknown: the certificate of \S+ expired on 2020-02-01/);
    },
  );
});
