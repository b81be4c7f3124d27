import type { AnyAuthMethod, ParsedKey } from "ssh2";
import { type AgentKey, listAgentKeys } from "./agent-keys.ts";
import { type FileIdentity, findIdentities, type Identities, type Identity } from "./identities.ts";
import { remembered } from "./remembered.ts";
import type { SshSettings } from "./ssh-settings.ts";
import { ssh2Supports } from "./ssh2-abilities.ts";
import { agentOffering, loadPrivateKey } from "./ssh2-keys.ts";

/** The keys of one run: an agent is asked once, a file parsed and its passphrase asked once, whatever the number of nodes. */
export interface KeyRing {
  /** `findIdentities`, once for all nodes whose settings name the same keys. */
  find(settings: SshSettings, explicit?: string): Promise<Identities>;
  /** Opens an encrypted key for the rest of the run; false: not the passphrase. About 0.3 s of CPU. */
  unlock(identity: FileIdentity, passphrase: string): Promise<boolean>;
  /** Whether a key can be used without asking for its passphrase. */
  isUnlocked(identity: FileIdentity): boolean;
  /** @internal For ssh2's `authHandler`: the identities in their order, without those that are locked or that ssh2 cannot use. */
  authMethods(settings: SshSettings, offered: readonly Identity[]): Promise<AnyAuthMethod[]>;
}

/** @param uid the account's: its own key files must be closed to others */
export function createKeyRing(uid: number): KeyRing {
  const found = new Map<string, Promise<Identities>>();
  const agents = new Map<string, Promise<readonly AgentKey[]>>();
  const parsed = new Map<string, Promise<ParsedKey | undefined>>();
  const unlocked = new Set<string>();

  const listKeys = (socketPath: string) => remembered(agents, socketPath, () => listAgentKeys(socketPath));
  const isUnlocked = ({ encrypted, path }: FileIdentity) => !encrypted || unlocked.has(path);

  async function methodsOf(run: Run, settings: SshSettings): Promise<AnyAuthMethod[]> {
    const username = settings.user;
    if (run.kind === "agent") {
      const agent = await agentOffering(settings.identityAgent ?? "", run.keys);
      return [{ type: "agent", username, agent }];
    }
    if (!isUnlocked(run.identity)) return [];
    const { path } = run.identity;
    const key = await remembered(parsed, path, () => loadPrivateKey(path));
    return key === undefined ? [] : [{ type: "publickey", username, key }];
  }

  return {
    find: (settings, explicit) =>
      remembered(found, questionOf(settings, explicit), () => findIdentities(settings, { uid, explicit, listKeys })),
    isUnlocked,
    async unlock({ path }, passphrase) {
      const key = await loadPrivateKey(path, passphrase);
      if (key === undefined) return false;
      parsed.set(path, Promise.resolve(key));
      unlocked.add(path);
      return true;
    },
    async authMethods(settings, offered) {
      const usable = offered.filter(({ keyType }) => keyType === undefined || ssh2Supports.keyType(keyType));
      const methods = await Promise.all(runsOf(usable).map((run) => methodsOf(run, settings)));
      return methods.flat();
    },
  };
}

/** All that `findIdentities` goes by. */
function questionOf(settings: SshSettings, explicit: string | undefined): string {
  const { identityFiles, identitiesOnly, identityAgent, certificateFiles } = settings;
  const { pubkeyAuthentication, pubkeyAcceptedAlgorithms } = settings;
  const named = [identityFiles, identitiesOnly, identityAgent, certificateFiles, explicit];
  return JSON.stringify([...named, pubkeyAuthentication, pubkeyAcceptedAlgorithms]);
}

type Run =
  | { readonly kind: "agent"; readonly keys: Buffer[] }
  | { readonly kind: "file"; readonly identity: FileIdentity };

/** Neighbouring keys of the agent become one ssh2 method; each file is its own. */
function runsOf(identities: readonly Identity[]): Run[] {
  const runs: Run[] = [];
  for (const identity of identities) {
    const last = runs.at(-1);
    if (identity.kind === "file") runs.push({ kind: "file", identity });
    else if (last?.kind === "agent") last.keys.push(identity.key);
    else runs.push({ kind: "agent", keys: [identity.key] });
  }
  return runs;
}
