/**
 * Functions of `sh` that tell by its first bytes what an image may be based on.
 *
 *   mclu_each COMMAND FILE...   COMMAND FILE HEAD, for every regular file and block device among them: the hexadecimal
 *                               digits of its first 80 bytes, fewer where it has fewer
 *   mclu_overlay HEAD           whether an image that begins so may be based on another file, or have its content in one:
 *                               not what is of no format that can, nor a qcow2 without a backing file and (by the third
 *                               bit of its features) without a data file
 *   mclu_closed PLACE           a directory that this login cannot list: what is in it nobody can tell
 *
 * A hundred files are read by three processes. Where the bytes are not so many as they must be, one is shorter, or gone
 * meanwhile: those hundred are read one by one.
 */
export const imageHeadsShell = `mclu_digits() { od -An -v -tx1 | tr -d ' \\n'; }
mclu_closed() { [ -d "$1" ] && { [ ! -r "$1" ] || [ ! -x "$1" ]; }; }
mclu_each() {
mclu_command=$1
shift
while [ $# -gt 0 ]; do
mclu_words= mclu_taken=0 mclu_count=0
while [ $mclu_taken -lt 100 ] && [ $mclu_taken -lt $# ]; do
mclu_taken=$((mclu_taken + 1))
eval "mclu_file=\\\${$mclu_taken}"
if [ -f "$mclu_file" ] || [ -b "$mclu_file" ]; then mclu_words="$mclu_words \\"\\\${$mclu_taken}\\"" mclu_count=$((mclu_count + 1)); fi
done
[ $mclu_count -eq 0 ] || eval "mclu_heads $mclu_words"
shift $mclu_taken
done
}
mclu_heads() {
mclu_hex=$(head -q -c 80 -- "$@" 2>/dev/null | mclu_digits)
if [ \${#mclu_hex} -eq $((160 * $#)) ]; then
printf '%s\\n' "$mclu_hex" | fold -w 160 | while read -r mclu_head; do "$mclu_command" "$1" "$mclu_head"; shift; done
else
for mclu_file; do "$mclu_command" "$mclu_file" "$(head -c 80 -- "$mclu_file" 2>/dev/null | mclu_digits)"; done
fi
}
mclu_overlay() {
case $1 in
514649fb00000003*)
[ \${#1} -eq 160 ] || return 0
case $1 in ????????????????0000000000000000*[012389ab]) return 1 ;; esac
return 0 ;;
514649fb000000020000000000000000*) return 1 ;;
514649fb*|51454400*|4b444d56*|434f5744*|76686478*|636f6e65*|57697468*) return 0 ;;
# a description of a VMDK may begin with any comment, blank line or its version
23*|20*|09*|0a*|0d*|7665727369*) return 0 ;;
esac
return 1
}
`;
