# shellcheck shell=bash disable=SC2154 # variables of fleet and cluster.sh
# Networks and nodes of one fleet: names, addresses, start and stop. Sourced by fleet.
#
# Every name derives from FLEET_NET, so that fleets side by side cannot meet, and fits the kernel's 15 characters for
# an interface. What belongs to a fleet is found by these names alone, whatever became of its files.
[[ $FLEET_NET =~ ^([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})$ ]] || {
  echo "fleet: FLEET_NET is the first three numbers of a /24, such as 10.99.0, not '$FLEET_NET'" >&2; exit 2
}
octets=("${BASH_REMATCH[@]:1}")
printf -v id '%02x%02x%02x' "${octets[@]}"
bridge=mclu-$id
segment_bridge=${bridge}s
# the network behind the jump host: far enough from FLEET_NET for neighbouring fleets
segment=${octets[0]}.${octets[1]}.$((octets[2] ^ 128))

die() { echo "fleet: $*" >&2; exit 1; }
need_root() { [[ $EUID -eq 0 ]] || die "needs root: it makes namespaces, bridges and mounts"; }
need_tools() {
  local tool
  for tool in ip iptables nsenter unshare flock ssh-keygen /usr/sbin/sshd libvirtd virsh qemu-system-x86_64 dnsmasq; do
    type -P "$tool" >/dev/null || die "no $tool on this machine: run 'fleet install' first"
  done
}
need_node() { [[ -n $1 && -f $FLEET_DIR/$1/kind ]] || die "no node '$1' in $FLEET_DIR: see 'fleet hosts', or 'fleet up N' first"; }

index_of() { echo "${1#ham}"; }
mac_of() { printf '52:%02x:%02x:%02x:00:%02x\n' "${octets[@]}" $((10 + $(index_of "$1"))); }
kind_of() { cat "$FLEET_DIR/$1/kind" 2>/dev/null || echo root; }
user_of() { case $(kind_of "$1") in sudo) echo admin ;; *) echo root ;; esac; }
address_of() {
  local net=$FLEET_NET
  [[ $(kind_of "$1") != jump ]] || net=$segment
  echo "$net.$((10 + $(index_of "$1")))"
}
namespace_of() { echo "$bridge-$1"; }
nodes() { find "$FLEET_DIR" -maxdepth 2 -path '*/ham*/kind' -printf '%h\n' 2>/dev/null | sed 's,.*/,,' | sort -V; }
# the node every jump node is reached through
gate() { local n; for n in $(nodes); do [[ $(kind_of "$n") == jump ]] || { echo "$n"; return; }; done; }
has_jump() { local n; for n in $(nodes); do [[ $(kind_of "$n") != jump ]] || return 0; done; return 1; }
is_on() { [[ -e /run/netns/$(namespace_of "$1") && -n $(ip netns pids "$(namespace_of "$1")") ]]; }

# Two commands that change one fleet wait for each other. Nodes must not inherit the lock: see start_node.
locked() { exec 9>.lock; flock 9; "$@"; }

# The directory of the fleet that has FLEET_NET on this machine, if any.
owner() { cat "/sys/class/net/$bridge/ifalias" 2>/dev/null || true; }
# Whether nobody can take down any more what a fleet left in the kernel: its guard is gone (it holds this lock for as
# long as it lives), and no process is left in its namespaces. So ends a run that was killed whole, guard and all.
is_dead() {
  local dir=$1 ns
  for ns in $(namespaces); do [[ -z $(ip netns pids "$ns") ]] || return 1; done
  [[ ! -d $dir ]] || { [[ -e $dir/.guard ]] && flock -n "$dir/.guard" true; }
}
namespaces() { ip netns list | awk -v p="$bridge-" 'index($1, p) == 1 { print $1 }'; }
clear_dead() {
  local dir; dir=$(owner)
  [[ -n $dir && $dir != "$FLEET_DIR" ]] && is_dead "$dir" || return 0
  echo "fleet: removing what is left in the network $FLEET_NET.0/24 of a fleet that is dead: $dir" >&2
  remove_network
}
need_own() {
  [[ -z $(owner) || $(owner) == "$FLEET_DIR" ]] ||
    die "the fleet in $(owner) uses the network $FLEET_NET.0/24: choose another FLEET_NET, or set FLEET_DIR"
}

