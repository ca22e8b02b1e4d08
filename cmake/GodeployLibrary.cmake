# Common flags, and one function that makes a library out of a folder: sources by name, platform
# siblings (x_posix.c, x_linux.c, x_windows.c) picked by the system that is built for.

include(CTest)

add_library(godeploy_flags INTERFACE)
target_include_directories(godeploy_flags INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_definitions(
    godeploy_flags INTERFACE _GNU_SOURCE _FILE_OFFSET_BITS=64 GODEPLOY_VERSION="${PROJECT_VERSION}")
if(WIN32)
    # Windows 10 and Server 2016 on; every call that has a W and an A form is the W one.
    target_compile_definitions(
        godeploy_flags INTERFACE _WIN32_WINNT=0x0A00 WIN32_LEAN_AND_MEAN UNICODE _UNICODE)
endif()
target_compile_options(
    godeploy_flags
    INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
              -Wcast-qual -Wwrite-strings -Wformat=2 -Wundef -Wvla -Wimplicit-fallthrough -Wswitch-enum
              -fstack-protector-strong)
if(WIN32)
    # -static: MinGW's own libraries too, so that a program is one file. No time in it: the same sources are the
    # same bytes.
    target_link_options(
        godeploy_flags INTERFACE -static -fstack-protector-strong LINKER:--no-insert-timestamp)
    target_link_libraries(
        godeploy_flags INTERFACE ws2_32 iphlpapi ntdll psapi userenv rstrtmgr wintrust crypt32 bcrypt advapi32)
else()
    target_link_options(godeploy_flags INTERFACE LINKER:--as-needed LINKER:-z,relro LINKER:-z,now)
endif()

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

# godeploy_library(NAME LIBRARY...): a static library of this folder's sources, and of its rooms: the
# folders in it that have no CMakeLists.txt of their own.
function(godeploy_library name)
    godeploy_sources(sources ${CMAKE_CURRENT_SOURCE_DIR})
    file(GLOB rooms CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*/)
    foreach(room ${rooms})
        if(IS_DIRECTORY ${room} AND NOT EXISTS ${room}/CMakeLists.txt)
            godeploy_sources(of_room ${room})
            list(APPEND sources ${of_room})
        endif()
    endforeach()
    add_library(${name} STATIC ${sources})
    target_link_libraries(${name} PUBLIC godeploy_flags ${ARGN})
endfunction()

# godeploy_program(NAME DESCRIPTION LIBRARY...): a program of this folder's main.c, godeploy's own. On Windows it
# carries what Windows reads in it: a manifest and a version.
function(godeploy_program name description)
    add_executable(${name} main.c)
    target_link_libraries(${name} PRIVATE ${ARGN})
    if(WIN32)
        set(GODEPLOY_PROGRAM ${name})
        set(GODEPLOY_DESCRIPTION ${description})
        configure_file(${CMAKE_SOURCE_DIR}/packaging/windows/program.rc.in ${name}.rc @ONLY)
        target_sources(${name} PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/${name}.rc)
        set_property(
            SOURCE ${CMAKE_CURRENT_BINARY_DIR}/${name}.rc
            PROPERTY OBJECT_DEPENDS ${CMAKE_SOURCE_DIR}/packaging/windows/program.manifest)
        target_link_options(${name} PRIVATE $<$<CONFIG:Release>:-s>)
    endif()
endfunction()
