/*
 * Programs for awk that take a network configuration from its source: every one reads its file twice (first to learn,
 * NR == FNR, then to print). What pins a hardware address or another machine's identity goes; a static address becomes
 * DHCP; all else is printed as it was. `uuid` is a new one for each file.
 */

/** ifcfg files of Red Hat and SUSE. */
export const ifcfgAwk = `NR == FNR {
  if ($0 ~ /^[ \\t]*(IPADDR|IPV6ADDR)/) static = 1
  if ($0 ~ /^[ \\t]*BOOTPROTO=/) named = 1
  next
}
/^[ \\t]*(HWADDR|MACADDR|LLADDR|DHCP_HOSTNAME|DHCP_CLIENT_ID|DHCLIENT_CLIENT_ID|HOSTNAME)=/ { next }
/^[ \\t]*UUID=/ { print "UUID=" uuid; next }
static && /^[ \\t]*(IPADDR|NETMASK|PREFIX|PREFIXLEN|BROADCAST|NETWORK|GATEWAY|IPV6ADDR|IPV6_DEFAULTGW)(_[0-9A-Za-z]+|[0-9]+)?=/ { next }
static && /^[ \\t]*BOOTPROTO=/ { print "BOOTPROTO=dhcp"; next }
{ print }
END { if (static && !named) print "BOOTPROTO=dhcp" }`;

/** Keyfiles of NetworkManager. */
export const keyfileAwk = `/^[ \\t]*\\[/ { section = $0; gsub(/[][ \\t]/, "", section) }
NR == FNR { if ($0 ~ /^[ \\t]*method[ \\t]*=[ \\t]*manual/) manual[section] = 1; next }
section == "connection" && /^[ \\t]*uuid[ \\t]*=/ { print "uuid=" uuid; next }
section ~ /^(ethernet|802-3-ethernet|wifi|bridge|bond)$/ && /^[ \\t]*(cloned-)?mac-address[ \\t]*=[ \\t]*[0-9A-Fa-f][0-9A-Fa-f]:/ { next }
section ~ /^ipv[46]$/ && /^[ \\t]*dhcp-(hostname|client-id|duid|iaid)[ \\t]*=/ { next }
section in manual && /^[ \\t]*method[ \\t]*=/ { print "method=auto"; next }
section ~ /^ipv[46]$/ && /^[ \\t]*(address[0-9]*|addresses[0-9]*|gateway)[ \\t]*=/ { next }
{ print }`;

/** Debian's /etc/network/interfaces. */
export const interfacesAwk = `NR == FNR { next }
/^[ \\t]*(iface|auto|allow-|mapping|source|no-)/ { inStatic = 0 }
$1 == "iface" && $2 != "lo" && $4 == "static" {
  inStatic = 1
  sub(/static/, $3 == "inet6" ? "auto" : "dhcp")
  print; next
}
$1 == "hwaddress" || $1 == "client" { next }
inStatic && $1 ~ /^(address|netmask|broadcast|network|gateway|pointopoint)$/ { next }
{ print }`;
