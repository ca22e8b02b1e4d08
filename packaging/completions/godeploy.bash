# bash completion of godeploy. What may follow is asked of godeploy itself (cli/completion.h).
#
#   source <(godeploy completion bash)

_godeploy() {
    local program=${1/#\~\//$HOME/} typed='' line piece glue=''
    local -a before=() words=() kinds=()

    # bash takes words apart at = and at colons; godeploy sees them whole.
    for piece in "${COMP_WORDS[@]:1:COMP_CWORD}"; do
        if [[ ${#words[@]} -gt 0 && ( $glue || $piece =~ ^[=:]+$ ) ]]; then
            words[${#words[@]} - 1]+=$piece
        else
            words+=("$piece")
        fi
        [[ $piece =~ ^[=:]+$ ]] && glue=yes || glue=''
    done
    typed=${words[${#words[@]} - 1]}
    before=("${words[@]:0:${#words[@]} - 1}")

    COMPREPLY=()
    words=()
    while IFS= read -r line; do
        case $line in
        :files) kinds+=(-f) ;;
        :folders) kinds+=(-d) ;;
        *)
            line=${line%%$'\t'*}
            [[ $line != "$typed"* ]] || words+=("$line")
            ;;
        esac
    done < <("$program" completion words "=$typed" -- "${before[@]}" 2>/dev/null)

    # Where bash takes --option=value apart, it replaces the value alone.
    piece=''
    [[ $typed != -*=* || $COMP_WORDBREAKS != *=* ]] || piece=${typed%%=*}=
    COMPREPLY=("${words[@]#"$piece"}")
    if [[ ${#kinds[@]} -gt 0 ]]; then
        compopt -o filenames
        while IFS= read -r line; do
            COMPREPLY+=("$line")
        done < <(compgen "${kinds[@]}" -- "${typed#"$piece"}")
    fi
}

complete -F _godeploy godeploy
