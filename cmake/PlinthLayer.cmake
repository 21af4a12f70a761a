# plinth_layer(<name> [USES <lower layers...>] [LINKS <libraries...>]): one static library, plus a
# program that links the whole library against its declared layers only, so that a call upwards is an
# undefined symbol even where nothing was included.
function(plinth_layer name)
  cmake_parse_arguments(L "" "" "USES;LINKS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.c)
  file(GLOB headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/plinth/${name}/*.h)
  if(NOT sources)
    add_library(${name} INTERFACE)
    target_include_directories(${name} INTERFACE ${PROJECT_SOURCE_DIR}/include)
    target_link_libraries(${name} INTERFACE ${L_USES} ${L_LINKS})
    return()
  endif()
  add_library(${name} STATIC ${sources})
  target_sources(${name} PUBLIC FILE_SET HEADERS
    BASE_DIRS ${PROJECT_SOURCE_DIR}/include FILES ${headers})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/src/${name})
  target_link_libraries(${name} PUBLIC ${L_USES} PRIVATE ${L_LINKS})
  set_target_properties(${name} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON OUTPUT_NAME plinth_${name})
  add_executable(linkcheck_${name} ${PROJECT_SOURCE_DIR}/cmake/empty_main.c)
  target_link_libraries(linkcheck_${name} PRIVATE $<LINK_LIBRARY:WHOLE_ARCHIVE,${name}>)
endfunction()
