import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { loadTemplate } from "../../src/operations/load-template.ts";
import { prepareBuild } from "../../src/operations/prepare-build.ts";
import { commandsOfBuild } from "../../src/operations/show-build.ts";
import { ableNodes } from "../support/able-node.ts";
import { fakeCluster } from "../support/fake-host.ts";
import { fixture } from "../support/fixture.ts";
import { temporaryDirectory } from "../support/run-mclu.ts";

const options = (argv: readonly string[]) =>
  argv.includes("--long-options") ? fixture("virt-customize-1.48-long-options.txt") : undefined;

/** What the jobs would run for two guests of a template. */
async function shown(text: string, { settings = "", start = true } = {}) {
  const home = temporaryDirectory();
  writeFileSync(join(home, "tiny.conf"), text);
  writeFileSync(join(home, "motd"), "hello\n");
  const key = join(home, "key.pub");
  writeFileSync(
    key,
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGZpeHR1cmUta2V5LWZvci1hLXRlc3Qtb25seS1ub3QgYWxpdmUh alice@desk\n",
  );
  const cluster = await fakeCluster(
    { ham0: () => [] },
    `ssh-key = ${key}\n${settings}`,
    ableNodes({ ham0: { run: options } }),
  );
  const prepared = await prepareBuild(cluster, {
    template: await loadTemplate({ templates: [home] }, "tiny", { cwd: home, steps: [] }),
    ...{ guests: ["web1", "ham0/web2"], start, noLogin: false, force: false, keys: { agent: undefined, home } },
  });
  const [login] = prepared.plan.targets[0]?.keys ?? [];
  const all = commandsOfBuild(cluster, prepared);
  expect(() => commandsOfBuild(cluster, { ...prepared, hosts: [] })).toThrow("no such target");
  expect(new Set(all.map(({ node }) => node))).toEqual(new Set(["ham0"]));
  return {
    home,
    fingerprint: login?.fingerprint ?? expect.fail("no key"),
    commands: all.map(({ command }) => command),
  };
}

const ends = (name: string, sudo = "") => [
  `${sudo}ln -T -- /images/.${name}.mclu-ID.part /images/${name}.qcow2`,
  `${sudo}rm -- /images/.${name}.mclu-ID.part`,
  `${sudo}virsh -c qemu:///system define --validate jobs/ID/files/domain.xml`,
];

it("shows what each guest's job runs, with the steps and without a password", async () => {
  const steps = "run-command it's; x\nupload motd:/m\nroot-password password:s3cret\n";
  const { home, fingerprint, commands } = await shown(`[template]\nimage = tiny\nsize = 1G\n[customize]\n${steps}`);
  const builds = (name: string) =>
    `virt-builder tiny --output /images/.${name}.mclu-ID.part --format qcow2 --size 1073741824b --commands-from-file jobs/ID/files/commands   # jobs/ID/files/commands: hostname ${name}; run-command it's; x; upload ${home}/motd:/m; root-password password:***; ssh-inject root:${fingerprint}`;
  const start = (name: string) => `virsh -c qemu:///system start ${name}`;
  expect(commands).toEqual([
    ...[builds("web1"), ...ends("web1"), start("web1")],
    ...[builds("web2"), ...ends("web2"), start("web2")],
  ]);
});

it("shows what fetches a cloud image, under sudo where the node has it, and no start that is not wanted", async () => {
  const template = "[template]\nsource = https://h/i.img\n";
  const { fingerprint, commands } = await shown(template, { settings: "become = sudo\n", start: false });
  expect(commands.slice(0, 4)).toEqual([
    expect.stringMatching(
      /^sudo -n curl --fail --location --output \/var\/cache\/mclu\/images\/\.mclu-ID\.part --url https:\/\/h\/i\.img$/,
    ),
    expect.stringMatching(/^sudo -n mv -f \S+ID\.part \/var\/cache\/mclu\/images\/url-[0-9a-f]{32}\.img$/),
    expect.stringMatching(/^sudo -n qemu-img convert -O qcow2 \S+ \/images\/\.web1\.mclu-ID\.part$/),
    `sudo -n virt-customize --format qcow2 --add /images/.web1.mclu-ID.part --commands-from-file jobs/ID/files/commands   # jobs/ID/files/commands: hostname web1; root-password disabled; ssh-inject root:${fingerprint}`,
  ]);
  expect(commands.slice(4, 7)).toEqual(ends("web1", "sudo -n "));
  expect(commands).toHaveLength(14);
});
