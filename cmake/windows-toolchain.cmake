# MinGW-w64 on Debian, for x86_64 Windows 10 and Server 2016 or later. The libraries are those of
# packaging/windows/dependencies, which builds what is missing (minutes the first time, then nothing).
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(target x86_64-w64-mingw32)
# The variant with POSIX threads has <threads.h>'s machinery; the other has none that libuv accepts.
set(CMAKE_C_COMPILER ${target}-gcc-posix)
set(CMAKE_RC_COMPILER ${target}-windres)
set(CMAKE_CROSSCOMPILING_EMULATOR ${CMAKE_CURRENT_LIST_DIR}/../tests/wine/unit)

set(root ${CMAKE_CURRENT_LIST_DIR}/..)
# This file is read again for every question that cmake asks the compiler.
if(NOT GODEPLOY_WINDOWS_LIBRARIES)
    execute_process(
        COMMAND ${root}/packaging/windows/dependencies
        OUTPUT_VARIABLE GODEPLOY_WINDOWS_LIBRARIES
        OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
endif()
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES GODEPLOY_WINDOWS_LIBRARIES)

# Ours before MinGW's own folder, which has import libraries of DLLs by the same names.
set(CMAKE_FIND_ROOT_PATH ${GODEPLOY_WINDOWS_LIBRARIES} /usr/${target})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(ENV{PKG_CONFIG_LIBDIR} ${GODEPLOY_WINDOWS_LIBRARIES}/lib/pkgconfig)
set(ENV{PKG_CONFIG_PATH} "")