up_network() {
  local owner
  if ! ip link show "$bridge" &>/dev/null; then
    owner=$(ip -o -4 addr | awk -v net="$FLEET_NET." 'index($4, net) == 1 { print $2; exit }')
    [[ -z $owner ]] || die "interface $owner of this machine uses $FLEET_NET.0/24: choose another FLEET_NET"
    # The alias says whose it is. It is there before the name: of two fleets that come at once one must fail.
    ip link add "mclu-t$$" type bridge
    ip link set "mclu-t$$" alias "$FLEET_DIR"
    ip link set "mclu-t$$" name "$bridge" || { ip link del "mclu-t$$"; die "another fleet is taking $FLEET_NET.0/24"; }
    ip addr add "$FLEET_NET.1/24" dev "$bridge"
    ip link set "$bridge" up
  fi
  has_jump || return 0
  if ! ip link show "$segment_bridge" &>/dev/null; then
    ip link add "$segment_bridge" type bridge
    # no address here, and no route: this machine itself must not reach what is behind the jump host
    sysctl -qw "net.ipv6.conf.$segment_bridge.disable_ipv6=1" 2>/dev/null || true
    ip link set "$segment_bridge" up
    ip route replace unreachable "$segment.0/24"
  fi
}

# attach NODE INTERFACE ADDRESS VETH BRIDGE
attach() {
  local ns; ns=$(namespace_of "$1")
  ip link add "$4" type veth peer name "$2" netns "$ns"
  # a fixed MAC, as a real machine has: neighbours' ARP entries stay true when the node comes back
  [[ $2 != eth0 ]] || ip -n "$ns" link set eth0 address "$(mac_of "$1")"
  ip link set "$4" master "$5" up
  ip -n "$ns" addr add "$3/24" dev "$2"
  ip -n "$ns" link set "$2" up
}

# The jump host's foot in the network behind it; also when a jump node joins a fleet that already runs.
attach_gate() {
  local name=$1
  has_jump && [[ $(gate) == "$name" ]] || return 0
  ip link show "w$id-$name" &>/dev/null || attach "$name" eth1 "$segment.$((10 + $(index_of "$name")))" "w$id-$name" "$segment_bridge"
}

start_node() {
  local name=$1 ns; ns=$(namespace_of "$name")
  stop_node "$name"
  ip netns add "$ns"
  ip -n "$ns" link set lo up
  if [[ $(kind_of "$name") == jump ]]; then
    attach "$name" eth0 "$(address_of "$name")" "v$id-$name" "$segment_bridge"
  else
    attach "$name" eth0 "$(address_of "$name")" "v$id-$name" "$bridge"
    ip -n "$ns" route add default via "$FLEET_NET.1"
  fi
  attach_gate "$name"
  rm -rf "$name/run"; mkdir -p "$name/run/fleet"
  # --kill-child: with unshare dies the node's PID 1, and with that the kernel kills all that runs in the node
  FLEET_REPO=$(guest_cache) setsid ip netns exec "$ns" unshare --mount --uts --pid --fork --kill-child \
    "$here/node" "$name" >"$name/out" 2>&1 </dev/null 9>&- &
}

stop_node() {
  local name=$1 ns pids; ns=$(namespace_of "$name")
  if [[ -e /run/netns/$ns ]]; then
    for _ in $(seq 100); do
      pids=$(ip netns pids "$ns")
      [[ -n $pids ]] || break
      # shellcheck disable=SC2086 # several pids
      kill -9 $pids 2>/dev/null || true
      sleep 0.05
    done
    ip netns del "$ns"
  fi
  # the kernel removes them with the namespace, but later, and their names are wanted again at once
  ip link del "v$id-$name" 2>/dev/null || true
  ip link del "w$id-$name" 2>/dev/null || true
}

