import type { Command } from "commander";
import { exitCodes, UserError } from "../errors.ts";
import { trust, trustExitCode } from "../operations/trust.ts";
import { type OutputOptions, renderListing } from "../render/output.ts";
import { renderTrustProblems, trustListing } from "../render/trust.ts";
import type { Context } from "./context.ts";
import { addListingOptions } from "./output-options.ts";

interface TrustFlags extends OutputOptions {
  readonly fingerprint?: readonly string[];
}

const help = `
Examples:
  mclu trust ham0 ham1
  mclu trust ham0 --fingerprint SHA256:...

Nothing but a key exchange is sent to a node before its key is trusted. A key that is known already is never replaced:
where it has changed, the command that removes the old one is printed.
What the host itself says:  ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`;

export function registerTrust(program: Command, context: Context): void {
  const command = program
    .command("trust")
    .argument("<node...>", "nodes or @groups")
    .description("add the host keys of nodes to known_hosts, once you have confirmed them")
    .option("--fingerprint <sha256...>", "add keys that have one of these fingerprints, and ask nothing")
    .addHelpText("after", help);
  addListingOptions(command, trustListing({ nodes: [] })).action(async (nodes: string[], flags: TrustFlags) => {
    checkFingerprints(flags.fingerprint ?? []);
    const code = await context.withCluster(async (cluster) => {
      const { terminal, prompter, style, warnings, signal } = context;
      const report = await trust(cluster, { nodes, fingerprints: flags.fingerprint, prompter, signal });
      const listing = trustListing(report);
      if (listing.rows.length > 0 || flags.output !== "text") terminal.out(renderListing(listing, flags, style));
      terminal.err(renderTrustProblems(report, warnings));
      return trustExitCode(report);
    });
    context.finish(code);
  });
}

function checkFingerprints(fingerprints: readonly string[]): void {
  const wrong = fingerprints.find((text) => !/^SHA256:[A-Za-z0-9+/]{43}$/.test(text));
  if (wrong !== undefined)
    throw new UserError(`not a fingerprint: ${wrong}`, {
      hint: "expected SHA256: and 43 characters, as ssh-keygen -l prints it",
      exitCode: exitCodes.usage,
    });
}
