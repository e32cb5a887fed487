# Targets kj, capnp, capnp-json, pugixml, cli11; gtest, which `conform` runs its recipes with; on Windows zydis; for tests gtest_main,
# benchmark. With SHADOWTAPE_DEPS (the presets on Debian) cmake/deps.sh builds what Debian has no fitting binary of: everything for
# Windows, and for Linux Cap'n Proto, because Debian's libcapnp.a is not position independent and the shims may not need a libcapnp.so.

if(SHADOWTAPE_DEPS)
  string(TOLOWER ${CMAKE_SYSTEM_NAME} platform)
  execute_process(COMMAND ${CMAKE_SOURCE_DIR}/cmake/deps.sh ${platform} ${SHADOWTAPE_DEPS} COMMAND_ERROR_IS_FATAL ANY)
  list(PREPEND CMAKE_PREFIX_PATH ${SHADOWTAPE_DEPS})
endif()

# A static library that is on this machine, as a target; without it, no target.
function(find_dependency name header)
  find_library(${name}_library ${name})
  find_path(${name}_headers ${header})
  if(${name}_library AND ${name}_headers)
    string(TOLOWER ${name} target)
    add_library(${target} STATIC IMPORTED GLOBAL)
    set_target_properties(${target} PROPERTIES IMPORTED_LOCATION ${${name}_library}
      INTERFACE_INCLUDE_DIRECTORIES ${${name}_headers} INTERFACE_LINK_LIBRARIES "Threads::Threads;${ARGN}")
  endif()
endfunction()

find_dependency(kj kj/common.h)
find_dependency(capnp capnp/message.h kj)
find_dependency(capnp-json capnp/compat/json.h capnp kj)
find_library(pugixml_library NAMES libpugixml.a pugixml)  # the archive before a shared library, for the same reason
find_dependency(pugixml pugixml.hpp)
find_dependency(gtest gtest/gtest.h)
find_dependency(gtest_main gtest/gtest.h gtest)
if(NOT TARGET capnp OR NOT TARGET capnp-json)
  message(FATAL_ERROR "Cap'n Proto not found: use a preset (cmake --preset linux), or name its folder in CMAKE_PREFIX_PATH.")
endif()
if(NOT TARGET pugixml)
  message(FATAL_ERROR "pugixml not found: install libpugixml-dev, or name its folder in CMAKE_PREFIX_PATH.")
endif()
if(NOT TARGET gtest)
  message(FATAL_ERROR "GoogleTest not found: install libgtest-dev, or name its folder in CMAKE_PREFIX_PATH.")
endif()
set(CAPNP_INCLUDE ${capnp_headers})
find_program(CAPNP_COMPILER capnp REQUIRED)
find_program(CAPNP_CXX_PLUGIN capnpc-c++ REQUIRED)

find_path(cli11_headers CLI/CLI.hpp)
if(cli11_headers)
  add_library(cli11 INTERFACE IMPORTED GLOBAL)
  set_target_properties(cli11 PROPERTIES INTERFACE_INCLUDE_DIRECTORIES ${cli11_headers})
endif()

if(WIN32)
  find_dependency(Zydis Zydis/Zydis.h)
  if(TARGET zydis)
    set_target_properties(zydis PROPERTIES INTERFACE_COMPILE_DEFINITIONS "ZYDIS_STATIC_BUILD;ZYCORE_STATIC_BUILD")
  endif()
else()
  find_dependency(benchmark benchmark/benchmark.h)
  find_library(benchmark_main_library benchmark_main)
endif()