wait_ready() {
  local name=$1
  for _ in $(seq 400); do
    [[ ! -e $name/run/fleet/ready ]] || return 0
    sleep 0.05
  done
  tail "$name/out" "$name/run/fleet/sshd.log" >&2 || true
  die "$name did not come up in 20 s, see above"
}

switch_on() { up_network; is_on "$1" || start_node "$1"; wait_ready "$1"; }

# up N [NODE=KIND...]
up() {
  local count=${1:-} name pair i
  [[ $count =~ ^[1-9][0-9]?$ ]] || die "up wants the number of nodes, 1 to 99, not '$count'"
  shift
  need_tools
  [[ -e .fleet || -z $(find . -mindepth 1 ! -name .lock ! -name .guard -print -quit) ]] || die "$FLEET_DIR holds something else: set FLEET_DIR"
  touch .fleet
  for ((i = 0; i < count; i++)); do
    mkdir -p "ham$i"; [[ -f ham$i/kind ]] || echo root >"ham$i/kind"
    [[ -f ham$i/hostkey ]] || ssh-keygen -q -t ed25519 -N '' -C "ham$i" -f "ham$i/hostkey"
  done
  for pair in "$@"; do
    name=${pair%%=*}
    [[ $pair =~ ^ham[0-9]+=(root|sudo|dynamic|jump)$ ]] || die "expected NODE=root|sudo|dynamic|jump, not '$pair'"
    need_node "$name"
    [[ $(kind_of "$name") != "${pair#*=}" ]] || continue
    stop_node "$name"; echo "${pair#*=}" >"$name/kind"
  done
  [[ -n $(gate) ]] || die "a jump node needs another one to be reached through"
  write_config
  up_network
  for ((i = 0; i < count; i++)); do is_on "ham$i" || start_node "ham$i"; done
  for ((i = 0; i < count; i++)); do wait_ready "ham$i"; done
  ! has_jump || attach_gate "$(gate)"
}

# down [--delete]: by the names in the kernel, so that lost or damaged files leave nothing behind
down() {
  if [[ -n $(owner) && $(owner) != "$FLEET_DIR" ]]; then
    # `up` was refused: what runs there is not ours
    [[ ${1:-} == --delete ]] || need_own
    delete_state; return
  fi
  remove_network
  [[ ${1:-} != --delete ]] || delete_state
}

remove_network() {
  local ns
  for ns in $(namespaces); do stop_node "${ns#"$bridge-"}"; done
  ip link del "$bridge" 2>/dev/null || true
  ip link del "$segment_bridge" 2>/dev/null || true
  ip route del unreachable "$segment.0/24" 2>/dev/null || true
}

# Never a directory that `up` did not make: FLEET_DIR may be mistyped.
delete_state() {
  cd /
  if [[ -e $FLEET_DIR/.fleet ]]; then rm -rf "$FLEET_DIR"; return; fi
  rm -f "$FLEET_DIR/.lock" "$FLEET_DIR/.guard"
  rmdir --ignore-fail-on-non-empty "$FLEET_DIR"
}

# Only the nodes' own namespaces, a clean environment, and root, whatever state sshd is in.
enter() {
  local name=$1; shift
  is_on "$name" || die "$name is off"
  nsenter --target "$(cat "$name/pid")" --net --mount --uts --pid -- env -i HOME=/root LANG=C.UTF-8 TERM="${TERM:-dumb}" \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LIBGUESTFS_BACKEND=direct "$@"
}

print_hosts() {
  local name state
  for name in $(nodes); do
    state=off; ! is_on "$name" || state=on
    echo "$name $(address_of "$name") $(mac_of "$name") $(kind_of "$name") $state"
  done
}

# For a test run that may be killed at any moment: waits for one of the processes to end in whatever way.
guard() {
  local pid
  [[ $# -gt 0 ]] || die "guard wants the process ids to watch"
  exec 8>.guard; flock 8
  while :; do
    for pid in "$@"; do kill -0 "$pid" 2>/dev/null || break 2; done
    sleep 0.5
  done
  # it may have been deleted, and made again
  mkdir -p "$FLEET_DIR"; cd "$FLEET_DIR"
  locked down --delete
}
