#compdef godeploy
# zsh completion of godeploy. What may follow is asked of godeploy itself (cli/completion.h).
#
#   source <(godeploy completion zsh)        or as a file _godeploy in a folder of $fpath

_godeploy() {
    local line typed=${(Q)PREFIX} tab=$'\t' files='' folders=''
    local -a before candidates
    before=("${(@Q)words[2,CURRENT-1]}")

    for line in "${(@f)$(${(Q)words[1]} completion words "=$typed" -- "${before[@]}" 2>/dev/null)}"; do
        case $line in
        '') ;;
        :files) files=yes ;;
        :folders) folders=yes ;;
        *$tab*) candidates+=("${${line%%$tab*}//:/\\:}:${line#*$tab}") ;;
        *) candidates+=("${line//:/\\:}") ;;
        esac
    done

    local found=1
    (( ! $#candidates )) || { _describe godeploy candidates && found=0 }
    [[ $typed != -*=* ]] || compset -P '*='
    [[ -z $files ]] || { _files && found=0 }
    [[ -z $folders ]] || { _files -/ && found=0 }
    return found
}

if [[ ${funcstack[1]} == _godeploy ]]; then
    _godeploy "$@"
else
    compdef _godeploy godeploy
fi
