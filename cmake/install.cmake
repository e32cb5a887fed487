# bin/shadowtape, lib/shadowtape/{recorder,replayer,model}/vssapi, include/shadowtape/*.h
if(TARGET shadowtape)
  install(TARGETS shadowtape RUNTIME DESTINATION bin)
endif()
foreach(name recorder replayer model)
  if(TARGET ${name}_shim)
    install(TARGETS ${name}_shim RUNTIME DESTINATION lib/shadowtape/${name} LIBRARY DESTINATION lib/shadowtape/${name}
            ARCHIVE EXCLUDE_FROM_ALL DESTINATION lib/shadowtape/${name})
  endif()
endforeach()
install(DIRECTORY ${CMAKE_SOURCE_DIR}/traces/vss/ DESTINATION include/shadowtape FILES_MATCHING PATTERN "*.h" PATTERN "*.def")
# The format, for those who read traces with other tools.
install(FILES ${CMAKE_SOURCE_DIR}/traces/trace.capnp ${CMAKE_SOURCE_DIR}/FORMAT.md DESTINATION share/shadowtape)
