# What differs between systems stands in files named after the system, and nowhere else: no header of
# its own, and no #if about it.
include(${CMAKE_CURRENT_LIST_DIR}/sources.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/system_headers.cmake)

rule_sources(sources)
foreach(file ${sources})
    rule_includes(includes ${file})
    foreach(include IN LISTS includes)
        string(SUBSTRING "${include}" 1 -1 header)
        if(header MATCHES "${posix_headers}" AND NOT file MATCHES "_(posix|linux)\\.c$")
            rule_violated("${file} includes <${header}>: only *_posix.c and *_linux.c may")
        elseif(header MATCHES "${windows_headers}" AND NOT file MATCHES "_windows\\.c$")
            rule_violated("${file} includes <${header}>: only *_windows.c may")
        endif()
    endforeach()
    file(STRINGS ${ROOT}/${file} conditions
         REGEX "^[ \t]*#[ \t]*(if|ifdef|ifndef|elif).*(_WIN32|_WIN64|__linux__|__unix__|__APPLE__)")
    foreach(condition IN LISTS conditions)
        rule_violated("${file} asks for the system: ${condition}")
    endforeach()
endforeach()
rule_end()
