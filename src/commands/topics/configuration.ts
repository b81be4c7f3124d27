import type { Topic } from "./topic.ts";

export const configuration: Topic = {
  name: "configuration",
  summary: "mclu.conf: the nodes of a cluster and how to reach them",
  blocks: [
    "The first of these files is read: the one of -f FILE, $MCLU_CONFIG, $XDG_CONFIG_HOME/mclu/mclu.conf (~/.config/mclu/mclu.conf), /etc/mclu/mclu.conf. With none of them the cluster is this machine alone. What is wrong in a file is said with its line, and nothing is contacted then. mclu init writes one.",
    {
      lines: [
        "[mclu]",
        "host-reserve = 1G",
        "",
        "[nodes]",
        "ham0 =                      ; as DNS or ~/.ssh/config has it",
        "ham1 = admin@10.0.0.11:2222",
        "",
        "[node.ham1]",
        "become = sudo",
      ],
    },
    "[nodes] has a line for each node, NAME = [USER@]HOST[:PORT] or [IPv6]:PORT, in the order in which they are shown. Keys under [mclu] hold for all nodes, those under [node.NAME] for one.",
    "A comment begins with # or ; at the start of a line or behind a space. A value that contains one of them, or begins or ends with a space, goes in quotes. Sizes have a unit (K, M, G, T: powers of 1024), times are seconds with or without an s. Paths are relative to the file; ~/ is the home directory.",
    { heading: "Keys of [mclu] and [node.NAME]" },
    {
      terms: [
        ["user", "The login name. Left out: what ssh would use, by ~/.ssh/config."],
        ["port", "The port of sshd. Left out: what ssh would use."],
        ["identity", "The private key. Left out: what ssh would use: the agent, then the usual files."],
        ["uri", "libvirt's URI on the node. Default qemu:///system."],
        [
          "transport",
          "ssh (built in), openssh (the system's ssh), local (this machine, no ssh), or auto, the default: built in, and the system's ssh for what only that can do, such as FIDO keys and certificates.",
        ],
        ["become", "none, or sudo: commands run under sudo -n, which never asks for a password."],
        ["pool", "Storage pool for the disks of new guests. Default: default."],
        ["network", "Where new guests are connected: a libvirt network, or bridge:BR. Default: default."],
        ["groups", "Names for several nodes at once, with commas or spaces between them: @fast."],
        ["weight", "A new guest goes to the node with the highest free memory times weight. Default 1; 0 takes none."],
        ["mac", "The hardware address that wakes the node. Only under [node.NAME]."],
        ["host-reserve", "Memory of the node that guests never get. Default 0."],
        [
          "connect-timeout",
          "Seconds until a node counts as off. Default 1.2 for a look at all nodes, 3 for one that is named or lies behind another.",
        ],
        ["read-timeout", "Seconds that a question to a node may take. Default 20."],
        ["change-timeout", "Seconds that a change on a node may take. Default 60."],
        ["ssh-key", "The public key that built guests let in. Left out: the agent's keys, else ~/.ssh/id_*.pub."],
      ],
    },
    { heading: "Keys of [mclu] alone" },
    {
      terms: [
        ["templates", "Directories with templates, with : between them, searched after those of $MCLU_PATH."],
        ["fanout", "How many nodes are asked at once. Default 32."],
      ],
    },
    "The command line beats the environment, which beats [node.NAME], which beats [mclu]. mclu config check says what is wrong with a file, mclu config show what is in force and where it was said.",
  ],
};
