# The front ends of the HTML pages: built by npm in the build folder from a copy of web/, so that the source tree stays
# clean and several build folders do not disturb each other. Sets BPFTAX_WEB_DIST, BPFTAX_WEB_FILES
# and the target bpftax_web.
find_program(BPFTAX_NODE NAMES node nodejs)
find_program(BPFTAX_NPM NAMES npm)
if(NOT BPFTAX_NODE OR NOT BPFTAX_NPM)
  message(FATAL_ERROR "The HTML report needs Node.js (18 or newer) and npm to build. ./dev setup installs them.")
endif()

set(BPFTAX_WEB_WORK ${CMAKE_BINARY_DIR}/web)
set(BPFTAX_WEB_DIST ${BPFTAX_WEB_WORK}/dist)
set(BPFTAX_WEB_FILES ${BPFTAX_WEB_DIST}/report.js ${BPFTAX_WEB_DIST}/bench.js ${BPFTAX_WEB_DIST}/report.css
    ${BPFTAX_WEB_DIST}/notices.txt)

# bpftax_npm_ci(FOLDER WORK ARGS...): copies the package files of FOLDER to WORK and installs exactly what the lock file
# names. No package's own scripts run. WORK/.installed changes when it was done anew.
function(bpftax_npm_ci folder work)
  add_custom_command(
    OUTPUT ${work}/.installed
    COMMAND ${CMAKE_COMMAND} -E make_directory ${work}
    COMMAND ${CMAKE_COMMAND} -E copy ${folder}/package.json ${folder}/package-lock.json ${folder}/.npmrc ${work}
    COMMAND ${CMAKE_COMMAND} -E chdir ${work} ${BPFTAX_NPM} ci --ignore-scripts --no-audit --no-fund --loglevel=error ${ARGN}
    COMMAND ${CMAKE_COMMAND} -E touch ${work}/.installed
    DEPENDS ${folder}/package.json ${folder}/package-lock.json ${folder}/.npmrc
    COMMENT "npm packages of ${folder}" VERBATIM)
endfunction()

if(BPFTAX_TESTS)
  bpftax_npm_ci(${CMAKE_SOURCE_DIR}/web ${BPFTAX_WEB_WORK} --include=dev)
else()
  bpftax_npm_ci(${CMAKE_SOURCE_DIR}/web ${BPFTAX_WEB_WORK} --omit=dev)
endif()

file(GLOB bpftax_web_sources CONFIGURE_DEPENDS
  ${CMAKE_SOURCE_DIR}/web/src/* ${CMAKE_SOURCE_DIR}/web/test/* ${CMAKE_SOURCE_DIR}/web/build.mjs
  ${CMAKE_SOURCE_DIR}/web/tsconfig.json)
add_custom_command(
  OUTPUT ${BPFTAX_WEB_FILES}
  COMMAND ${CMAKE_COMMAND} -E rm -rf ${BPFTAX_WEB_WORK}/src ${BPFTAX_WEB_WORK}/test
  COMMAND ${CMAKE_COMMAND} -E copy_directory ${CMAKE_SOURCE_DIR}/web/src ${BPFTAX_WEB_WORK}/src
  COMMAND ${CMAKE_COMMAND} -E copy_directory ${CMAKE_SOURCE_DIR}/web/test ${BPFTAX_WEB_WORK}/test
  COMMAND ${CMAKE_COMMAND} -E copy ${CMAKE_SOURCE_DIR}/web/build.mjs ${CMAKE_SOURCE_DIR}/web/tsconfig.json
          ${BPFTAX_WEB_WORK}
  COMMAND ${BPFTAX_NODE} ${BPFTAX_WEB_WORK}/build.mjs
  DEPENDS ${BPFTAX_WEB_WORK}/.installed ${bpftax_web_sources}
  COMMENT "front end of the HTML report" VERBATIM)
add_custom_target(bpftax_web
  DEPENDS ${BPFTAX_WEB_FILES})

if(BPFTAX_TESTS)
  add_test(NAME web_types COMMAND ${BPFTAX_NPM} run --silent check WORKING_DIRECTORY ${BPFTAX_WEB_WORK})
  add_test(NAME web_test COMMAND ${BPFTAX_NPM} run --silent test WORKING_DIRECTORY ${BPFTAX_WEB_WORK})
  set_tests_properties(web_types web_test PROPERTIES LABELS unit TIMEOUT 120)
endif()
