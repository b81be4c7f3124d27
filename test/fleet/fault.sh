# shellcheck shell=bash disable=SC2154 # variables of fleet and cluster.sh
# Faults on demand, and mending them all. Sourced by fleet.

list_faults() {
  cat <<'L'
sshd-frozen      sshd and its sessions stopped (SIGSTOP): connections are accepted and nothing is ever said
sshd-stopped     the port is refused; sessions that exist stay
silent           port 22 accepts and says nothing
banner-only      port 22 sends an SSH banner and nothing after it
banner-closed    port 22 sends an SSH banner and closes the connection
not-ssh          port 22 answers as a web server does
hostkey          sshd with another host key
auth             no key is authorized any more
sshd:LINE        sshd with this line in its configuration, such as "sshd:AllowTcpForwarding no"
max-sessions     MaxSessions 1: one channel per connection
max-startups     MaxStartups 1: a second connection that is not yet authenticated is dropped
dropped          all packets dropped: no answer, though ARP works
unplugged        the cable is out: not even ARP works
libvirtd-frozen  virsh waits for ever
libvirtd-stopped virsh fails at once; guests live on
no-virsh         virsh is not in PATH
noise            .bashrc, banner and motd write to stdout and stderr
shell:PATH       the login shell is PATH, such as /usr/bin/fish or /usr/sbin/nologin
sudo-password    sudo wants a password (kind sudo)
disk-full        16 MiB for the images
L
}

