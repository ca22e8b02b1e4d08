# fish completion of godeploy. What may follow is asked of godeploy itself (cli/completion.h).
#
#   godeploy completion fish | source

function __godeploy_complete
    set -l before (commandline -opc)
    set -l typed (commandline -ct)
    set -l program $before[1]
    set -e before[1]
    set -l stem (string match -r -- '^-[^=]*=' $typed)

    for line in ($program completion words "=$typed" -- $before 2>/dev/null)
        switch $line
            case :files
                string replace -r -- '^' "$stem" (__fish_complete_path (string replace -r -- '^-[^=]*=' '' $typed))
            case :folders
                string replace -r -- '^' "$stem" (__fish_complete_directories (string replace -r -- '^-[^=]*=' '' $typed))
            case '*'
                echo $line
        end
    end
end

complete -c godeploy -f -a '(__godeploy_complete)'
