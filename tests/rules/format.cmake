# Every C file that git knows of looks as .clang-format says. CLANG_FORMAT is the program.
cmake_minimum_required(VERSION 3.25)
if(NOT ROOT OR NOT CLANG_FORMAT)
    message(FATAL_ERROR "usage: cmake -DROOT=TREE -DCLANG_FORMAT=PROGRAM -P format.cmake")
endif()

execute_process(
    COMMAND git ls-files -- *.c *.h WORKING_DIRECTORY ${ROOT} OUTPUT_VARIABLE tracked
    RESULT_VARIABLE status ERROR_QUIET)
if(NOT status EQUAL 0) # a source archive
    file(GLOB_RECURSE files RELATIVE ${ROOT} ${ROOT}/*.c ${ROOT}/*.h)
    list(FILTER files EXCLUDE REGEX "^build/")
else()
    string(REGEX REPLACE "\n+" ";" files "${tracked}")
endif()
list(FILTER files EXCLUDE REGEX "^$|^tests/rules/fixtures/")
set(there)
foreach(file ${files})
    if(EXISTS ${ROOT}/${file})
        list(APPEND there ${file})
    endif()
endforeach()
if(NOT there)
    message(FATAL_ERROR "no C file found in ${ROOT}")
endif()

execute_process(COMMAND ${CLANG_FORMAT} --dry-run -Werror ${there} WORKING_DIRECTORY ${ROOT}
                RESULT_VARIABLE status)
if(NOT status EQUAL 0)
    message(FATAL_ERROR "not formatted: run ${CLANG_FORMAT} -i on the files named above")
endif()
