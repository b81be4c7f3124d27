# shellcheck shell=bash
# What a client of the fleet needs: keys, known hosts, ssh_config, mclu.conf. Sourced by fleet.
#
# home/.ssh looks like an administrator's ~/.ssh. OpenSSH takes the home directory from the passwd file and not from
# $HOME, so that nothing reads it by itself: ssh_config names every file in full, for `ssh -F` and MCLU_SSH_CONFIG.

write_config() {
  mkdir -p home/.ssh; chmod 700 home/.ssh
  [[ -f home/.ssh/id_ed25519 ]] || ssh-keygen -q -t ed25519 -N '' -C fleet -f home/.ssh/id_ed25519
  write_known_hosts; write_ssh_config; write_mclu_conf
}

# Keys that a test added or replaced are put right again by the next `up`.
write_known_hosts() {
  local name address
  : >home/.ssh/known_hosts
  printf '127.0.0.1 localhost\n' >hosts
  for name in $(nodes); do
    address=$(address_of "$name")
    echo "$address $name" >>hosts
    echo "$name,$address $(cut -d' ' -f1,2 "$name/hostkey.pub")" >>home/.ssh/known_hosts
  done
}

write_ssh_config() {
  local name dir=$FLEET_DIR/home/.ssh
  for name in $(nodes); do
    printf 'Host %s %s\n  HostName %s\n  User %s\n' "$name" "$(address_of "$name")" "$(address_of "$name")" "$(user_of "$name")"
    [[ $(kind_of "$name") != jump ]] || printf '  ProxyJump %s\n' "$(gate)"
  done >ssh_config
  cat >>ssh_config <<C
Host *
  IdentityFile "$dir/id_ed25519"
  IdentitiesOnly yes
  IdentityAgent none
  UserKnownHostsFile "$dir/known_hosts"
  GlobalKnownHostsFile /dev/null
C
  # for `ssh -F` by whoever takes home/ for a home directory
  cp ssh_config home/.ssh/config
}

write_mclu_conf() {
  local name
  {
    printf '; written by fleet up: %s\n[mclu]\npool    = default\nnetwork = default\n\n[nodes]\n' "$FLEET_DIR"
    for name in $(nodes); do echo "$name = $(user_of "$name")@$(address_of "$name")"; done
    for name in $(nodes); do
      printf '\n[node.%s]\nmac = %s\n' "$name" "$(mac_of "$name")"
      [[ $(kind_of "$name") != sudo ]] || echo 'become = sudo'
    done
  } >mclu.conf
}
