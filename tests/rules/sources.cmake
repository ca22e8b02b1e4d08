# The sources of the product, and how a rule reports. Included by the rules; ROOT is the tree they
# look at: the project itself, or a fixture.
cmake_minimum_required(VERSION 3.25)
if(NOT ROOT)
    message(FATAL_ERROR "usage: cmake -DROOT=TREE -P RULE.cmake")
endif()

set(layers base verify proxy deploy cli)
set(violations 0)

# rule_sources(OUT): every .c and .h of the layers, at any depth, relative to ROOT.
function(rule_sources out)
    set(patterns)
    foreach(layer ${layers})
        list(APPEND patterns ${ROOT}/${layer}/*.c ${ROOT}/${layer}/*.h)
    endforeach()
    file(GLOB_RECURSE sources RELATIVE ${ROOT} ${patterns})
    if(NOT sources)
        message(FATAL_ERROR "no source found in ${ROOT}")
    endif()
    set(${out} ${sources} PARENT_SCOPE)
endfunction()

# rule_includes(OUT FILE): what FILE includes, each with its first delimiter: "base/text.h or <uv.h
function(rule_includes out file)
    file(STRINGS ${ROOT}/${file} lines REGEX "^[ \t]*#[ \t]*include")
    set(includes)
    foreach(line IN LISTS lines)
        if(line MATCHES "include[ \t]*([\"<][^\">]+)")
            list(APPEND includes "${CMAKE_MATCH_1}")
        endif()
    endforeach()
    set(${out} "${includes}" PARENT_SCOPE)
endfunction()

# rule_code(OUT FILE): the text of FILE without comments, strings and characters, for words in them
# are no code. What comes first wins: a quote inside a comment opens no string, nor the other way.
function(rule_code out file)
    file(READ ${ROOT}/${file} text)
    set(string "\"([^\"\\\\\n]|\\\\.)*\"")
    set(character "'([^'\\\\\n]|\\\\[^\n])[0-9a-fA-F]*'")
    set(block "/\\*([^*]|\\*+[^*/])*\\*+/")
    set(line "//[^\n]*")
    string(REGEX REPLACE "${string}|${character}|${block}|${line}" " " text "${text}")
    set(${out} "${text}" PARENT_SCOPE)
endfunction()

# rule_violated(WHAT): says it, and lets the rule go on to find the next one.
macro(rule_violated what)
    message(NOTICE "${what}")
    math(EXPR violations "${violations} + 1")
endmacro()

macro(rule_end)
    if(violations GREATER 0)
        message(FATAL_ERROR "violations: ${violations}")
    endif()
endmacro()
