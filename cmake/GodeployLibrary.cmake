# Common flags, and one function that makes a library out of a folder: sources by name, platform
# siblings (x_posix.c, x_linux.c, x_windows.c) picked by the system that is built for.

include(CTest)

add_library(godeploy_flags INTERFACE)
target_include_directories(godeploy_flags INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_definitions(
    godeploy_flags INTERFACE _GNU_SOURCE _FILE_OFFSET_BITS=64 GODEPLOY_VERSION="${PROJECT_VERSION}")
target_compile_options(
    godeploy_flags
    INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
              -Wcast-qual -Wwrite-strings -Wformat=2 -Wundef -Wvla -Wimplicit-fallthrough -Wswitch-enum
              -fstack-protector-strong)
target_link_options(godeploy_flags INTERFACE LINKER:--as-needed LINKER:-z,relro LINKER:-z,now)

# godeploy_sources(OUT DIR): the .c files of DIR that belong to this platform.
function(godeploy_sources out dir)
    file(GLOB sources CONFIGURE_DEPENDS ${dir}/*.c)
    list(FILTER sources EXCLUDE REGEX "/main\\.c$")
    if(WIN32)
        list(FILTER sources EXCLUDE REGEX "_(posix|linux)\\.c$")
    else()
        list(FILTER sources EXCLUDE REGEX "_windows\\.c$")
    endif()
    set(${out} ${sources} PARENT_SCOPE)
endfunction()

# godeploy_library(NAME LIBRARY...): a static library of this folder's sources.
function(godeploy_library name)
    godeploy_sources(sources ${CMAKE_CURRENT_SOURCE_DIR})
    add_library(${name} STATIC ${sources})
    target_link_libraries(${name} PUBLIC godeploy_flags ${ARGN})
endfunction()
