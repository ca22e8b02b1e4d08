# What is written in Go: services that are deployed, and programs of end-to-end tests. Standard library only, so
# that nothing is downloaded; what else a test needs comes from Debian (tests/wine/go-sys).
find_program(GO_PROGRAM go)

set(GO_ENVIRONMENT
    ${CMAKE_COMMAND} -E env --unset=GOTOOLCHAIN GOFLAGS=-mod=mod GOPROXY=off CGO_ENABLED=0)
set(SERVICE_SOURCE ${CMAKE_SOURCE_DIR}/tests/service)
set(SERVICE_FOLDER ${CMAKE_BINARY_DIR}/services)

# godeploy_service(NAME VERSION ILLNESS [GO_SETTING...]): SERVICE_FOLDER/service-NAME, of the target e2e_services.
function(godeploy_service name version illness)
    file(GLOB files CONFIGURE_DEPENDS ${SERVICE_SOURCE}/*.go ${SERVICE_SOURCE}/go.mod)
    set(program ${SERVICE_FOLDER}/service-${name})
    add_custom_command(
        OUTPUT ${program}
        COMMAND ${GO_ENVIRONMENT} ${ARGN} ${GO_PROGRAM} build -trimpath -ldflags
                "-s -w -X main.version=${version} -X main.illness=${illness}" -o ${program} .
        DEPENDS ${files}
        WORKING_DIRECTORY ${SERVICE_SOURCE}
        COMMENT "Building service ${name}"
        VERBATIM)
    set_property(GLOBAL APPEND PROPERTY GODEPLOY_SERVICES ${program})
endfunction()

# godeploy_go_tests(PREFIX ENVIRONMENT...): the folder's Go tests as one program; each `func TestX(` is the
# ctest test PREFIX.X. With an environment that is a list of NAME=VALUE; GO_TEST_LAUNCHER, where it is set, runs
# the program.
function(godeploy_go_tests prefix)
    set(program ${CMAKE_CURRENT_BINARY_DIR}/${prefix}.test)
    file(GLOB test_files CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.go)
    file(GLOB box_files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/box/*.go
         ${CMAKE_SOURCE_DIR}/tests/box/pe/*.go)
    add_custom_command(
        OUTPUT ${program}
        COMMAND ${GO_ENVIRONMENT} ${GO_PROGRAM} vet .
        COMMAND ${GO_ENVIRONMENT} ${GO_PROGRAM} test -c -o ${program} .
        DEPENDS ${test_files} ${box_files} ${CMAKE_CURRENT_SOURCE_DIR}/go.mod
        WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}
        COMMENT "Building the tests ${prefix}"
        VERBATIM)
    add_custom_target(${prefix}_test ALL DEPENDS ${program})

    foreach(file ${test_files})
        set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
        file(STRINGS ${file} lines REGEX "^func Test[A-Z0-9][A-Za-z0-9_]*\\(t ")
        foreach(line ${lines})
            string(REGEX REPLACE "^func (Test[A-Za-z0-9_]*).*" "\\1" test ${line})
            string(REGEX REPLACE "^Test" "" short ${test})
            if(short MATCHES "^(Container|Package)" AND CMAKE_C_FLAGS MATCHES "-fsanitize|--coverage")
                continue() # the container has no such libraries; what runs there is tested without it too
            endif()
            add_test(NAME ${prefix}.${short} COMMAND ${GO_TEST_LAUNCHER} ${program} -test.run "^${test}$"
                                                     -test.v -test.timeout 290s)
            set_tests_properties(
                ${prefix}.${short}
                PROPERTIES
                    LABELS ${prefix}
                    TIMEOUT 300 # against what hangs: under Wine at a load of 30, a test of 30 s took 170
                    FAIL_REGULAR_EXPRESSION "no tests to run" # of the program: it calls that a success
                    ENVIRONMENT "${ARGN}")
            if(short MATCHES "^Container") # a test that could not run is not one that passed
                set_tests_properties(${prefix}.${short} PROPERTIES SKIP_REGULAR_EXPRESSION "skipped: "
                                                                   FIXTURES_REQUIRED container)
            endif()
            if(WIN32)
                set_tests_properties(${prefix}.${short} PROPERTIES FIXTURES_REQUIRED wine)
            endif()
        endforeach()
    endforeach()
endfunction()
