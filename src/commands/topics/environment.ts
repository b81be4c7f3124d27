import type { Topic } from "./topic.ts";

export const environment: Topic = {
  name: "environment",
  summary: "environment: variables that mclu heeds",
  blocks: [
    {
      terms: [
        ["MCLU_CONFIG", "The mclu.conf to use; -f beats it."],
        ["MCLU_PATH", "Directories with templates, with : between them, searched first."],
        ["MCLU_SSH_CONFIG", "The file for ssh -F, in place of ~/.ssh/config and /etc/ssh/ssh_config."],
        ["MCLU_FANOUT", "How many nodes are asked at once."],
        [
          "MCLU_USER, MCLU_PORT, MCLU_IDENTITY, MCLU_URI, MCLU_TRANSPORT, MCLU_BECOME",
          "The keys of these names in mclu.conf, for every node; they beat the file.",
        ],
        [
          "MCLU_CONNECT_TIMEOUT, MCLU_READ_TIMEOUT, MCLU_CHANGE_TIMEOUT",
          "The same for the times; --connect-timeout and the like beat them.",
        ],
        ["MCLU_CODE_CACHE", "0: keep no compiled code below $XDG_CACHE_HOME; every start is slower then."],
        ["SSH_AUTH_SOCK", "The ssh agent."],
        ["VISUAL, EDITOR", "What mclu edit runs; vi where neither is set."],
        ["DISPLAY, WAYLAND_DISPLAY", "Where mclu viewer opens a window; without them it only says where to connect."],
        ["SUDO_UID", "As root: whose connections mclu viewer takes at its port besides."],
        ["NO_COLOR, CLICOLOR_FORCE", "No colours at all; colours in a pipe too."],
        ["CLICOLOR", "0: no colours on a terminal."],
        ["XDG_CONFIG_HOME, XDG_CACHE_HOME, XDG_STATE_HOME", "In place of ~/.config, ~/.cache and ~/.local/state."],
      ],
    },
    { heading: "Files" },
    {
      terms: [
        ["~/.config/mclu/mclu.conf", "The configuration; /etc/mclu/mclu.conf where it is missing."],
        ["~/.cache/mclu", "What was seen last, for completion and warnings, and compiled code. It can be removed."],
        ["~/.local/state/mclu", "What was changed from this machine (mclu history), and the host keys of guests."],
        [
          "/var/lib/mclu/jobs",
          "On nodes: jobs, until mclu gc removes them; ~/.local/state/mclu/jobs of a plain login.",
        ],
      ],
    },
  ],
};
