# A rule that cannot fail proves nothing: here it must fail over a fixture, and say why.
# RULE is the script, ROOT the fixture, EXPECTED a regular expression for what it says.
cmake_minimum_required(VERSION 3.25)
execute_process(
    COMMAND ${CMAKE_COMMAND} -DROOT=${ROOT} -DCLANG_FORMAT=${CLANG_FORMAT} -P ${RULE}
    RESULT_VARIABLE status OUTPUT_VARIABLE said ERROR_VARIABLE said)
if(status EQUAL 0)
    message(FATAL_ERROR "${RULE} found nothing wrong with ${ROOT}")
endif()
if(NOT said MATCHES "${EXPECTED}")
    message(FATAL_ERROR "${RULE} did not say \"${EXPECTED}\" but:\n${said}")
endif()
