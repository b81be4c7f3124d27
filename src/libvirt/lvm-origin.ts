/**
 * `mclu_origin PATH`, for `sh`: whether a block device is the origin of LVM snapshots, `lvcreate -s` of a volume that is not
 * thin. LVM puts the origin's own blocks into a layer of its UUID and `-real` then, on which the snapshots lie too: they go
 * with it, and `lvremove -f`, which libvirt calls for a volume, asks nobody.
 */
export const originShell = `mclu_origin() {
mclu_numbers=$(stat -L -c '0x%t:0x%T' -- "$1" 2>/dev/null) || return 1
mclu_block=/sys/dev/block/$((\${mclu_numbers%:*})):$((\${mclu_numbers#*:}))
{ read -r mclu_dm <"$mclu_block/dm/uuid"; } 2>/dev/null || return 1
for mclu_slave in "$mclu_block"/slaves/*/dm/uuid; do
mclu_layer=; { read -r mclu_layer <"$mclu_slave"; } 2>/dev/null
[ "$mclu_layer" != "$mclu_dm-real" ] || return 0
done
return 1
}
`;