# fault NODE KIND
fault() {
  local name=$1 kind=$2 user; user=$(user_of "$name")
  case $kind in
    sshd-frozen) enter "$name" pkill -STOP -x sshd ;;
    sshd-stopped) on_node "$name" 'stop_sshd' ;;
    silent | banner-only | banner-closed | not-ssh) on_node "$name" "stop_sshd; listen $kind" ;;
    hostkey) on_node "$name" 'ssh-keygen -q -t ed25519 -N "" -f /run/fleet/otherkey; sshd_with "HostKey /run/fleet/otherkey"' ;;
    auth) on_node "$name" 'sshd_with "AuthorizedKeysFile none"' ;;
    sshd:*) on_node "$name" "sshd_with '${kind#sshd:}'" ;;
    max-sessions) on_node "$name" 'sshd_with "MaxSessions 1"' ;;
    max-startups) on_node "$name" 'sshd_with "MaxStartups 1"' ;;
    dropped) enter "$name" iptables -I INPUT -i eth0 -j DROP ;;
    # down as well: where the bridge has taken this card's MAC address, what the node sends would still arrive here
    unplugged) ip link set "v$id-$name" nomaster down ;;
    libvirtd-frozen) enter "$name" pkill -STOP -x libvirtd ;;
    libvirtd-stopped) on_node "$name" 'pkill -TERM -x libvirtd; while pgrep -x libvirtd >/dev/null; do sleep 0.02; done' ;;
    no-virsh) on_node "$name" no_virsh ;;
    noise) on_node "$name" "noise ~$user" ;;
    shell:/*) on_node "$name" "sed -i 's,^\\($user:.*:\\).*,\\1${kind#shell:},' /etc/passwd" ;;
    sudo-password) enter "$name" sed -i 's/NOPASSWD: //' /etc/sudoers.d/fleet ;;
    disk-full) on_node "$name" 'mount -t tmpfs -o size=16M,mode=711 tmpfs /var/lib/libvirt/images; virsh -q -c qemu:///system pool-refresh default >/dev/null' ;;
    *) echo "fleet: no fault '$kind'; the kinds are:" >&2; list_faults >&2; exit 2 ;;
  esac
}

# heal NODE: mends whatever is broken; what is sound stays as it is, running sessions and guests included
heal() {
  local name=$1 user; user=$(user_of "$name")
  case $(kind_of "$name") in
    jump) ip link set "v$id-$name" master "$segment_bridge" up ;;
    *) ip link set "v$id-$name" master "$bridge" up ;;
  esac
  on_node "$name" "heal $user ~$user"
}

# Runs on the node with these functions, from stdin: a node may not see the directory of this script.
on_node() {
  local name=$1
  { node_functions; echo "$2"; } | enter "$name" bash -eu
}

node_functions() {
  cat <<'S'
images=/var/lib/libvirt/images
stop_sshd() {
  # the listener only: sessions have pids of their own
  for f in /run/sshd.pid /run/fleet/listener.pid; do
    [ -s $f ] || continue
    kill -KILL "$(cat $f)" 2>/dev/null || true
    # until the port is free: sshd is content with half of it, IPv6 alone
    while kill -0 "$(cat $f)" 2>/dev/null; do sleep 0.01; done
    rm -f $f
  done
}
start_sshd() {
  /usr/sbin/sshd -E /run/fleet/sshd.log
  # it writes its pid once it listens
  for _ in $(seq 100); do [ ! -s /run/sshd.pid ] || return 0; sleep 0.02; done
  cat /run/fleet/sshd.log >&2; return 1
}
sshd_with() { echo "$1" >>/etc/ssh/sshd_config.d/fault.conf; stop_sshd; start_sshd; }
listen() {
  # perl: every Debian has it
  setsid perl -MIO::Socket::INET -e '
    my %says = ("silent" => "", "banner-only" => "SSH-2.0-OpenSSH_9.2p1\r\n", "banner-closed" => "SSH-2.0-OpenSSH_9.2p1\r\n", "not-ssh" => "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    my $l = IO::Socket::INET->new(LocalPort => 22, Listen => 64, ReuseAddr => 1) or die "port 22: $!";
    open(my $p, ">", "/run/fleet/listener.pid") or die; print $p "$$\n"; close $p;
    my @open;
    while (my $c = $l->accept) { $c->autoflush(1); print $c $says{$ARGV[0]}; $ARGV[0] =~ /not-ssh|closed/ ? close $c : push @open, $c }
  ' "$1" </dev/null >/run/fleet/listener.log 2>&1 &
  until [ -s /run/fleet/listener.pid ]; do
    kill -0 $! 2>/dev/null || { cat /run/fleet/listener.log >&2; return 1; }
    sleep 0.02
  done
}
no_virsh() {
  # all of /usr/bin but virsh, as links: a mount over virsh alone would be "permission denied", not "not found"
  mkdir -p /run/fleet/bin
  mount --bind /usr/bin /run/fleet/bin
  [ -d /run/fleet/no-virsh ] || cp -rs /run/fleet/bin /run/fleet/no-virsh
  rm -f /run/fleet/no-virsh/virsh
  mount --bind /run/fleet/no-virsh /usr/bin
}
noise() {
  printf 'echo "welcome to $(hostname)"; echo "quota exceeded" >&2\n' >"$1/.bashrc"
  printf '*** authorized use only ***\n' >/etc/motd
  sshd_with 'Banner /etc/motd'
}
heal() { # heal USER HOME
  pkill -CONT -x 'sshd|libvirtd' || true
  while iptables -D INPUT -i eth0 -j DROP 2>/dev/null; do :; done
  for m in /usr/bin /run/fleet/bin $images; do ! mountpoint -q "$m" || umount -l "$m"; done
  rm -f "$2/.bashrc"; : >/etc/motd
  sed -i "s,^\($1:.*:\).*,\1/bin/bash," /etc/passwd
  [ ! -f /etc/sudoers.d/fleet ] || sed -i 's/) ALL$/) NOPASSWD: ALL/' /etc/sudoers.d/fleet
  rm -f /run/fleet/otherkey*
  if [ -e /etc/ssh/sshd_config.d/fault.conf ] || [ ! -s /run/sshd.pid ]; then
    rm -f /etc/ssh/sshd_config.d/fault.conf; stop_sshd; start_sshd
  fi
  pgrep -x libvirtd >/dev/null || libvirtd -d
  virsh -q -c qemu:///system pool-refresh default >/dev/null
}
S
}
