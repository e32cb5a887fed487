# bin/shadowtape, lib/shadowtape/{recorder,replayer,model}/vssapi, include/shadowtape/*.h; and for find_package(Shadowtape), docs/package.md:
# lib/libshadowtape_conformance, lib/cmake/Shadowtape
include(CMakePackageConfigHelpers)

if(TARGET shadowtape)
  install(TARGETS shadowtape RUNTIME DESTINATION bin)
endif()
foreach(name recorder replayer)
  if(TARGET ${name}_shim)
    install(TARGETS ${name}_shim RUNTIME DESTINATION lib/shadowtape/${name} LIBRARY DESTINATION lib/shadowtape/${name}
            ARCHIVE EXCLUDE_FROM_ALL DESTINATION lib/shadowtape/${name})
  endif()
endforeach()
install(DIRECTORY ${CMAKE_SOURCE_DIR}/traces/vss/ DESTINATION include/shadowtape FILES_MATCHING PATTERN "*.h" PATTERN "*.def" PATTERN "golden_file.h" EXCLUDE)
install(FILES ${CMAKE_SOURCE_DIR}/conformance/package/conformance.h ${CMAKE_SOURCE_DIR}/conformance/package/conformance_abi.h DESTINATION include/shadowtape)
# The format, for those who read traces with other tools.
install(FILES ${CMAKE_SOURCE_DIR}/traces/trace.capnp ${CMAKE_SOURCE_DIR}/FORMAT.md DESTINATION share/shadowtape)

# Shadowtape::api is the description alone, ::model the reference implementation, ::conformance the suite.
add_library(api_headers INTERFACE)
target_compile_features(api_headers INTERFACE cxx_std_20)
target_include_directories(api_headers INTERFACE $<INSTALL_INTERFACE:include>)
set_target_properties(api_headers PROPERTIES EXPORT_NAME api)
set_target_properties(model_shim PROPERTIES EXPORT_NAME model)
set_target_properties(conformance_library PROPERTIES EXPORT_NAME conformance)
target_link_libraries(model_shim INTERFACE api_headers)
target_link_libraries(conformance_library INTERFACE api_headers)
install(TARGETS api_headers EXPORT ShadowtapeTargets)
install(TARGETS model_shim EXPORT ShadowtapeTargets
        RUNTIME DESTINATION lib/shadowtape/model LIBRARY DESTINATION lib/shadowtape/model ARCHIVE DESTINATION lib/shadowtape/model)
install(TARGETS conformance_library EXPORT ShadowtapeTargets RUNTIME DESTINATION bin LIBRARY DESTINATION lib ARCHIVE DESTINATION lib)
install(EXPORT ShadowtapeTargets NAMESPACE Shadowtape:: DESTINATION lib/cmake/Shadowtape)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/ShadowtapeConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_SOURCE_DIR}/cmake/ShadowtapeConfig.cmake ${CMAKE_BINARY_DIR}/ShadowtapeConfigVersion.cmake DESTINATION lib/cmake/Shadowtape)
