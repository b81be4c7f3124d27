/**
 * The same for a file of netplan, in YAML's block style and its short lists. A device is told by its place: network, its
 * kind, its name. A `match` that is left with nothing goes, with the `set-name` that needs one.
 */
export const netplanAwk = `function indentOf(text) { match(text, /^ */); return RLENGTH }
function keyOf(text) {
  sub(/^ */, "", text)
  if (!match(text, /^[^:#{}[]+:( |$)/)) return ""
  text = substr(text, 1, index(text, ":") - 1)
  gsub(/["\\047 ]/, "", text)
  return text
}
{
  blank = ($0 ~ /^[ \\t]*(#|$)/)
  indent = indentOf($0); key = blank ? "" : keyOf($0)
  if (key != "") {
    while (depth > 0 && at[depth] >= indent) depth--
    at[++depth] = indent; path[depth] = key
  }
  device = depth >= 3 && path[1] == "network" && path[3] != "lo" ? path[2] "/" path[3] : ""
  value = $0; sub(/^[^:]*:[ ]*/, "", value)
}
NR == FNR {
  if (device == "" || key == "") next
  if (depth == 4 && key == "addresses") static[device] = 1
  if (depth == 5 && path[4] == "match") { if (key == "macaddress") hardware[device] = 1; else other[device] = 1 }
  if (depth == 4 && key == "match" && value ~ /^[{] *macaddress:[^,]*[}]/) hardware[device] = 1
  if (depth == 4 && key == "match" && value ~ /^[{].*,/) other[device] = 1
  next
}
FNR == 1 { skip = -1 }
list { if ($0 ~ /]/) list = 0; next }
skip >= 0 && !blank {
  if (indent > skip || (indent == skip && $0 ~ /^ *-/)) next
  skip = -1
}
skip >= 0 { next }
device != "" && depth == 4 && static[device] && key ~ /^(dhcp4|gateway4|gateway6)$/ { next }
device != "" && depth == 4 && static[device] && key ~ /^(addresses|routes)$/ {
  if (key == "addresses") print substr($0, 1, indent) "dhcp4: true"
  if (value ~ /^\\[/ && value !~ /]/) list = 1; else skip = indent
  next
}
device != "" && key == "macaddress" && (depth == 4 || (depth == 5 && path[4] == "match")) { next }
device != "" && depth == 4 && (key == "match" || key == "set-name") && hardware[device] && !other[device] { next }
device != "" && depth == 4 && key == "match" { sub(/macaddress:[^,}]*(, *)?/, "") }
{ print }`;
