import { quote } from "../../node/shell.ts";
import { netplanAwk } from "./netplan-awk.ts";
import { ifcfgAwk, interfacesAwk, keyfileAwk } from "./network-awk.ts";

/**
 * The script that gives a copied system a name, an id and keys of its own, and an address from DHCP instead of its source's.
 * It runs inside the guest's own tree (`virt-sysprep --run`), with the guest's sh and awk, so that a symbolic link of the
 * guest leads nowhere else. A file is rewritten in place, and only where it differs: owner, mode and label stay, and
 * everything that is not named here.
 * @param name a host name that was checked
 */
export function identityScript(name: string): string {
  return `#!/bin/sh\nname=${quote(name)} short=${quote(name.split(".")[0] ?? name)}\n${identity}`;
}

const hostsAwk = `NR == FNR { next }
$1 !~ /^(127\\.|::1$)/ || old == "" { print; next }
{
  line = $0; comment = ""; out = ""
  if ((at = index(line, "#")) > 0) { comment = substr(line, at); line = substr(line, 1, at - 1) }
  while (match(line, /[^ \\t]+/)) {
    word = substr(line, RSTART, RLENGTH)
    if (word == old) word = name; else if (word == oldshort) word = short
    out = out substr(line, 1, RSTART - 1) word
    line = substr(line, RSTART + RLENGTH)
  }
  print out line comment
}`;

const sysconfigAwk = `NR == FNR { next }
/^[ \\t]*HOSTNAME=/ { print "HOSTNAME=" name; next }
static && /^[ \\t]*GATEWAY(DEV)?=/ { next }
{ print }`;

/** A default route of SUSE's goes with the static address that it belonged to. */
const routesAwk = `NR == FNR { next }
static && /^[ \\t]*default([ \\t]|$)/ { next }
{ print }`;

const identity = `LC_ALL=C; export LC_ALL
old= static=
change() {
[ -f "$1" ] || return 0
was=$(cat "$1" && echo .) || exit 1
now=$(awk -v name="$name" -v short="$short" -v old="$old" -v oldshort="\${old%%.*}" -v static="$static" -v uuid="$uuid" "$2" "$1" "$1" && echo .) || { echo "$1 could not be rewritten"; exit 1; }
[ "$was" != "$now" ] || return 0
printf %s "\${now%.}" >"$1" || exit 1
echo "rewritten: $1"
}
new_uuid() { uuid=; read -r uuid </proc/sys/kernel/random/uuid || { echo 'no random numbers'; exit 1; }; }
each() {
program=$1; shift
for file; do
case $file in */ifcfg-lo|*/ifcfg-template|*~|*.bak|*.orig|*.rpmsave|*.rpmnew|*.dpkg-*) continue ;; esac
[ -f "$file" ] || continue
! grep -Eq '^[[:space:]]*(IPADDR|address|method=manual)' "$file" || static=1
new_uuid
change "$file" "$program"
done
}

# the name
for file in /etc/hostname /etc/HOSTNAME; do
[ -n "$old" ] || [ ! -f $file ] || old=$(sed -n '/^[^#]/{s/[[:space:]]//g;p;q;}' $file)
done
[ -n "$old" ] || [ ! -f /etc/sysconfig/network ] || old=$(sed -n 's/^[[:space:]]*HOSTNAME=["'\\'']\\{0,1\\}\\([^"'\\'']*\\).*/\\1/p' /etc/sysconfig/network | head -n 1)
case $old in localhost|localhost.*) old= ;; esac
named=
for file in /etc/hostname /etc/HOSTNAME; do
if [ -f $file ]; then printf '%s\\n' "$name" >$file || exit 1; named=1; fi
done
if [ -f /etc/sysconfig/network ] && grep -q '^[[:space:]]*HOSTNAME=' /etc/sysconfig/network; then named=1; fi
if [ -z "$named" ] || { [ ! -e /etc/hostname ] && [ -d /usr/lib/systemd ]; }; then printf '%s\\n' "$name" >/etc/hostname || exit 1; fi
change /etc/hosts '${hostsAwk.replaceAll("'", "'\\''")}'

# addresses, hardware addresses, connections
each '${ifcfgAwk.replaceAll("'", "'\\''")}' /etc/sysconfig/network-scripts/ifcfg-* /etc/sysconfig/network/ifcfg-*
each '${keyfileAwk.replaceAll("'", "'\\''")}' /etc/NetworkManager/system-connections/*
each '${interfacesAwk.replaceAll("'", "'\\''")}' /etc/network/interfaces /etc/network/interfaces.d/*
each '${netplanAwk.replaceAll("'", "'\\''")}' /etc/netplan/*.yaml
[ ! -f /etc/sysconfig/network ] || change /etc/sysconfig/network '${sysconfigAwk.replaceAll("'", "'\\''")}'
change /etc/sysconfig/network/routes '${routesAwk.replaceAll("'", "'\\''")}'
rm -f /var/lib/NetworkManager/*.lease /var/lib/NetworkManager/secret_key /var/lib/wicked/*.xml \\
/var/lib/dhcp/*.leases /var/lib/dhcpcd/*.lease* /var/lib/dhcpcd/duid /etc/dhcpcd.duid

# the machine's id
new_uuid
id=$(printf %s "$uuid" | tr -d -)
if [ -f /etc/machine-id ]; then printf '%s\\n' "$id" >/etc/machine-id || exit 1; fi
if [ -f /var/lib/dbus/machine-id ] && [ ! -L /var/lib/dbus/machine-id ]; then printf '%s\\n' "$id" >/var/lib/dbus/machine-id || exit 1; fi

# the keys that sshd is known by; the old ones are gone already
if [ -x /usr/sbin/sshd ] && [ -d /etc/ssh ] && command -v ssh-keygen >/dev/null; then ssh-keygen -A >/dev/null || exit 1; echo 'new host keys'; fi
exit 0
`;
