import type { AnyTarget } from "./target.ts";
import { changeQueryTargets } from "./targets/change-queries.ts";
import { changeTargets } from "./targets/changes.ts";
import { configTargets } from "./targets/config.ts";
import { domainXmlTargets } from "./targets/domain-xml.ts";
import { jobTargets } from "./targets/jobs.ts";
import { lookQueryTargets } from "./targets/look-queries.ts";
import { nameTargets } from "./targets/names.ts";
import { nodeTargets } from "./targets/node.ts";
import { placeQueryTargets } from "./targets/place-queries.ts";
import { sshConfigTargets } from "./targets/ssh-config.ts";
import { sshKeyTargets } from "./targets/ssh-keys.ts";
import { stateTargets } from "./targets/state.ts";
import { templateTargets } from "./targets/templates.ts";
import { topTargets } from "./targets/top.ts";
import { virshQueryTargets } from "./targets/virsh-queries.ts";
import { virshTextTargets } from "./targets/virsh-text.ts";
import { volumeQueryTargets } from "./targets/volume-queries.ts";
import { xmlTargets } from "./targets/xml.ts";

/** Every target, by what it reads. A new table needs its line here, and a test file that runs it. */
export const allTargets: Readonly<Record<string, readonly AnyTarget[]>> = {
  "What virsh prints": [...virshTextTargets, ...virshQueryTargets, ...xmlTargets, ...domainXmlTargets],
  "Questions before a change": [
    ...lookQueryTargets,
    ...volumeQueryTargets,
    ...changeQueryTargets,
    ...placeQueryTargets,
  ],
  "Answers of nodes": nodeTargets,
  "Jobs and what they leave": jobTargets,
  "SSH keys and known hosts": sshKeyTargets,
  "SSH configuration": sshConfigTargets,
  "mclu.conf and the command line": configTargets,
  "What is typed to change and reach guests": changeTargets,
  Templates: templateTargets,
  "Files that mclu keeps": stateTargets,
  "Names and what is shown": nameTargets,
  "What is typed at `top`": topTargets,
};

/** What goes through shells and virsh, in test/fuzz/shells.test.ts. */
export const wordTargets: readonly string[] = [
  ...["dash", "bash", "busybox"].flatMap((shell) => [
    `quote through ${shell}`,
    `quote twice through ${shell}`,
    `quote in a script of ${shell}`,
  ]),
  "quote through virsh",
];
