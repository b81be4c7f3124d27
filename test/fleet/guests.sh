# shellcheck shell=bash disable=SC2154 # variables of fleet and cluster.sh
# Guests: building the two templates once per machine, and defining guests from them. Sourced by fleet.

# Built guests are shared by all fleets of a machine. The directory's name changes with the scripts and the kernel they
# use, so that nothing stale is ever taken and checkouts that differ do not disturb each other.
guest_cache() {
  local key
  key=$({ cat "$here/make-guest" "$here/make-debian"; guest_kernel; } | sha256sum | cut -c1-12)
  mkdir -p "${FLEET_CACHE:-/var/tmp/mclu-fleet-cache}/$key"
  readlink -f "${FLEET_CACHE:-/var/tmp/mclu-fleet-cache}/$key"
}

guest_kernel() { find /boot -name 'vmlinuz-*' | sort -V | tail -1; }

# build_guest guest|debian: nothing to do when up to date; two at once wait for each other
build_guest() {
  local cache; cache=$(guest_cache)
  [[ -n $(guest_kernel) ]] || die "no kernel in /boot for the guests: run 'fleet install' first"
  (
    flock 9
    # in a mount namespace of its own: no loop mount stays behind, however the build ends
    [[ -f $cache/tiny.qcow2 ]] || unshare --mount "$here/make-guest" "$cache" "$(guest_kernel)"
    [[ $1 != debian || -f $cache/debian.qcow2 ]] || unshare --mount "$here/make-debian" "$cache"
    publish "$cache"
  ) 9>"$cache/.lock"
}

# publish DIRECTORY: the virt-builder index, signed with a key of this machine alone, since virt-builder wants a signature
publish() {
  local key=$1/.gnupg
  # gpg costs more than the rest of a `define`
  [[ ! -f $1/index.asc || -n $(find "$1" -maxdepth 1 -name '*.entry' -newer "$1/index.asc") ]] || return 0
  if [[ ! -f $1/key.asc ]]; then
    rm -rf "$key"; mkdir -m 700 "$key"
    gpg --homedir "$key" --batch --quiet --passphrase '' --quick-generate-key 'mclu test fleet' ed25519 sign never 2>/dev/null
    gpg --homedir "$key" --batch --quiet --armor --export >"$1/.key"; mv "$1/.key" "$1/key.asc"
  fi
  # one that is shared with other fleets may be in use: replaced as a whole
  cat "$1"/*.entry | gpg --homedir "$key" --batch --quiet --trust-model always --clear-sign >"$1/.index"
  mv "$1/.index" "$1/index.asc"
  gpgconf --homedir "$key" --kill gpg-agent
}

# define_guest NODE [options] NAME...
define_guest() {
  local name=$1 template=tiny i; shift
  for ((i = 1; i < $#; i++)); do
    [[ ${!i} != --template ]] || { i=$((i + 1)); template=${!i}; }
  done
  case $template in
    tiny) build_guest guest ;;
    debian) build_guest debian ;;
  esac
  # by stdin: a node may not see the directory of this script; without the terminal, on which virsh would look for polkit,
  # which no node has, and say so each time
  enter "$name" setsid --wait bash -s -- "$@" <"$here/define-guest"
}
