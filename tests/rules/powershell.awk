# A script for Windows PowerShell 5.1, looked at without PowerShell, which Debian does not have: ASCII,
# brackets and quotes in pairs, nothing that only PowerShell 6 and later know. This is no parser, and
# proves nothing of what the script does.
#   awk -f tests/rules/powershell.awk SCRIPT.ps1
function wrong(what) {
    printf "%s:%d: %s\n", FILENAME, FNR, what
    violations++
}

function shut(mark,    open) {
    open = mark == ")" ? "(" : mark == "]" ? "[" : "{"
    if (depth == 0 || stack[depth] != open)
        wrong("a " mark " without its " open)
    else
        depth--
}

# Inside "..." a $( begins code again, whose ) ends it; what stands in it may hold strings of its own.
function look(line,    i, c, pair, code) {
    code = ""
    for (i = 1; i <= length(line); i++) {
        c = substr(line, i, 1)
        pair = substr(line, i, 2)
        if (comment) {
            if (pair == "#>") { comment = 0; i++ }
        } else if (quote == "'") {
            if (pair == "''") i++
            else if (c == "'") quote = ""
        } else if (quote == "\"") {
            if (c == "`" || pair == "\"\"") i++
            else if (pair == "$(") { stack[++depth] = "("; inside[depth] = 1; quote = ""; i++ }
            else if (c == "\"") quote = ""
        } else if (pair == "<#") { comment = 1; i++ }
        else if (pair == "@'" || pair == "@\"") { here = substr(pair, 2, 1) "@"; return code }
        else if (c == "#") return code
        else if (c == "`") i++
        else if (c == "'" || c == "\"") { quote = c; code = code " " }
        else if (index("([{", c)) { stack[++depth] = c; inside[depth] = 0; code = code c }
        else if (index(")]}", c)) {
            if (depth > 0 && inside[depth]) quote = "\""
            shut(c)
            code = code c
        } else code = code c
    }
    return code
}

/[^\t -~]/ { wrong("a character that is not ASCII") }

here != "" { if (substr($0, 1, 2) == here) here = ""; next }

{
    code = look($0)
    if (quote != "") { wrong("a quote without its other one"); quote = "" }
    if (code ~ /&&|\|\|/) wrong("&& and || are of PowerShell 7")
    if (code ~ /\?\?|\?\./) wrong("?? and ?. are of PowerShell 7")
    if (code ~ / \? .* : /) wrong("? : is of PowerShell 7")
    if (code ~ /-Parallel|-AsByteStream|Test-Json|ConvertFrom-Json .*-AsHashtable|Get-Error/)
        wrong("a word of PowerShell 6 or 7")
    lines++
}

END {
    if (here != "") wrong("a here-string without its end")
    if (comment) wrong("a comment without its end")
    if (depth > 0) wrong("a " stack[depth] " without its other one")
    if (lines == 0) wrong("no line of code")
    exit violations > 0
}
