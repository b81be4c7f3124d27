/** For each shell, what makes it ask mclu at TAB. Typed words are passed on and never evaluated. */
export const scripts = {
  bash: `# bash completion for mclu; to have it always: mclu completion bash > ~/.local/share/bash-completion/completions/mclu
_mclu() {
    local kind= candidate
    COMPREPLY=()
    {
        IFS= read -r kind
        while IFS= read -r candidate; do COMPREPLY+=("$candidate"); done
    } < <("\${COMP_WORDS[0]/#\\~/$HOME}" completion words --shell bash --breaks "$COMP_WORDBREAKS" -- "\${COMP_LINE:0:COMP_POINT}" 2>/dev/null </dev/null)
    [[ $kind == files ]] && compopt -o default
    [[ \${COMPREPLY[0]-} == *[/=:] ]] && compopt -o nospace
    return 0
}
complete -F _mclu mclu
`,
  zsh: `#compdef mclu
# zsh completion for mclu; to have it always: mclu completion zsh > a file named _mclu in a directory of $fpath
_mclu() {
    local -a answer
    answer=("\${(@f)$("$words[1]" completion words --shell zsh -- "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null </dev/null)}")
    local kind=$answer[1]
    shift answer
    # what goes on behind these: NODE/, NAME=, GUEST:
    local -a begun whole
    begun=("\${(@M)answer:#*[/=:]}")
    whole=("\${(@)answer:#*[/=:]}")
    (( $#begun )) && compadd -U -S '' -- "\${begun[@]}"
    (( $#whole )) && compadd -U -- "\${whole[@]}"
    [[ $kind == files ]] && _files
}
if [ "$funcstack[1]" = _mclu ]; then _mclu "$@"; else compdef _mclu mclu; fi
`,
  fish: `# fish completion for mclu; to have it always: mclu completion fish > ~/.config/fish/completions/mclu.fish
function __mclu_complete
    set -l typed (commandline -opc)
    set -l token (commandline -ct)
    # quotes may still be open
    set -l current (string unescape -- $token; or string unescape -- "$token'"; or string unescape -- "$token\\"")
    set -l answer ($typed[1] completion words --shell fish -- $typed[2..-1] "$current" 2>/dev/null </dev/null)
    test "$answer[1]" = files; and __fish_complete_path "$token"
    set -e answer[1]
    printf '%s\\n' $answer
end
complete -c mclu -f -a '(__mclu_complete)'
`,
} as const;

export type Shell = keyof typeof scripts;

export const shells = Object.keys(scripts) as readonly Shell[];
