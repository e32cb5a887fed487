# How a room becomes a library, a test program and a shim. Files are found by name, so nobody edits CMake to add one:
#   x.cc            the room's library
#   x_linux.cc      the same, on Linux only (x_posix.cc too); x_windows.cc: on Windows only; x_windows_test.cc likewise
#   x_test.cc       the room's test program
#   x_fuzz.cc       a libFuzzer program of its own, in the preset `asan`
#   command.cc      the `shadowtape` command alone; shim.cc: the room's vssapi alone
# A room without sources is left out, and so is a link to it.

include_directories(${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/generated)

# What is installed as include/shadowtape: the description, by itself. The link lets the requesters in this tree see exactly that.
set(installed_headers ${CMAKE_BINARY_DIR}/include)
file(MAKE_DIRECTORY ${installed_headers})
if(NOT CMAKE_HOST_WIN32)
  file(CREATE_LINK ${CMAKE_SOURCE_DIR}/traces/vss ${installed_headers}/shadowtape SYMBOLIC)
endif()

# The sources in `dir` that this platform compiles and whose last name part is one of those given; "" for none of them.
function(sources_of out dir)
  file(GLOB all CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${dir}/*.cc ${CMAKE_SOURCE_DIR}/${dir}/*.c)
  set(found)
  foreach(file ${all})
    get_filename_component(name ${file} NAME_WE)
    set(kind "")
    if(name MATCHES "^(command|shim|main)$|_(test|bench|fuzz)$")
      set(kind ${CMAKE_MATCH_1}${CMAKE_MATCH_2})
    endif()
    string(REGEX REPLACE "_(test|bench|fuzz)$" "" stem ${name})
    if(stem MATCHES "_windows$" AND NOT WIN32 OR stem MATCHES "_(linux|posix)$" AND WIN32)
      continue()
    endif()
    if(stem MATCHES "_windows$")  # windows.h has macros of too many names, S_OK among them, to let it in to other files
      set_source_files_properties(${file} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    endif()
    if("x${kind}" IN_LIST ARGN)
      list(APPEND found ${file})
    endif()
  endforeach()
  set(${out} ${found} PARENT_SCOPE)
endfunction()

# Links those of the libraries that exist: colleagues' rooms may still be empty, and a system library is no target.
function(link_existing target visibility)
  foreach(library ${ARGN})
    if(TARGET ${library} OR library MATCHES "^(ole32|oleaut32)$")
      target_link_libraries(${target} ${visibility} ${library})
    endif()
  endforeach()
endfunction()

# Adds dir/*.capnp to the sources of `target`; included as "dir/name.capnp.h".
function(compile_capnp target dir)
  file(GLOB schemas CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${dir}/*.capnp)
  foreach(schema ${schemas})
    get_filename_component(name ${schema} NAME)
    set(generated ${CMAKE_BINARY_DIR}/generated/${dir}/${name})
    add_custom_command(
      OUTPUT ${generated}.c++ ${generated}.h
      COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/generated
      COMMAND ${CAPNP_COMPILER} compile --no-standard-import -I${CAPNP_INCLUDE} -I${CMAKE_SOURCE_DIR} --src-prefix=${CMAKE_SOURCE_DIR}
              -o${CAPNP_CXX_PLUGIN}:${CMAKE_BINARY_DIR}/generated ${schema}
      DEPENDS ${schema} ${CAPNP_COMPILER} VERBATIM)
    set_source_files_properties(${generated}.c++ PROPERTIES COMPILE_OPTIONS -w)
    target_sources(${target} PRIVATE ${generated}.c++)
  endforeach()
endfunction()

# Puts the text files dir/*.ENDING of the endings given into `target`, as the table `name` of generated/dir_text.h: see cmake/embed_texts.cmake.
function(embed_texts target dir name)
  set(patterns ${ARGN})
  list(TRANSFORM patterns PREPEND ${CMAKE_SOURCE_DIR}/${dir}/*.)
  file(GLOB texts CONFIGURE_DEPENDS ${patterns})
  set(generated ${CMAKE_BINARY_DIR}/generated/${dir}_text)
  add_custom_command(OUTPUT ${generated}.cc ${generated}.h
    COMMAND ${CMAKE_COMMAND} -DNAME=${name} -DOUTPUT=${generated} -DINCLUDED=${dir}_text.h "-DTEXTS=${texts}" -P ${CMAKE_SOURCE_DIR}/cmake/embed_texts.cmake
    DEPENDS ${texts} ${CMAKE_SOURCE_DIR}/cmake/embed_texts.cmake VERBATIM)
  target_sources(${target} PRIVATE ${generated}.cc)
endfunction()

# Where the tests find what was built, and Wine. Under Wine a Unix path is on drive Z:.
if(CMAKE_CROSSCOMPILING_EMULATOR)
  set(drive Z:)
endif()
set(test_environment SHADOWTAPE_BUILD=${drive}${CMAKE_BINARY_DIR} WINEPREFIX=${CMAKE_SOURCE_DIR}/build/wineprefix)
find_program(WINESERVER wineserver)
if(WINESERVER)
  add_test(NAME wine_prefix COMMAND ${CMAKE_SOURCE_DIR}/cmake/wineprefix.sh ${CMAKE_SOURCE_DIR}/build/windows/model/vssapi.dll)
  set_tests_properties(wine_prefix PROPERTIES FIXTURES_SETUP wine TIMEOUT 300)
  set(wine_fixture wine)
endif()

# Every room's test program, without the end-to-end tests: what the sanitizers are tried on.
add_custom_target(room_tests)
# Every libFuzzer program.
add_custom_target(fuzzers)

function(add_room target dir)
  cmake_parse_arguments(room "" "" LINKS ${ARGN})
  sources_of(sources ${dir} x)
  if(NOT sources)
    message(STATUS "${dir}: no sources yet")
    return()
  endif()
  add_library(${target} STATIC ${sources})
  compile_capnp(${target} ${dir})
  target_link_libraries(${target} PUBLIC Threads::Threads)
  link_existing(${target} PUBLIC ${room_LINKS})

  string(REGEX REPLACE "_(api|room)$" "" name ${target})
  sources_of(tests ${dir} xtest)
  if(tests)
    add_test_program(${name}_test 300 SOURCES ${tests} LINKS ${target})
    if(TARGET ${name}_test)
      add_dependencies(room_tests ${name}_test)
      set_tests_properties(${name}_test PROPERTIES LABELS room)
    endif()
  endif()
  sources_of(fuzzers ${dir} xfuzz)
  if(SHADOWTAPE_FUZZ)
    foreach(fuzzer ${fuzzers})
      get_filename_component(fuzz_name ${fuzzer} NAME_WE)
      add_executable(${fuzz_name} ${fuzzer})
      target_link_libraries(${fuzz_name} PRIVATE ${target})
      target_link_options(${fuzz_name} PRIVATE -fsanitize=fuzzer)
      add_dependencies(fuzzers ${fuzz_name})
    endforeach()
  endif()
endfunction()

# One GoogleTest program, one ctest entry; a second one, name_apart, for the tests of the filter APART, which run beside the others.
# WINE: it needs Wine on Linux too. The entries with the longest time-out start first.
# It runs in the source folder and learns the build folder from SHADOWTAPE_BUILD.
function(add_test_program name timeout)
  cmake_parse_arguments(test "WINE" "APART" "SOURCES;LINKS" ${ARGN})
  if(NOT TARGET gtest_main OR NOT BUILD_TESTING)
    return()
  endif()
  add_executable(${name} ${test_SOURCES})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  link_existing(${name} PRIVATE ${test_LINKS} gtest_main gtest)
  # What a test says runs once; what it tests is the room's library, as it is shipped. But mingw's linker takes time by the square of an object's
  # sections, and -O0 leaves 22,000 of them where -O1 leaves 4,000: traces_test links in 2 s instead of 35, for 10 s more of compiling.
  # Nor does it need line tables there, with which no debugger is fed.
  target_compile_options(${name} PRIVATE $<IF:$<BOOL:${WIN32}>,-O1;-g0,-O0>)
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE OFF UNITY_BUILD_BATCH_SIZE 40)  # at -O0 the headers are most of the work
  if(SHADOWTAPE_SANITIZE)
    math(EXPR timeout "4 * ${timeout}")
  endif()
  set(entries ${name})
  if(test_APART)  # not by shards: `conform`, which these tests run, obeys the same variables
    add_test(NAME ${name}_apart COMMAND ${name} --gtest_filter=${test_APART} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    list(APPEND entries ${name}_apart)
    string(PREPEND test_APART "--gtest_filter=-")
  endif()
  add_test(NAME ${name} COMMAND ${name} ${test_APART} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(${entries} PROPERTIES TIMEOUT ${timeout} COST ${timeout} ENVIRONMENT "${test_environment}")
  if(test_APART)
    math(EXPR cost "${timeout} + 1")  # the larger part first
    set_tests_properties(${name} PROPERTIES COST ${cost})
  endif()
  if(test_WINE OR WIN32)
    set_tests_properties(${entries} PROPERTIES FIXTURES_REQUIRED "${wine_fixture}")
  endif()
endfunction()

# Linux: of all that is linked into a shared library only the API is visible, and it needs no C++ library.
function(hide_all_but_the_api target)
  set(exports ${CMAKE_SOURCE_DIR}/cmake/vssapi.map)
  # Not --exclude-libs,ALL: it would hide the allocators too, which come from libvss_api.a; the version script hides the rest.
  # -u because nothing else may refer to them.
  target_link_options(${target} PRIVATE -Wl,-Bsymbolic -Wl,--version-script=${exports} -Wl,-u,SysAllocString -Wl,-u,CoTaskMemAlloc)
  if(NOT SHADOWTAPE_SANITIZE)
    target_link_options(${target} PRIVATE -static-libstdc++ -static-libgcc -Wl,-z,defs)
  endif()
  set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS ${exports})
endfunction()

# The `vssapi` that a requester loads: small, and of everything linked into it only the API is visible.
function(add_shim name dir room)
  sources_of(source ${dir} xshim)
  if(NOT source OR NOT TARGET ${room})
    return()
  endif()
  set(target ${name}_shim)
  add_library(${target} SHARED ${source})
  target_link_libraries(${target} PRIVATE ${room})
  set_target_properties(${target} PROPERTIES OUTPUT_NAME vssapi RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/${name}
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/${name} ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/${name})
  target_link_options(${target} PRIVATE -Wl,--gc-sections)
  if(WIN32)
    set_target_properties(${target} PROPERTIES PREFIX "")
    set(exports ${CMAKE_SOURCE_DIR}/cmake/vssapi.def)
    if(NOT name MATCHES "^(model|faults)$")
      list(APPEND exports ${CMAKE_SOURCE_DIR}/cmake/start.def)
    endif()
    target_link_options(${target} PRIVATE ${exports})
    set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS ${exports})
    add_test(NAME ${name}_exports COMMAND ${CMAKE_SOURCE_DIR}/cmake/check_exports.sh $<TARGET_FILE:${target}>)
  else()
    hide_all_but_the_api(${target})
    if(NOT name MATCHES "^(model|faults)$")
      target_link_options(${target} PRIVATE -Wl,-z,nodelete)  # programs call Release after dlclose
    endif()
  endif()
endfunction()

# What an implementer's own build links (docs/package.md): one shared library, with everything that we need inside and out of sight.
function(add_conformance_library dir room)
  sources_of(sources ${dir} x)
  add_library(conformance_library SHARED ${sources})
  target_link_libraries(conformance_library PRIVATE ${room} INTERFACE $<INSTALL_INTERFACE:GTest::gtest>)
  set_target_properties(conformance_library PROPERTIES OUTPUT_NAME shadowtape_conformance VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/package LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/package ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/package)
  target_link_options(conformance_library PRIVATE -Wl,--gc-sections)
  if(NOT WIN32)
    hide_all_but_the_api(conformance_library)
  endif()
endfunction()

function(add_command main)
  if(NOT EXISTS ${CMAKE_SOURCE_DIR}/${main} OR NOT TARGET cli11)
    return()
  endif()
  add_executable(shadowtape ${main})
  foreach(dir ${ARGN})
    sources_of(command ${dir} xcommand)
    target_sources(shadowtape PRIVATE ${command})
  endforeach()
  if(NOT SHADOWTAPE_SANITIZE)  # the field kit runs on machines with another libstdc++
    target_link_options(shadowtape PRIVATE -static-libstdc++ -static-libgcc)
  endif()
  link_existing(shadowtape PRIVATE explain_room fault_matrix_room exports_room explore_room shrink_room conformance_room model_room replayer_room redact_room recorder_room launch traces vss_api cli11)
endfunction()

# Programs that use VSS as anybody's backup program does: each file is one. They see nothing of this project but the installed
# header (Linux) or nothing at all (Windows: mingw's own vsbackup.h), and on Linux find libvssapi.so by LD_LIBRARY_PATH alone.
function(add_requesters dir)
  sources_of(sources ${dir} x)
  if(WIN32 OR TARGET model_shim)
    foreach(source ${sources})
      get_filename_component(name ${source} NAME_WE)
      add_executable(${name} ${source})
      list(APPEND programs ${name})
      set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/requesters SKIP_BUILD_RPATH ON)
      target_link_libraries(${name} PRIVATE Threads::Threads)
      if(WIN32)
        set_target_properties(${name} PROPERTIES INCLUDE_DIRECTORIES "")
        target_link_libraries(${name} PRIVATE -lvssapi -lole32 -loleaut32)
      else()
        set_target_properties(${name} PROPERTIES INCLUDE_DIRECTORIES "${installed_headers}")
        target_link_libraries(${name} PRIVATE -L${CMAKE_BINARY_DIR}/model -lvssapi)
        add_dependencies(${name} model_shim)
      endif()
    endforeach()
  endif()

  sources_of(tests ${dir} xtest)
  if(tests)
    add_test_program(end_to_end_test 900 WINE APART Conform*:CheckTest.*:FaultyLibrary.*:Damage.*:EmittedTest.*:EndToEnd.*:Shrinks.* SOURCES ${tests} LINKS exports_room shrink_room conformance_room recorder_room replayer_room model_room traces vss_api)
    foreach(target ${programs} shadowtape recorder_shim replayer_shim model_shim faults_shim conformance_library)
      if(TARGET end_to_end_test AND TARGET ${target})  # of the program, not of its objects: these need not wait
        set_property(TARGET end_to_end_test APPEND PROPERTY LINK_DEPENDS $<TARGET_FILE:${target}>)
      endif()
    endforeach()
  endif()
endfunction()

# A page in headless Chromium, by Debian's own Selenium: its driver is of the same source package as the browser, so they always fit.
function(add_page_test name script)
  if(NOT BUILD_TESTING OR WIN32 OR NOT TARGET shadowtape OR NOT TARGET faults_shim)
    return()
  endif()
  add_test(NAME ${name} COMMAND /usr/bin/python3 -B ${script} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES TIMEOUT 120 COST 120 ENVIRONMENT "${test_environment}")
endfunction()

# The reader in another language that FORMAT.md suffices for, against every vector and every golden trace.
function(add_reader_test script)
  if(NOT BUILD_TESTING OR WIN32)
    return()
  endif()
  add_test(NAME reader_test COMMAND node ${script} --check ${ARGN} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(reader_test PROPERTIES TIMEOUT 60)
endfunction()

function(add_benchmarks dir)
  sources_of(sources ${dir} xbench x)
  if(NOT sources OR NOT TARGET benchmark)
    return()
  endif()
  add_executable(shadowtape_bench ${sources})
  link_existing(shadowtape_bench PRIVATE conformance_room model_room replayer_room recorder_room launch traces vss_api benchmark)
  # That they run, not how fast.
  add_test(NAME bench_smoke COMMAND shadowtape_bench --benchmark_min_time=0.01 WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(bench_smoke PROPERTIES TIMEOUT 300 ENVIRONMENT "${test_environment}")
  if(TARGET shadowtape)
    add_test(NAME compare_smoke COMMAND /usr/bin/python3 -B ${dir}/compare.py --smoke WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(compare_smoke PROPERTIES TIMEOUT 300 ENVIRONMENT "${test_environment}")
  endif()
endfunction()
