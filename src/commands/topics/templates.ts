import type { Topic } from "./topic.ts";

export const templates: Topic = {
  name: "templates",
  summary: "templates: the recipes that guests are built from",
  blocks: [
    "A template is a file NAME.conf in a directory of $MCLU_PATH, of the key templates of mclu.conf, or of those that come with mclu; the first one of a name is used. It is an INI head and, from [customize] to the end of the file, lines as virt-builder's --commands-from-file takes them, one step each.",
    {
      lines: [
        "[template]",
        "description = Web server",
        "image  = debian-12",
        "memory = 2G",
        "size   = 10G",
        "",
        "[customize]",
        "install nginx,qemu-guest-agent",
        "# files are relative to the template, on this machine",
        "upload motd:/etc/motd",
      ],
    },
    { heading: "Keys of [template]" },
    {
      terms: [
        ["description", "One line for mclu template list."],
        ["image", "What virt-builder --list on the node calls it. Either this or source."],
        ["source", "Where a cloud image is: a URL that the node can fetch, or an absolute path on the node."],
        ["checksum", "Of the file at source: sha256: or sha512: and hex digits. Plain http wants one."],
        ["check-signature", "no: virt-builder does not check the signature of image. Default yes."],
        ["memory", "Such as 512M or 2G. Default 1G."],
        ["vcpus", "Default 1."],
        ["size", "Of the disk. Default: as large as the image; smaller is refused."],
        ["firmware", "bios (default) or uefi."],
        ["network", "A libvirt network, or bridge:BR. Default: what mclu.conf says of the node."],
        ["pool", "The storage pool for the disk. Default: what mclu.conf says of the node."],
        ["graphics", "vnc (default), spice or none."],
        ["os", "libosinfo's short id, as osinfo-query os shows it."],
        ["tested", "yes or no: what mclu template list shows."],
      ],
    },
    "A step is its name, one space, and its value as it is: nothing is quoted. A backslash at the end of a line takes the next line with it. Steps that are run: install, uninstall, update, run, run-command, firstboot, firstboot-command, upload, copy-in, write, append-line, edit, delete, mkdir, chmod, root-password, password, ssh-inject, timezone and others, as the node's own virt-customize knows them. hostname is none of them: a build gives the guest its name.",
    "Passwords reach the node in a file that nobody else can read, and no command line, plan or log. Files named in steps are looked at before anything is contacted and travel to the node with the build.",
    "mclu template validate FILE says what is wrong with one; with --node NODE it asks that node which steps it knows.",
  ],
};
