# Calls that nobody needs: they overflow, hide state or errors, or run a shell. Files are opened behind
# base/file/file.h, which makes them durable and refuses devices.
include(${CMAKE_CURRENT_LIST_DIR}/sources.cmake)

set(anywhere "strcpy|strcat|sprintf|vsprintf|strtok|atoi|alloca|system|gets")
set(outside_base "fopen")

# check(FILE CODE WORDS WHERE): each call of one of WORDS, which are banned WHERE.
macro(check file code words where)
    string(REGEX MATCHALL "(^|[^A-Za-z0-9_])(${words})[ \t\n]*\\(" calls "${code}")
    foreach(call IN LISTS calls)
        string(REGEX MATCH "[a-z]+" name "${call}")
        rule_violated("${file} calls ${name}(), which is banned ${where}")
    endforeach()
endmacro()

rule_sources(sources)
foreach(file ${sources})
    rule_code(code ${file})
    string(REGEX REPLACE "[][;]" " " code "${code}") # CMake's lists take these for their own
    check(${file} "${code}" "${anywhere}" "anywhere")
    if(NOT file MATCHES "^base/")
        check(${file} "${code}" "${outside_base}" "outside base/")
    endif()
endforeach()
rule_end()
